import assert from 'node:assert/strict';
import { UserError } from '../../../src/errors';
import { Emitter } from '../../../src/host/emitter';
import type { FinishedEvent, LoadedEvent, RunOptions } from '../../../src/host/engineHost';
import { GenerationRecord } from '../../../src/host/record';
import { Session } from '../../../src/host/session';
import type { CudaOffer, GenerationRequest, ModelRequest } from '../../../src/protocol/engine';
import { sampleFinished, sampleHeader, sampleOffer, sampleRound } from './samples';

const MODEL: ModelRequest = { model: 'default', weights: 'fp32', provider: 'cpu', threads: 0 };
const REQUEST: ModelRequest & GenerationRequest = {
  ...MODEL,
  input: { kind: 'prompt', text: 'hello' },
  drafter: 'none',
  sampler: sampleHeader().sampler,
  maxTokens: 8,
  stop: [],
  budget: { policy: 'fixed', nodes: 0, depth: 0 },
  trace: null,
};

/** An engine whose answers a test gives by hand. */
class HandEngine {
  readonly died = new Emitter<UserError>();
  options: RunOptions = {};
  forgot = false;
  finish: (event: FinishedEvent) => void = () => undefined;
  fail: (error: UserError) => void = () => undefined;

  load(_request: ModelRequest, options: RunOptions = {}): Promise<LoadedEvent> {
    this.options = options;
    return Promise.resolve({ type: 'loaded', id: 1, model: 'default', name: 'Tiny', weights: 'fp32' });
  }

  generate(_request: ModelRequest & GenerationRequest, options: RunOptions = {}): Promise<FinishedEvent> {
    this.options = options;
    return new Promise((resolve, reject) => {
      this.finish = resolve;
      this.fail = reject;
    });
  }

  forget(): void {
    this.forgot = true;
  }

  offerCuda(): Promise<CudaOffer> {
    return Promise.resolve(sampleOffer());
  }

  fetchCuda(options: RunOptions = {}): Promise<CudaOffer> {
    const progress = { phase: 'download' as const, message: 'Downloading', done: 1, total: 2 };
    options.onEvent?.({ type: 'progress', id: 1, progress });
    return Promise.resolve({ ...sampleOffer(), present: true });
  }

  say(event: Parameters<NonNullable<RunOptions['onEvent']>>[0]): void {
    this.options.onEvent?.(event);
  }
}

const FINISHED = sampleFinished('!');

describe('Session', () => {
  let engine: HandEngine;
  let record: GenerationRecord;
  let session: Session;
  let health: string[];

  beforeEach(() => {
    engine = new HandEngine();
    record = new GenerationRecord();
    session = new Session(engine, record);
    health = [];
    session.changed.subscribe(({ kind }) => health.push(kind));
  });

  it('leads a generation from its request to its summary', async () => {
    let text = '';
    const end = session.generate(REQUEST, (piece) => (text += piece));
    assert.ok(session.busy);
    engine.say({ type: 'progress', id: 1, progress: { phase: 'download', message: 'x', done: 1, total: 2 } });
    engine.say({ type: 'header', id: 1, header: sampleHeader() });
    engine.say({ type: 'round', id: 1, round: sampleRound(0), text: 'de' });
    engine.finish(FINISHED);
    assert.equal(await end, FINISHED);
    assert.equal(text, 'de!');
    assert.deepEqual(health, ['working', 'working', 'generating', 'ready']);
    assert.deepEqual(session.health, { kind: 'ready', model: 'Tiny', weights: 'fp32' });
    assert.equal(record.state.rounds.columns.length, 1);
    assert.equal(record.state.status.kind, 'finished');
    assert.ok(!session.busy);
  });

  it('knows why the weights are these, where they were chosen', async () => {
    const end = session.generate(REQUEST, () => undefined);
    const weights_choice = { wanted: 'auto', reason: 'the fastest here' };
    engine.say({ type: 'header', id: 1, header: { ...sampleHeader(), weights_choice } });
    engine.finish(FINISHED);
    await end;
    const ready = { kind: 'ready', model: 'Tiny', weights: 'fp32', because: 'the fastest here' };
    assert.deepEqual(session.health, ready);
  });

  it('loads a model without touching the record', async () => {
    await session.load(MODEL);
    assert.deepEqual(session.health, { kind: 'ready', model: 'Tiny', weights: 'fp32' });
    assert.equal(record.state.status.kind, 'empty');
  });

  it('refuses a second piece of work while one runs', async () => {
    const first = session.generate(REQUEST, () => undefined);
    await assert.rejects(session.load(MODEL), /still at work/);
    engine.finish(FINISHED);
    await first;
    await session.load(MODEL);
  });

  it('keeps the rounds of a generation whose engine died, and says why', async () => {
    await session.load(MODEL);
    const end = session.generate(REQUEST, () => undefined);
    engine.say({ type: 'header', id: 1, header: sampleHeader() });
    engine.say({ type: 'round', id: 1, round: sampleRound(0), text: 'de' });
    const death = new UserError('engine', 'The engine crashed.');
    engine.fail(death);
    engine.died.emit(death);
    await assert.rejects(end, /The engine crashed/);
    assert.equal(record.state.rounds.columns.length, 1);
    assert.deepEqual(record.state.status, { kind: 'truncated', reason: 'The engine crashed.' });
    assert.deepEqual(session.health, { kind: 'error', message: 'The engine crashed.' });
  });

  it('is as before after a cancellation that left nothing', async () => {
    const end = session.generate(REQUEST, () => undefined);
    engine.options.signal?.addEventListener('abort', () =>
      engine.fail(new UserError('cancelled', 'Cancelled.')),
    );
    const cancelled = session.cancel();
    await assert.rejects(end, /Cancelled/);
    await cancelled;
    assert.equal(record.state.status.kind, 'empty');
    assert.deepEqual(session.health, { kind: 'idle' });
  });

  it('shows the fetch of libraries, after which no model is loaded', async () => {
    await session.load(MODEL);
    assert.equal((await session.offerCuda()).present, false);
    assert.equal(session.health.kind, 'ready');
    assert.equal((await session.fetchCuda()).present, true);
    assert.deepEqual(health.slice(-3), ['working', 'working', 'idle']);
    assert.deepEqual(session.health, { kind: 'idle' });
  });

  it('lets the engine forget', () => {
    session.forget();
    assert.ok(engine.forgot);
  });

  it('has nothing to cancel when nothing runs', async () => {
    await session.cancel();
    assert.deepEqual(health, []);
  });
});
