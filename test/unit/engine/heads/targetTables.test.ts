import assert from 'node:assert/strict';
import { truncateSync } from 'node:fs';
import path from 'node:path';
import { convertedWeights } from '../../../../src/engine/convert';
import { TargetTables } from '../../../../src/engine/heads/targetTables';
import { WEIGHTS_FILE } from '../../../../src/models/graph/weightsFile';
import { restored } from '../../../../src/models/byteBlocks';
import { temporaryCache } from '../../../support/temporaryCache';
import { TINY, tinyModel } from '../../../support/tinyModel';
import { userError } from '../../../support/userError';

const noProgress = () => undefined;
const input = (name: string, type: 'float32' | 'uint8') =>
  ({ name, isTensor: true, type, shape: [] }) as const;

describe('what heads read of the target’s weights', () => {
  temporaryCache();

  for (const embedding of ['F32', 'Q8_0'] as const) {
    it(`comes in the form that a head takes, whatever the target has: here ${embedding}`, async () => {
      const model = tinyModel({ embedding, linear: () => 'F32' });
      const tables = new TargetTables(await convertedWeights(model, 'file', noProgress));
      const exact = await tables.feeds([
        input('embedding', 'float32'),
        input('rotary.cos', 'float32'),
        input('hidden', 'float32'),
      ]);
      assert.deepEqual(Object.keys(exact).sort(), ['embedding', 'rotary.cos']);
      assert.deepEqual(exact['embedding'].dims, [TINY.vocabulary, TINY.hiddenSize]);
      assert.deepEqual(exact['rotary.cos'].dims, [TINY.context, TINY.headDim / 2]);
      const blocks = await tables.feeds([input('embedding', 'uint8'), input('embedding.scales', 'float32')]);
      assert.deepEqual(blocks['embedding'].dims, [TINY.vocabulary, TINY.hiddenSize / 32, 32]);
      const back = restored({
        values: blocks['embedding'].data as Uint8Array,
        scales: blocks['embedding.scales'].data as Float32Array,
      });
      const numbers = exact['embedding'].data as Float32Array;
      const largest = Math.max(...numbers.map(Math.abs));
      back.forEach((value, i) => assert.ok(Math.abs(value - numbers[i]) <= largest / 254 + 1e-7));
    });
  }

  it('is read when a head asks for it, and not before', async () => {
    const model = tinyModel({ embedding: 'F32', linear: () => 'F32' }, 2);
    const weights = await convertedWeights(model, 'file', noProgress);
    const file = path.join(weights.folder, WEIGHTS_FILE);
    const tables = new TargetTables(weights);
    const rotary = await tables.feeds([input('rotary.cos', 'float32')]);
    const { offset, length } = weights.index.entries.get('embedding')!;
    truncateSync(file, offset + length - 1);
    assert.deepEqual(await tables.feeds([input('hidden', 'float32')]), {});
    // What was read once is not read again.
    assert.equal((await tables.feeds([input('rotary.cos', 'float32')]))['rotary.cos'], rotary['rotary.cos']);
    await assert.rejects(
      tables.feeds([input('embedding', 'float32')]),
      userError('disk', `${file} could not be read: it ends within embedding. Check the disk.`),
    );
  });
});
