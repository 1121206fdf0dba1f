import assert from 'node:assert/strict';
import fc from 'fast-check';
import { Columns } from '../../../src/trace/columns';
import { encodeNodes, NODE, NODE_STATES, sliceFault } from '../../../src/trace/nodeSlice';
import type { Round } from '../../../src/trace/schema';
import { sampleTrace } from '../../support/sampleTrace';

const types = { small: Uint8Array, wide: Float64Array, middle: Int32Array } as const;
const anyRows = fc.array(
  fc.record(
    {
      small: fc.nat(255),
      wide: fc.double({ noNaN: true }),
      middle: fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }),
    },
    { noNullPrototype: true },
  ),
  { maxLength: 60 },
);

const filled = (rows: readonly Record<keyof typeof types, number>[]) => {
  const columns = new Columns(types);
  for (const row of rows) columns.push(row);
  return columns;
};

const rowsOf = ({ column, length }: Columns<typeof types>) =>
  Array.from({ length }, (_, i) => ({
    small: column.small[i],
    wide: column.wide[i],
    middle: column.middle[i],
  }));

describe('columns', () => {
  it('come out of a buffer as they went in, whatever is left out at its start', () => {
    fc.assert(
      fc.property(anyRows, anyRows, fc.nat(60), (before, rows, skip) => {
        const left = Math.min(skip, rows.length);
        const source = filled(rows);
        const buffer = source.encode(0, rows.length);
        assert.equal(buffer.byteLength, 13 * rows.length);
        const columns = filled(before);
        assert.ok(columns.fits(buffer, rows.length));
        assert.ok(!columns.fits(buffer, rows.length + 1));
        columns.append(buffer, rows.length, left);
        assert.deepEqual(rowsOf(columns), [...before, ...rows.slice(left)]);
      }),
    );
  });

  it('encode a part of themselves', () => {
    const columns = new Columns(types);
    for (let i = 0; i < 50; i++) columns.push({ small: i, wide: i / 3, middle: -i });
    const part = new Columns(types);
    part.append(columns.encode(10, 30), 20);
    assert.deepEqual(rowsOf(part), rowsOf(columns).slice(10, 30));
  });
});

describe('a slice of nodes', () => {
  const { rounds } = sampleTrace();
  const nodesOf = (some: readonly Round[]) => {
    const slice = encodeNodes(some, 0);
    const nodes = new Columns(NODE);
    nodes.append(slice.nodes, slice.size);
    return { slice, column: nodes.column };
  };

  it('holds equal words once', () => {
    const { slice, column } = nodesOf([rounds[2], rounds[2]]);
    assert.equal(new Set(slice.words.map(({ token }) => token)).size, slice.words.length);
    assert.equal(column.word[0], column.word[5]);
    assert.equal(slice.words[column.word[3]].token, rounds[2].token[3]);
    assert.equal(NODE_STATES[column.state[4]], 'pruned');
    assert.equal(sliceFault(slice), null);
  });

  it('tells equal tokens with other texts apart', () => {
    const odd = { ...rounds[2], text: rounds[2].text.map((text, node) => (node === 4 ? 'other' : text)) };
    const { slice, column } = nodesOf([odd]);
    assert.equal(odd.token[3], odd.token[4]);
    assert.equal(slice.words[column.word[4]].text, 'other');
    assert.notEqual(column.word[3], column.word[4]);
  });

  it('rounds no probability to certainty or to nothing, and keeps null', () => {
    const p = [1 - 1e-12, 1e-60, 1, 0, null];
    const { column } = nodesOf([{ ...rounds[2], p }]);
    assert.ok(column.p[0] < 1 && column.p[0] > 0.999);
    assert.ok(column.p[1] > 0);
    assert.deepEqual([column.p[2], column.p[3]], [1, 0]);
    assert.ok(Number.isNaN(column.p[4]));
  });
});
