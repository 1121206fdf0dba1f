import assert from 'node:assert/strict';
import type { CostPoint } from '../../../src/decoding/costModel';
import { measureAgreement } from '../../../src/engine/agreement';
import { chooseWeights } from '../../../src/engine/chooseWeights';
import { convertedWeights, isConverted } from '../../../src/engine/convert';
import { SCORED_TOKENS, type ProbeAnswer, type ProbeRunner } from '../../../src/engine/probe';
import type { ModelRequest, Progress, WeightForm } from '../../../src/protocol/engine';
import { BrokenProvider } from '../../support/brokenProvider';
import { temporaryCache } from '../../support/temporaryCache';
import { tinyModel } from '../../support/tinyModel';
import { userError } from '../../support/userError';

const noProbe = () => Promise.reject(new Error('nothing is to be tried'));

/** v(T) of forms on a machine where a quantised file is fastest for one token, and int8 for many. */
const COSTS: Readonly<Record<WeightForm, readonly [first: number, each: number]>> = {
  fp32: [20000, 400],
  file: [9000, 1500],
  int8: [10000, 300],
};

describe('weights that suit the drafter', () => {
  temporaryCache();
  const model = tinyModel({ embedding: 'F32', linear: () => 'Q4_1' });
  const asked: WeightForm[] = [];
  const steps: Progress[] = [];

  const choose = (change: Partial<ModelRequest>, signal?: AbortSignal) => {
    asked.length = 0;
    steps.length = 0;
    return chooseWeights(
      model,
      { model: 'tiny', weights: 'auto', provider: 'cpu', threads: 1, ...change },
      { probe: noProbe, onProgress: (step) => steps.push(step), signal },
      (_, form) => {
        asked.push(form);
        const [first, each] = COSTS[form];
        const points = [1, 64].map((rows): CostPoint => ({ rows, past: 0, us: first + each * (rows - 1) }));
        return Promise.resolve({ points });
      },
    );
  };

  it('are those that the request names, whatever they cost', async () => {
    const chosen = await choose({ weights: 'fp32', drafter: 'suffix' });
    assert.deepEqual(chosen, {
      wanted: 'fp32',
      used: 'fp32',
      reason: 'as requested, by name or by default',
      agreement: null,
    });
    assert.deepEqual(asked, []);
  });

  it('are the file’s own for plain decoding, and nothing else is looked at', async () => {
    const chosen = await choose({});
    assert.deepEqual([chosen.wanted, chosen.used], ['auto', 'file']);
    assert.deepEqual(asked, ['file']);
    assert.match(
      chosen.reason,
      /^the smallest form there is, for plain decoding; chosen for speed alone, .* not measured/,
    );
  });

  it('are int8 for a drafter where trees are cheap in it, by the speeds that are expected', async () => {
    const chosen = await choose({ drafter: 'suffix' });
    assert.equal(chosen.used, 'int8');
    assert.deepEqual(asked, ['file', 'int8']);
    assert.match(
      chosen.reason,
      /Suffix decoding, with acceptance assumed for drafters of its kind, by costs measured here \(int8 \d+, file \d+\)/,
    );
    assert.match(steps.at(-1)!.message, /^Weights int8: the most tokens a second/);
  });

  it('are those of plain decoding for a draft model whose forwards take more than it brings', async () => {
    const chosen = await choose({ drafter: 'draft-model' });
    assert.equal(chosen.used, 'file');
    assert.match(
      chosen.reason,
      /Draft model, with acceptance and drafting time assumed for .*, by the costs of forwards measured here \(file 111, int8 100\)/,
    );
    assert.equal((await choose({ drafter: 'hydra+suffix' })).used, 'int8');
  });

  it('are looked for among other forms only where those are converted already', async () => {
    await convertedWeights(model, 'fp32', () => undefined);
    assert.deepEqual([await isConverted(model, 'fp32'), await isConverted(model, 'int8')], [true, false]);
    assert.equal((await choose({})).used, 'file');
    assert.deepEqual(asked, ['fp32', 'file']);
  });

  it('are shown with how far they agree with fp32, once that was measured', async () => {
    const { equal, positions } = (await measureAgreement(model, ['file'], () => undefined)).get('file')!;
    const share = ((100 * equal) / positions).toFixed(1);
    const { reason, agreement } = await choose({});
    assert.match(reason, new RegExp(`, the first choice is fp32's at ${share} % of ${positions} positions$`));
    assert.equal(agreement?.equal, equal);
    assert.deepEqual((await choose({ weights: 'file' })).agreement, agreement);
  });

  it('are what the provider computes', async () => {
    const chosen = await choose({ provider: 'coreml', drafter: 'suffix' });
    assert.equal(chosen.used, 'fp32');
    assert.match(chosen.reason, /; exact$/);
  });

  it('are measured on the CPU, under a note, where the provider that auto took fails at it', async () => {
    const scores = {
      token: new Array<number>(SCORED_TOKENS).fill(5),
      probability: new Array<number>(SCORED_TOKENS).fill(0.7),
    };
    const [slow, fast] = [9000, 1000].map((us) => ({ token: us, draft: us }));
    const probe: ProbeRunner = (provider, { kind }) =>
      Promise.resolve<ProbeAnswer>(
        kind === 'selfTest'
          ? { kind: 'capabilities', capabilities: { forms: ['fp32', 'file'], trees: true } }
          : { kind: 'times', times: provider === 'cpu' ? slow : fast, scores },
      );
    const provider = new BrokenProvider({ rows: 16 });
    const chosen = await chooseWeights(
      tinyModel({ embedding: 'F32', linear: () => 'Q4_1' }, 2),
      { model: 'tiny', weights: 'auto', provider: 'auto', threads: 1 },
      { probe, onProgress: () => undefined, supported: ['cpu', 'webgpu'], open: provider.open },
    );
    assert.equal(chosen.used, 'file');
    assert.deepEqual(provider.opened, ['webgpu', 'cpu']);
    assert.deepEqual(provider.noted, [true]);
  });

  it('are not chosen for a drafter that there is not, nor after a cancellation', async () => {
    await assert.rejects(choose({ drafter: 'crystal-ball' }), userError('usage', /crystal-ball/));
    await assert.rejects(choose({}, AbortSignal.abort()), userError('cancelled', /./));
  });
});
