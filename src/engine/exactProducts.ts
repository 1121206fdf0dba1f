import type * as Ort from 'onnxruntime-node';
import { OnnxGraph } from '../models/graph/onnxGraph';

/** Inputs and outputs of the product that is tried. */
const INPUTS = 128;
const OUTPUTS = 32;

/** One row, and enough for the kernels that take many at once. */
const ROWS = [1, 16];

/**
 * Whether the runtime's fastest 8-bit products are exact on this processor. Without VNNI they add pairs of products in
 * 16 bits, which real texts overflow: int8's mean KL grew 16-fold. The runtime has exact ones too, which it takes when it
 * is told to; but told so on a processor with AMX, it leaves AMX unused, and sixteen rows cost three times as much. No
 * name of a processor is looked up: the largest values that there are get multiplied, and the sum is right or not.
 */
export async function areFastProductsExact(runtime: typeof Ort): Promise<boolean> {
  const session = await runtime.InferenceSession.create(productGraph(), {
    executionProviders: ['cpu'],
    intraOpNumThreads: 1,
    logSeverityLevel: 3,
  });
  try {
    const weights = new runtime.Tensor('int8', new Int8Array(INPUTS * OUTPUTS).fill(127), [INPUTS, OUTPUTS]);
    for (const rows of ROWS) {
      const values = new runtime.Tensor('uint8', new Uint8Array(rows * INPUTS).fill(255), [rows, INPUTS]);
      const { product } = await session.run({ values, weights });
      if ((product.data as Float32Array).some((sum) => sum !== 255 * 127 * INPUTS)) return false;
    }
    return true;
  } finally {
    await session.release();
  }
}

function productGraph(): Uint8Array {
  const graph = new OnnxGraph(new Map(), '');
  const values = graph.input('values', 'u8', ['T', INPUTS]);
  const weights = graph.input('weights', 'i8', [INPUTS, OUTPUTS]);
  const one = graph.scalar(1);
  const product = graph.microsoft('MatMulIntegerToFloat', [values, weights, one, one]);
  graph.output('product', product, 'f32', ['T', OUTPUTS]);
  return graph.serialise();
}
