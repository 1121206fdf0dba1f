import assert from 'node:assert/strict';
import { convertedWeights } from '../../../../src/engine/convert';
import { TargetTables } from '../../../../src/engine/heads/targetTables';
import { restored } from '../../../../src/models/heads/byteBlocks';
import { temporaryCache } from '../../../support/temporaryCache';
import { TINY, tinyModel } from '../../../support/tinyModel';

const noProgress = () => undefined;
const input = (name: string, type: 'float32' | 'uint8') =>
  ({ name, isTensor: true, type, shape: [] }) as const;

describe('what heads read of the target’s weights', () => {
  temporaryCache();

  for (const embedding of ['F32', 'Q8_0'] as const) {
    it(`comes in the form that a head takes, whatever the target has: here ${embedding}`, async () => {
      const model = tinyModel({ embedding, linear: () => 'F32' });
      const tables = await TargetTables.read(await convertedWeights(model, 'file', noProgress));
      const exact = tables.feeds([
        input('embedding', 'float32'),
        input('rotary.cos', 'float32'),
        input('hidden', 'float32'),
      ]);
      assert.deepEqual(Object.keys(exact).sort(), ['embedding', 'rotary.cos']);
      assert.deepEqual(exact['embedding'].dims, [TINY.vocabulary, TINY.hiddenSize]);
      assert.deepEqual(exact['rotary.cos'].dims, [TINY.context, TINY.headDim / 2]);
      const blocks = tables.feeds([input('embedding', 'uint8'), input('embedding.scales', 'float32')]);
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
});
