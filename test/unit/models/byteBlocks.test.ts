import assert from 'node:assert/strict';
import fc from 'fast-check';
import { byteBlocks, restored } from '../../../src/models/byteBlocks';
import { BLOCK } from '../../../src/models/tensorLayout';

describe('byteBlocks', () => {
  it('rounds every value to half a step of its own block', () => {
    const value = fc.integer({ min: -1_000_000, max: 1_000_000 }).map((n) => n / 1024);
    const block = fc.array(value, { minLength: BLOCK, maxLength: BLOCK });
    fc.assert(
      fc.property(fc.array(block, { minLength: 1, maxLength: 4 }), (blocks) => {
        const matrix = Float32Array.from(blocks.flat());
        const rounded = byteBlocks(matrix);
        assert.equal(rounded.scales.length, blocks.length);
        restored(rounded).forEach((back, i) => {
          const scale = rounded.scales[Math.floor(i / BLOCK)];
          assert.ok(Math.abs(back - matrix[i]) <= scale * 0.5001, `${matrix[i]} became ${back}`);
        });
      }),
    );
  });

  it('keeps a block of zeros', () => {
    const { values, scales } = byteBlocks(new Float32Array(BLOCK));
    assert.ok(values.every((value) => value === 128));
    assert.deepEqual([...scales], [1]);
  });

  it('gives as many inputs a scale as it is told', () => {
    const matrix = Float32Array.from({ length: 128 }, (_, i) => (i < 64 ? 1 : 2));
    const { values, scales } = byteBlocks(matrix, 64);
    assert.deepEqual([...scales], [Math.fround(1 / 127), Math.fround(2 / 127)]);
    assert.deepEqual([...new Set(values)], [255]);
  });
});
