import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { copyFile, readdir, rm } from 'node:fs/promises';
import path from 'node:path';
import {
  afterFailure,
  candidates,
  fastest,
  reasonNow,
  type ChosenProvider,
} from '../../../src/engine/chooseProvider';
import { convertedWeights } from '../../../src/engine/convert';
import type { ConvertedWeights } from '../../../src/engine/convertedWeights';
import { SCORED_TOKENS, type ProbeAnswer, type ProbeRunner } from '../../../src/engine/probe';
import { forgiveDeaths, whileNoted } from '../../../src/engine/providerDeath';
import { providerReport } from '../../../src/engine/providerReport';
import { UserError } from '../../../src/errors';
import { cancelledError } from '../../../src/models/cancellation';
import type { Provider, ProviderChoice, WeightForm } from '../../../src/protocol/engine';
import { ownCache } from '../../support/environment';
import { temporaryFolder } from '../../support/temporaryFolder';
import { tinyModel } from '../../support/tinyModel';

const SUPPORTED = ['cpu', 'webgpu', 'cuda'];

describe('choosing a provider', () => {
  const folder = temporaryFolder();
  ownCache(() => folder.file());
  let asked: string[];
  let answers: Partial<Record<`${Provider} ${'selfTest' | 'time'}`, ProbeAnswer>>;
  let weights: ConvertedWeights;

  const probe: ProbeRunner = (provider, { kind }) => {
    asked.push(`${provider} ${kind}`);
    const answer = answers[`${provider} ${kind}`];
    return Promise.resolve(answer ?? { kind: 'failed', reason: 'no driver' });
  };
  const options = { probe, onProgress: () => undefined, supported: SUPPORTED };
  const passes = (forms: WeightForm[], trees = true): ProbeAnswer => ({
    kind: 'capabilities',
    capabilities: { forms, trees },
  });
  /** Times, and the same two tokens with these probabilities after each of the rows. */
  const times = (token: number, draft: number, law: readonly number[] = [0.7, 0.2]): ProbeAnswer => {
    const repeated = <T>(values: readonly T[]): T[] =>
      new Array<readonly T[]>(SCORED_TOKENS).fill(values).flat();
    const scores = { token: repeated([5, 6]), probability: repeated(law) };
    return { kind: 'times', times: { token, draft }, scores };
  };
  const choose = async (wanted: ProviderChoice, form: WeightForm = 'fp32') =>
    fastest(await candidates(wanted, form, options), weights, 1, options);

  beforeEach(async () => {
    asked = [];
    answers = {};
    weights = await convertedWeights(
      tinyModel({ embedding: 'F32', linear: () => 'F32' }),
      'fp32',
      () => undefined,
    );
  });

  it('takes the CPU by name without trying anything', async () => {
    const chosen = await choose('cpu');
    assert.deepEqual(chosen, { wanted: 'cpu', used: 'cpu', trees: true, reason: 'asked for by name' });
    assert.deepEqual(asked, []);
  });

  it('takes a provider by name when it passes, however fast it is', async () => {
    answers['webgpu selfTest'] = passes(['fp32', 'file']);
    assert.equal((await choose('webgpu')).used, 'webgpu');
    assert.deepEqual(asked, ['webgpu selfTest']);
  });

  it('refuses by name what does not work, with the reason', async () => {
    await assert.rejects(choose('webgpu'), (error) => {
      assert.ok(error instanceof UserError);
      assert.equal(error.code, 'engine');
      assert.equal(error.message, 'WebGPU does not work on this machine: no driver.');
      assert.match(error.hint, /auto or cpu/);
      return true;
    });
  });

  it('refuses by name what this runtime does not have, without trying', async () => {
    await assert.rejects(
      choose('coreml'),
      /CoreML does not work on this machine: ONNX Runtime .* does not have it/,
    );
    assert.deepEqual(asked, []);
  });

  it('tries CUDA only where its libraries are, and tells how they come there', async () => {
    await assert.rejects(
      choose('cuda'),
      /libonnxruntime_providers_cuda\.so is not there; `draftscope providers/,
    );
    assert.deepEqual(asked, []);
  });

  it('names no other weights for what does not work here at all', async () => {
    const absent = /^UserError: DirectML does not work on this machine: ONNX Runtime .* does not have it\./;
    for (const form of ['fp32', 'file', 'int8'] as const) {
      await assert.rejects(choose('dml', form), absent);
      await assert.rejects(choose('webgpu', form), /WebGPU does not work on this machine: no driver/);
    }
  });

  it('refuses by name a weight form that is not computed there', async () => {
    answers['webgpu selfTest'] = passes(['fp32', 'file']);
    await assert.rejects(choose('webgpu', 'int8'), (error) => {
      assert.ok(error instanceof UserError);
      assert.equal(error.code, 'usage');
      assert.equal(
        error.sentence,
        'WebGPU does not compute int8 weights here. Choose fp32 or file weights, or the provider cpu.',
      );
      return true;
    });
    const own = { ...options, supported: ['cpu', 'dml'] };
    answers['dml selfTest'] = passes(['fp32']);
    await assert.rejects(candidates('dml', 'file', own), /DirectML does not compute file weights here\.$/);
  });

  it('takes the fastest by itself, and names the times', async () => {
    answers['webgpu selfTest'] = passes(['fp32'], false);
    answers['cpu time'] = times(10_000, 20_000);
    answers['webgpu time'] = times(12_000, 13_000);
    const { used, trees, reason } = await choose('auto');
    assert.equal(used, 'webgpu');
    assert.equal(trees, false);
    assert.equal(
      reason,
      'the fastest here for one token and for 8 nodes: webgpu 12.0 and 13.0 ms, cpu 10.0 and 20.0 ms',
    );
  });

  it('stays on the CPU when that is faster', async () => {
    answers['webgpu selfTest'] = passes(['fp32']);
    answers['cpu time'] = times(10_000, 20_000);
    answers['webgpu time'] = times(400_000, 400_000);
    assert.equal((await choose('auto')).used, 'cpu');
  });

  it('leaves out what cannot be timed, and says so', async () => {
    answers['webgpu selfTest'] = passes(['fp32']);
    answers['cpu time'] = times(10_000, 20_000);
    const { used, reason } = await choose('auto');
    assert.equal(used, 'cpu');
    assert.match(reason, /; webgpu: no driver$/);
  });

  it('leaves out what computes other numbers than the CPU with this model, however fast it is', async () => {
    answers['webgpu selfTest'] = passes(['fp32']);
    answers['cpu time'] = times(10_000, 20_000);
    for (const [law, off] of [
      [[0.2, 0.7], '0.50'],
      [[NaN, NaN], 'Infinity'],
    ] as const) {
      answers['webgpu time'] = times(1000, 1000, law);
      const { used, reason } = await choose('auto');
      assert.equal(used, 'cpu');
      const said = `; webgpu computes other probabilities than the CPU for this model (off by ${off})`;
      assert.ok(reason.endsWith(said), reason);
      await rm(weights.folder, { recursive: true });
    }
    answers['webgpu time'] = times(1000, 1000, [0.69, 0.21]);
    assert.equal((await choose('auto')).used, 'webgpu');
  });

  it('leaves out what ended the engine before, until it is to be tried again', async () => {
    answers['webgpu selfTest'] = passes(['fp32']);
    answers['cpu time'] = times(10_000, 20_000);
    answers['webgpu time'] = times(1000, 1000);
    const script = `process.kill(process.pid, 'SIGSEGV')`;
    const { pid } = spawnSync(process.execPath, ['-e', script]);
    // A process that is killed leaves its note: here one under the number of a dead one.
    await whileNoted('webgpu', async () => {
      assert.equal((await choose('auto')).used, 'webgpu', 'one that works now is no death');
      const providers = path.join(process.env.DRAFTSCOPE_CACHE!, 'providers');
      const note = (await readdir(providers)).find((name) => name.startsWith('running-webgpu-'))!;
      await copyFile(path.join(providers, note), path.join(providers, note.replace(/\d+$/, String(pid))));
    });
    const { used, reason } = await choose('auto');
    assert.equal(used, 'cpu');
    assert.match(reason, /webgpu: the engine ended while it ran there; `draftscope providers --again`/);
    assert.equal((await choose('webgpu')).used, 'webgpu', 'by name it is tried');
    await forgiveDeaths('webgpu');
    assert.equal((await choose('auto')).used, 'webgpu');
  });

  it('falls back to the CPU when nothing passes, and names every reason', async () => {
    const { used, reason } = await choose('auto', 'file');
    assert.equal(used, 'cpu');
    assert.match(
      reason,
      /webgpu: no driver; cuda: libonnxruntime_providers_cuda\.so is not there; .*; dml: ONNX Runtime .* does not have it/,
    );
    assert.ok(!asked.some((question) => question.endsWith('time')));
  });

  it('passes over what does not compute this form without trying it', async () => {
    const own = { ...options, supported: ['cpu', 'dml'] };
    const { refusals } = await candidates('auto', 'file', own);
    assert.ok(refusals.includes('dml does not compute file weights'), refusals.join('; '));
    assert.deepEqual(asked, []);
  });

  it('leaves a provider with wrong numbers for this form to others', async () => {
    answers['webgpu selfTest'] = passes(['fp32']);
    const { used, reason } = await choose('auto', 'file');
    assert.equal(used, 'cpu');
    assert.match(reason, /webgpu computes file weights wrongly here/);
  });

  it('remembers answers and times, and asks again only when told to', async () => {
    answers['webgpu selfTest'] = passes(['fp32']);
    answers['cpu time'] = times(1, 1);
    answers['webgpu time'] = times(2, 2);
    await choose('auto');
    const before = asked.length;
    assert.equal((await choose('auto')).used, 'cpu');
    assert.equal(asked.length, before);
    answers['webgpu selfTest'] = { kind: 'failed', reason: 'gone' };
    const again = { again: true, supported: SUPPORTED };
    assert.deepEqual(await providerReport('webgpu', probe, again), { works: false, reason: 'gone' });
  });

  it('falls back when the model does not load or run there, but only from a choice of its own', () => {
    const own: ChosenProvider = { wanted: 'auto', used: 'webgpu', trees: false, reason: '' };
    assert.deepEqual(afterFailure(own, new Error('out of memory')), {
      wanted: 'auto',
      used: 'cpu',
      trees: true,
      reason: 'webgpu failed while the model was loaded and measured: out of memory',
    });
    const told = new UserError('engine', 'WebGPU failed: it is gone.', 'Choose the provider cpu.');
    assert.match(afterFailure(own, told).reason, /measured: WebGPU failed: it is gone$/);
    const cancelled = cancelledError();
    assert.throws(() => afterFailure(own, cancelled), cancelled);
    const error = new Error('out of memory');
    for (const choice of [
      { ...own, wanted: 'webgpu' as const },
      { ...own, used: 'cpu' as const },
    ]) {
      assert.throws(() => afterFailure(choice, error), error);
    }
  });

  it('says what became of a choice, for the target and for the draft model', () => {
    const chosen = { reason: 'the fastest' };
    const fault = { provider: 'webgpu', reason: 'Device lost' } as const;
    assert.equal(reasonNow(chosen, null, null), 'the fastest');
    assert.equal(reasonNow(chosen, fault, null), 'webgpu failed while it ran: Device lost');
    assert.equal(
      reasonNow(chosen, null, fault),
      'the fastest; the draft model runs on cpu: webgpu failed: Device lost',
    );
  });
});
