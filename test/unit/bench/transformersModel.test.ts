import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import * as ort from 'onnxruntime-node';
import { transformersModel } from '../../../bench/peers/transformersModel';
import { naiveLogits } from '../../support/naiveDecoder';
import { temporaryCache } from '../../support/temporaryCache';
import { temporaryFolder } from '../../support/temporaryFolder';
import { TINY, tinyModel } from '../../support/tinyModel';

const TEXT = [5, 17, 3, 88, 41, 41, 9, 60, 2, 33];

const integers = (values: readonly number[]): ort.Tensor =>
  new ort.Tensor('int64', BigInt64Array.from(values, BigInt), [1, values.length]);

describe('the model folder for transformers.js', function () {
  this.timeout(60_000);
  temporaryCache();
  const folder = temporaryFolder();
  const model = tinyModel({ embedding: 'F32', linear: () => 'F32' });

  it('has a graph that computes what the paper says, fed as transformers.js feeds it', async () => {
    const made = await transformersModel(model, folder.file());
    const session = await ort.InferenceSession.create(path.join(made, 'onnx', 'model_q4.onnx'));
    const { kvHeads, headDim } = TINY;
    const pasts = session.inputNames.filter((name) => name.startsWith('past_key_values.'));
    const empty = new ort.Tensor('float32', new Float32Array(0), [1, kvHeads, 0, headDim]);
    let cache: Record<string, ort.Tensor> = Object.fromEntries(pasts.map((name) => [name, empty]));
    // The prompt in one forward, then token by token, on what came out the time before.
    for (const [from, to] of [
      [0, 7],
      [7, 8],
      [8, 10],
    ]) {
      const tokens = TEXT.slice(from, to);
      const results = await session.run({
        input_ids: integers(tokens),
        attention_mask: integers(TEXT.slice(0, to).map(() => 1)),
        position_ids: integers(tokens.map((_, i) => from + i)),
        ...cache,
      });
      const { dims, data } = results['logits'];
      assert.deepEqual(dims, [1, 1, TINY.vocabulary]);
      const expected = await naiveLogits(model, TEXT.slice(0, to));
      expected.forEach((value, i) => assert.ok(Math.abs(Number(data[i]) - value) < 1e-4, `${to}: ${i}`));
      cache = Object.fromEntries(
        pasts.map((name) => [name, results[name.replace('past_key_values', 'present')]]),
      );
    }
    await session.release();
  });

  it('is made once', async () => {
    const made = await transformersModel(model, folder.file());
    const config = path.join(made, 'config.json');
    const before = fs.statSync(config).mtimeMs;
    assert.equal(await transformersModel(model, folder.file()), made);
    assert.equal(fs.statSync(config).mtimeMs, before);
    assert.equal((JSON.parse(fs.readFileSync(config, 'utf8')) as { model_type: string }).model_type, 'llama');
  });
});
