import assert from 'node:assert/strict';
import path from 'node:path';
import { UserError } from '../../../src/errors';
import { EngineHost, type EngineHostOptions, type RunEvent } from '../../../src/host/engineHost';
import type { GenerationRequest, ModelRequest } from '../../../src/protocol/engine';
import { sampleFinished, sampleHeader, sampleRound, sampleSummary } from './samples';

// The unit tests run in the repository's root.
const FIXTURES = path.resolve('test/unit/host/fixtures');
const LONG_MS = 60_000;

type Step = Readonly<Record<string, unknown>>;

const MODEL: ModelRequest = { model: 'default', weights: 'fp32', provider: 'cpu', threads: 1 };

/** A generation whose engine plays `steps`. */
function asks(...steps: Step[]): ModelRequest & GenerationRequest {
  return {
    ...MODEL,
    input: { kind: 'raw', text: JSON.stringify(steps) },
    drafter: 'none',
    sampler: { temperature: 0, topK: 0, topP: 1, minP: 0, repetitionPenalty: 1, seed: 0 },
    maxTokens: 16,
    stop: [],
    budget: { policy: 'fixed', nodes: 1, depth: 1 },
    trace: null,
  };
}

const header: Step = { send: { type: 'header', header: sampleHeader() } };
const round = (index: number): Step => ({
  send: { type: 'round', round: sampleRound(index), text: `<${index}>` },
});
const finished: Step = { send: { ...sampleFinished(), id: undefined } };
const progress: Step = {
  send: { type: 'progress', progress: { phase: 'load', message: 'Loading', done: 0, total: null } },
};
const loaded: Step = { send: { type: 'loaded', model: 'default', name: 'Tiny', weights: 'fp32' } };

const failsWith =
  (code: string, sentence: RegExp) =>
  (error: unknown): true => {
    assert.ok(error instanceof UserError, String(error));
    assert.equal(error.code, code);
    assert.match(error.sentence, sentence);
    return true;
  };

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

