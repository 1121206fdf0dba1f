import assert from 'node:assert/strict';
import type { ChosenProvider } from '../../../src/engine/chooseProvider';
import { convertedWeights } from '../../../src/engine/convert';
import type { ConvertedWeights } from '../../../src/engine/convertedWeights';
import { loadTarget } from '../../../src/engine/loadTarget';
import { diedBefore } from '../../../src/engine/providerDeath';
import { BrokenProvider, type Breakage } from '../../support/brokenProvider';
import { temporaryCache } from '../../support/temporaryCache';
import { tinyModel } from '../../support/tinyModel';
import { userError } from '../../support/userError';

const onProgress = () => undefined;
const OWN: ChosenProvider = { wanted: 'auto', used: 'webgpu', trees: false, reason: 'the fastest' };
const CASES: readonly [what: string, Breakage, said: RegExp][] = [
  ['does not load the model', 'open', /^Device lost$/],
  ['has no room to measure in', 'blank', /^WebGPU failed after \d+ tokens of text: Device lost$/],
  ['fails at many rows', { rows: 16 }, /^WebGPU failed after \d+ tokens of text: Device lost$/],
];

describe('loading the target', function () {
  this.timeout(60_000);
  temporaryCache();
  let weights: ConvertedWeights;
  before(async () => {
    weights = await convertedWeights(
      tinyModel({ embedding: 'F32', linear: () => 'F32' }),
      'fp32',
      onProgress,
    );
  });

  for (const [what, breakage, said] of CASES) {
    it(`goes to the CPU where auto's choice ${what}, and says why`, async () => {
      const provider = new BrokenProvider(breakage);
      const { target, chosen, cost } = await loadTarget(weights, 1, OWN, { onProgress, open: provider.open });
      assert.deepEqual(provider.opened, ['webgpu', 'cpu']);
      assert.deepEqual(provider.noted, [true], 'a death there would be known');
      assert.equal(await diedBefore('webgpu'), false);
      assert.equal(target.provider, 'cpu');
      const { reason, ...place } = chosen;
      assert.deepEqual(place, { wanted: 'auto', used: 'cpu', trees: true });
      const [before, after] = reason.split(' loaded and measured: ');
      assert.equal(before, 'webgpu failed while the model was');
      assert.match(after, said);
      assert.ok(cost.points.length > 0);
      await target.dispose();
    });

    it(`fails where a provider was asked for by name that ${what}`, async () => {
      const provider = new BrokenProvider(breakage);
      const named = { ...OWN, wanted: 'webgpu' as const };
      await assert.rejects(loadTarget(weights, 1, named, { onProgress, open: provider.open }), /Device lost/);
      assert.deepEqual(provider.opened, ['webgpu']);
      assert.deepEqual(provider.noted, [true]);
    });
  }

  it('does not go elsewhere when it is cancelled', async () => {
    const provider = new BrokenProvider({ rows: Infinity });
    const options = { onProgress, open: provider.open, signal: AbortSignal.abort() };
    await assert.rejects(loadTarget(weights, 1, OWN, options), userError('cancelled', /./));
    assert.deepEqual(provider.opened, ['webgpu']);
  });
});
