import { OnnxGraph } from './onnxGraph';

/** A slab of keys or values on a device: `[1, kvHeads, C, headDim]`. */
interface SlabShape {
  readonly kvHeads: number;
  readonly headDim: number;
}

/** Weights are not needed to move rows about. */
const emptyGraph = (): OnnxGraph => new OnnxGraph(new Map(), '');

/** Makes a slab of zeros. Input `shape`: int64 `[4]`. Output `slab`. */
export function buildBlankSlab({ kvHeads, headDim }: SlabShape): Uint8Array {
  const graph = emptyGraph();
  const slab = graph.op('Expand', [graph.scalar(0), graph.input('shape', 'i64', [4])]);
  graph.output('slab', slab, 'f32', [1, kvHeads, 'C', headDim]);
  return graph.serialise();
}

/** Copies a slab in front of more rows. Inputs `first` and `more`: slabs. Output `slab`: their rows in order. */
export function buildLongerSlab({ kvHeads, headDim }: SlabShape): Uint8Array {
  const graph = emptyGraph();
  const first = graph.input('first', 'f32', [1, kvHeads, 'A', headDim]);
  const more = graph.input('more', 'f32', [1, kvHeads, 'B', headDim]);
  graph.output('slab', graph.op('Concat', [first, more], { axis: 2 }), 'f32', [1, kvHeads, 'A+B', headDim]);
  return graph.serialise();
}

/**
 * Moves rows within all slabs of a cache at once. The rows are read before any is written, so their old and new
 * places may overlap, and the caller binds each slab as its own output.
 *
 * Inputs: `from`, int64 `[n]`, the rows' old places; `to`, int64 `[1, kvHeads, n, 3]`, the leading indices of
 * their new ones (0, head, row); `slab.<i>`. Outputs: `moved.<i>`.
 */
export function buildMoveRows({ kvHeads, headDim }: SlabShape, slabs: number): Uint8Array {
  const graph = emptyGraph();
  const from = graph.input('from', 'i64', ['n']);
  const to = graph.input('to', 'i64', [1, kvHeads, 'n', 3]);
  for (let i = 0; i < slabs; i++) {
    const slab = graph.input(`slab.${i}`, 'f32', [1, kvHeads, 'C', headDim]);
    const rows = graph.op('Gather', [slab, from], { axis: 2 });
    const [moved] = graph.node('ScatterND', [slab, to, rows], {}, 1, '', [`moved.${i}`]);
    graph.output(moved, moved, 'f32', [1, kvHeads, 'C', headDim]);
  }
  return graph.serialise();
}
