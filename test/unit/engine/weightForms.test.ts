import assert from 'node:assert/strict';
import path from 'node:path';
import { answerLogits, compareWithGolden, readLogitsGolden, type LogitsGolden } from '../../../bench/forms';
import { defaultModel } from '../../support/defaultModel';
import { repositoryRoot } from '../../support/repository';

/** The default model's weight forms beside transformers in fp32 on the same dequantised weights. */
describe('weight forms of the default model', function () {
  this.timeout(600_000);
  let golden: LogitsGolden;
  const model = defaultModel();
  let reference: Float32Array[];

  before(async () => {
    golden = await readLogitsGolden(path.join(repositoryRoot, 'test', 'golden', 'logits.json'));
    reference = await answerLogits(model(), 'fp32', golden);
  });

  it('fp32 is transformers: the same token everywhere, logits within 1e-3', () => {
    const quality = compareWithGolden('fp32', golden, reference, null);
    assert.ok(quality.positions >= 600, `${quality.positions} positions`);
    assert.deepEqual(quality.differences, []);
    assert.ok(quality.largestLogitError <= 1e-3, `logit error ${quality.largestLogitError}`);
    assert.ok(quality.largestNormError <= 1e-3, `log-sum-exp error ${quality.largestNormError}`);
  });

  it('file agrees on at least 97 % of the tokens, with a mean KL of at most 0.004', async () => {
    const quality = compareWithGolden('file', golden, await answerLogits(model(), 'file', golden), reference);
    assert.ok(quality.topOneEqual / quality.positions >= 0.97, JSON.stringify(quality));
    assert.ok(quality.meanKl! <= 0.004, `mean KL ${quality.meanKl}`);
  });

  it('int8 agrees on at least 96 % of the tokens, with a mean KL of at most 0.006', async () => {
    const quality = compareWithGolden('int8', golden, await answerLogits(model(), 'int8', golden), reference);
    assert.ok(quality.topOneEqual / quality.positions >= 0.96, JSON.stringify(quality));
    assert.ok(quality.meanKl! <= 0.006, `mean KL ${quality.meanKl}`);
  });
});