describe('EngineHost', function () {
  this.timeout(LONG_MS);
  let host: EngineHost;
  let log: string[];

  function start(options: Partial<EngineHostOptions> = {}): EngineHost {
    log = [];
    host = new EngineHost({
      script: path.join(FIXTURES, 'fakeEngine.mjs'),
      log: (line) => log.push(line),
      startTimeoutMs: LONG_MS,
      cancelGraceMs: LONG_MS,
      shutdownGraceMs: LONG_MS,
      ...options,
    });
    return host;
  }

  afterEach(() => host.dispose());

  it('starts a new process after a fetch of libraries, which the old one cannot load any more', async () => {
    start();
    await host.load({ ...MODEL, model: JSON.stringify([loaded]) });
    const before = host.pid;
    const deaths: UserError[] = [];
    host.died.subscribe((reason) => deaths.push(reason));
    const fetching = host.fetchCuda();
    const next = host.load({ ...MODEL, model: JSON.stringify([loaded]) });
    assert.equal((await fetching).present, true);
    await next;
    assert.ok(host.pid !== undefined && host.pid !== before);
    assert.deepEqual(deaths, []);
  });

  it('starts no process before the first request, and keeps it for the next', async () => {
    start();
    assert.equal(host.pid, undefined);
    await host.generate(asks(finished));
    const { pid } = host;
    assert.ok(pid !== undefined);
    await host.generate(asks(finished));
    assert.equal(host.pid, pid);
  });

  it('passes the events on in order and ends with the summary', async () => {
    const events: RunEvent[] = [];
    const end = await start().generate(asks(progress, loaded, header, round(0), round(1), finished), {
      onEvent: (event) => events.push(event),
    });
    assert.deepEqual(
      events.map((event) => event.type),
      ['progress', 'loaded', 'header', 'round', 'round'],
    );
    assert.deepEqual(end.summary, sampleSummary(1));
  });

  it('loads a model and says which', async () => {
    const end = await start().load({ ...MODEL, model: JSON.stringify([progress, loaded]) });
    assert.equal(end.name, 'Tiny');
  });

  it('passes on that drafters are to forget, and starts no process for it', async () => {
    start().forget();
    assert.equal(host.pid, undefined);
    await host.generate(asks(finished));
    host.forget();
    await host.generate(asks(finished));
    assert.ok(log.some((line) => line.includes('forgot')));
  });

  it('runs one request at a time, in the order they came', async () => {
    start();
    const order: string[] = [];
    const onEvent = (event: RunEvent) => event.type === 'round' && order.push(event.text);
    await Promise.all([
      host.generate(asks(round(0), round(1), finished), { onEvent }),
      host.generate(asks(round(2), finished), { onEvent }),
      host.generate(asks(round(3), finished), { onEvent }),
    ]);
    assert.deepEqual(order, ['<0>', '<1>', '<2>', '<3>']);
  });

  it('rejects with what the engine says is wrong, and goes on with the next request', async () => {
    start();
    const error = {
      type: 'error',
      code: 'bad-file',
      message: 'x.gguf is not a GGUF file.',
      hint: 'Choose another.',
    };
    await assert.rejects(
      host.generate(asks({ send: error })),
      failsWith('bad-file', /^x\.gguf is not a GGUF file\. Choose another\.$/),
    );
    await host.generate(asks(finished));
  });

  it('refuses a request that breaks the protocol without starting a process', async () => {
    start();
    await assert.rejects(
      host.generate({ ...asks(finished), maxTokens: 0 }),
      failsWith('usage', /maxTokens is not valid/),
    );
    assert.equal(host.pid, undefined);
  });

  it('does not let a failing listener end the generation', async () => {
    const end = await start().generate(asks(round(0), finished), {
      onEvent: () => {
        throw new Error('listener defect');
      },
    });
    assert.equal(end.type, 'finished');
    assert.ok(log.some((line) => line.includes('listener defect')));
  });

  describe('when the engine dies', () => {
    it('rejects with exit code and last words, keeps the rounds, and starts a new one', async () => {
      start();
      const texts: string[] = [];
      const deaths: UserError[] = [];
      host.died.subscribe((reason) => deaths.push(reason));
      await assert.rejects(
        host.generate(asks(header, round(0), round(1), { stderr: 'Error: the file moved' }, { exit: 3 }), {
          onEvent: (event) => event.type === 'round' && texts.push(event.text),
        }),
        failsWith('engine', /exit code 3: Error: the file moved\..*next command starts a new engine/),
      );
      assert.deepEqual(texts, ['<0>', '<1>']);
      assert.equal(deaths.length, 1);
      assert.equal(host.pid, undefined);
      await host.generate(asks(finished));
    });

    it('names a native fault', async function () {
      if (process.platform === 'win32') this.skip();
      await assert.rejects(
        start().generate(asks(round(0), { signal: 'SIGSEGV' })),
        failsWith('engine', /crashed in native code \(SIGSEGV\)/),
      );
    });

    it('lets queued requests run in the new one', async () => {
      start();
      const first = host.generate(asks({ exit: 1 }));
      const second = host.generate(asks(finished));
      await assert.rejects(first, failsWith('engine', /exit code 1/));
      assert.equal((await second).type, 'finished');
    });
  });

  it('ends an engine that talks nonsense, and the next request gets a new one', async () => {
    start();
    await assert.rejects(
      host.generate(asks({ send: { type: 'round', round: { index: 'first' }, text: '' } }, finished)),
      failsWith('engine', /does not understand/),
    );
    await assert.rejects(
      host.generate(asks({ send: ['hello?'] })),
      failsWith('engine', /does not understand/),
    );
    assert.ok(log.some((line) => line.includes('Not a message')));
    await host.generate(asks(finished));
  });

  it('gives up on an engine that never says hello', async () => {
    start({ script: path.join(FIXTURES, 'silentEngine.mjs'), startTimeoutMs: 20 });
    await assert.rejects(
      host.generate(asks(finished)),
      failsWith('engine', /did not start within 0\.02 seconds/),
    );
    assert.equal(host.pid, undefined);
  });

  it('says why when there is no engine to start', async () => {
    start({ script: path.join(FIXTURES, 'missing.mjs') });
    await assert.rejects(
      host.generate(asks(finished)),
      failsWith('engine', /exit code 1: Error.*missing\.mjs/),
    );
  });

  describe('cancel', () => {
    it('asks the engine to end the request and gives what it ends with', async () => {
      const abort = new AbortController();
      const end = await start().generate(asks(round(0), { await: 'cancel' }, finished), {
        onEvent: () => abort.abort(),
        signal: abort.signal,
      });
      assert.equal(end.type, 'finished');
    });

    it('ends an engine that does not listen, and says so', async () => {
      const abort = new AbortController();
      start({ cancelGraceMs: 10 });
      await assert.rejects(
        host.generate(asks(round(0)), { onEvent: () => abort.abort(), signal: abort.signal }),
        failsWith('cancelled', /did not stop in time/),
      );
      assert.equal(host.pid, undefined);
    });

    it('takes a waiting request out of the queue without letting the next overtake', async () => {
      start();
      const order: string[] = [];
      const abort = new AbortController();
      const release = new AbortController();
      const first = host
        .generate(asks(round(0), { await: 'cancel' }, finished), {
          onEvent: () => abort.abort(),
          signal: release.signal,
        })
        .then(() => order.push('first'));
      const second = host.generate(asks(finished), { signal: abort.signal });
      const third = host.generate(asks(finished)).then(() => order.push('third'));
      await assert.rejects(second, failsWith('cancelled', /Cancelled before it began/));
      assert.deepEqual(order, []);
      release.abort();
      await Promise.all([first, third]);
      assert.deepEqual(order, ['first', 'third']);
    });

    it('does not start what was cancelled beforehand', async () => {
      await assert.rejects(
        start().generate(asks(finished), { signal: AbortSignal.abort() }),
        failsWith('cancelled', /before it began/),
      );
      assert.equal(host.pid, undefined);
    });
  });

  describe('dispose', () => {
    it('ends the process and the request that runs in it', async () => {
      start();
      const pid = new Promise<number>((resolve, reject) => {
        const running = host.generate(asks(round(0)), { onEvent: () => resolve(host.pid!) });
        running.then(
          () => reject(new Error('the request should not have finished')),
          (error: unknown) => assert.ok(failsWith('cancelled', /shut down/)(error)),
        );
      });
      const child = await pid;
      assert.ok(isAlive(child));
      await host.dispose();
      assert.ok(!isAlive(child));
      await assert.rejects(host.generate(asks(finished)), failsWith('cancelled', /shut down/));
    });

    it('insists when neither the message nor SIGTERM helps', async () => {
      start({ shutdownGraceMs: 10 });
      await host.generate(asks({ stubborn: true }, finished));
      const pid = host.pid!;
      await host.dispose();
      assert.ok(!isAlive(pid));
    });
  });
});
