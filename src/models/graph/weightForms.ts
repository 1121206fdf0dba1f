import { t } from '../../l10n';
import { byteBlocks } from '../byteBlocks';
import { throwIfCancelled } from '../cancellation';
import { dequantise, halfToFloat } from '../dequantise';
import type { Model, OnProgress, Tensor } from '../model';
import { BLOCK } from '../tensorLayout';
import { allLinears, headLinear, tensorNames, type Linear } from './linears';
import { rotaryTables } from './rotary';
import { Rotation } from './rotation';
import { WeightsWriter, type EmbeddingKind, type Segment, type WeightsIndex } from './weightsFile';

/**
 * The three forms a model's weights are decoded in.
 *
 * - `fp32`: every weight dequantised to fp32: exact, and equal for any number of rows in a forward up to the
 *   order of summation.
 * - `file`: the file's own quantised values, carried over exactly. A Q4_1 weight is `d * q + m` for a block of
 *   32 inputs; `MatMulNBits` computes `d * (q - 8)`, so the rest, `m + 8 d`, is multiplied with the block's
 *   sum of the input in a small second product. Q4_0 and Q8_0 need no second product. Weights that the file
 *   does not quantise stay fp32.
 * - `int8`: 8 bits, so that a tree of tokens costs little more than one. The residual stream runs in a basis where
 *   a few large channels come last and no other stands out (`rotation.ts`); the weights are turned into it here.
 *   Layers that read a norm multiply the large channels in fp32; the others are of known size, and are rounded in
 *   fixed steps (`INT8_LIMIT`), with a scale an output row for the weights: one integer product. What `o` and `down`
 *   read grows without bound; they multiply by blocks of 64 inputs, each rounded by its largest.
 */
export type WeightForm = 'fp32' | 'file' | 'int8';

/** What `int8` needs to know of a model's activations. */
export interface Int8Calibration {
  /** Channels of the residual stream that are kept in fp32. */
  readonly large: readonly number[];
  /** Root mean square of the other channels of what a linear layer behind a norm reads, by the layer's name. */
  readonly sizes: ReadonlyMap<string, number>;
}

/**
 * Channels that `int8` keeps in fp32. In SmolLM2-135M five of 576 hold half of the stream's energy; with 8 the mean KL
 * to fp32 is a quarter larger, with 32 the same.
 */
export const LARGE_CHANNELS = 16;

/** `int8` clips at this multiple of the root mean square: the best for a Gaussian in 255 steps (Max, 1960). */
const INT8_LIMIT = 4;

/** Inputs that share a scale where `int8` multiplies in blocks. */
const INT8_BLOCK = 64;

/** Raised when the arithmetic or the layout of the converted files changes: older files are made anew. */
export const WEIGHT_FORMS_VERSION = 3;

/**
 * Converts a model's weights into one file and says where each lies.
 *
 * @param calibration needed for `int8`, ignored otherwise
 */
export async function writeWeightForm(
  model: Model,
  form: WeightForm,
  calibration: Int8Calibration | null,
  file: string,
  onProgress: OnProgress,
  signal?: AbortSignal,
): Promise<WeightsIndex> {
  const { config } = model;
  const writer = await WeightsWriter.create(file);
  try {
    const linears = allLinears(config);
    const embedding = await writeEmbedding(writer, model, form);
    const int8 = form === 'int8' ? int8Form(config.hiddenSize, calibration) : null;
    for (const [done, linear] of linears.entries()) {
      throwIfCancelled(signal);
      onProgress({
        phase: 'convert',
        message: t('Converting weights to {0}', form),
        done,
        total: linears.length,
      });
      const shared = linear.name === headLinear(config).name && config.tiedHead;
      await writeLinear(writer, model, linear, form, int8, shared ? embedding : null);
    }
    if (int8 !== null) {
      const { size } = int8.rotation;
      await writer.add('rotation', 'f32', [size, size], int8.rotation.matrix());
      // The weights of all norms but the last, which states are read behind, are in the layers that read them.
      await writer.add('norm.plain', 'f32', [size], new Float32Array(size).fill(1));
    }
    for (const name of int8 === null ? normNames(config.layers) : [tensorNames.finalNorm]) {
      const tensor = await model.tensor(name);
      await writer.add(name, 'f32', tensor.shape, dequantise(tensor));
    }
    const { cos, sin } = rotaryTables(config);
    const dims = [config.context, config.headDim / 2];
    await writer.add('rotary.cos', 'f32', dims, cos);
    await writer.add('rotary.sin', 'f32', dims, sin);
    return writer.index(embedding);
  } finally {
    await writer.close();
  }
}

function normNames(layers: number): string[] {
  const perLayer = Array.from({ length: layers }, (_, layer) => [
    tensorNames.inputNorm(layer),
    tensorNames.postAttentionNorm(layer),
  ]);
  return [...perLayer.flat(), tensorNames.finalNorm];
}

/** Rows that are looked up: 8-bit blocks where that is exact and saves memory, else fp32. */
async function writeEmbedding(writer: WeightsWriter, model: Model, form: WeightForm): Promise<EmbeddingKind> {
  const tensor = await model.tensor(tensorNames.embedding);
  if (form !== 'fp32' && tensor.type === 'Q8_0') {
    await writeQ8(writer, 'embedding', [tensor]);
    return 'q8';
  }
  await writer.add('embedding', 'f32', tensor.shape, dequantise(tensor));
  return 'f32';
}

async function writeLinear(
  writer: WeightsWriter,
  model: Model,
  linear: Linear,
  form: WeightForm,
  int8: Int8Form | null,
  sharedEmbedding: EmbeddingKind | null,
): Promise<void> {
  if (sharedEmbedding === 'q8' && form === 'file') {
    // The tied head reads the very blocks that the embedding is looked up in.
    writer.linear(linear.name, [{ kind: 'q8', rows: linear.rows }]);
    return;
  }
  if (sharedEmbedding === 'f32' && form !== 'int8') {
    writer.linear(linear.name, [{ kind: 'f32', rows: linear.rows }]);
    return;
  }
  const tensors: Tensor[] = [];
  for (const part of linear.parts) tensors.push(await model.tensor(part));
  const rows = tensors.reduce((sum, tensor) => sum + tensor.shape[0], 0);
  if (rows !== linear.rows) throw new Error(`${linear.name} has ${rows} rows, not ${linear.rows}`);

  if (int8 !== null) {
    const weight = concat(tensors.map(dequantise));
    if (linear.norm === null) {
      await writeBlocks(writer, linear, int8.rotation, weight);
      writer.linear(linear.name, [{ kind: 'q8', rows }]);
    } else {
      const norm = dequantise(await model.tensor(linear.norm));
      await writeInt8(writer, linear, int8, norm, weight);
      writer.linear(linear.name, [{ kind: 'int8', rows }]);
    }
    return;
  }
  const segments: Segment[] = [];
  for (const group of groupByType(tensors)) {
    const name = `${linear.name}#${segments.length}`;
    const groupRows = group.reduce((sum, tensor) => sum + tensor.shape[0], 0);
    const kind = form === 'fp32' ? 'f32' : segmentKind(group[0]);
    switch (kind) {
      case 'f32':
        await writer.add(
          name,
          'f32',
          [linear.inputs, groupRows],
          transpose(concat(group.map(dequantise)), linear.inputs),
        );
        break;
      case 'q8':
        await writeQ8(writer, name, group);
        break;
      case 'q4':
      case 'q4c':
        await writeQ4(writer, name, group, kind === 'q4c');
        break;
    }
    segments.push({ kind, rows: groupRows });
  }
  writer.linear(linear.name, segments);
}

function segmentKind(tensor: Tensor): 'f32' | 'q8' | 'q4' | 'q4c' {
  switch (tensor.type) {
    case 'F32':
    case 'F16':
    case 'BF16':
      return 'f32';
    case 'Q8_0':
      return 'q8';
    case 'Q4_0':
      return 'q4';
    case 'Q4_1':
      return 'q4c';
  }
}

/** Neighbours of one type become one product. */
function groupByType(tensors: readonly Tensor[]): Tensor[][] {
  const groups: Tensor[][] = [];
  for (const tensor of tensors) {
    const last = groups.at(-1);
    if (last?.[0].type === tensor.type) last.push(tensor);
    else groups.push([tensor]);
  }
  return groups;
}

/** Q8_0 (fp16 d, 32 int8) as `MatMulNBits` wants it: unsigned with zero point 128, scales apart. */
async function writeQ8(writer: WeightsWriter, name: string, tensors: readonly Tensor[]): Promise<void> {
  const { rows, blocks, bytes } = stacked(tensors);
  const total = rows * blocks;
  const values = new Uint8Array(total * BLOCK);
  const scales = new Float32Array(total);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let b = 0, at = 0; b < total; b++, at += 2 + BLOCK) {
    scales[b] = halfToFloat(view.getUint16(at, true));
    // Adding 128 to a signed byte flips its top bit.
    for (let j = 0; j < BLOCK; j++) values[b * BLOCK + j] = bytes[at + 2 + j] ^ 0x80;
  }
  await writer.add(name, 'u8', [rows, blocks, BLOCK], values);
  await writer.add(`${name}.scales`, 'f32', [rows, blocks], scales);
}

/**
 * Q4_0 (fp16 d, 16 bytes) and Q4_1 (fp16 d, fp16 m, 16 bytes). The file's byte j of a block holds element j in
 * its low and j + 16 in its high half; `MatMulNBits` wants 2 j and 2 j + 1.
 */
async function writeQ4(
  writer: WeightsWriter,
  name: string,
  tensors: readonly Tensor[],
  withMinimum: boolean,
): Promise<void> {
  const { rows, blocks, bytes } = stacked(tensors);
  const total = rows * blocks;
  const half = BLOCK / 2;
  const header = withMinimum ? 4 : 2;
  const values = new Uint8Array(total * half);
  const scales = new Float32Array(total);
  const correction = withMinimum ? new Float32Array(total) : null;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let b = 0, at = 0; b < total; b++, at += header + half) {
    const d = halfToFloat(view.getUint16(at, true));
    scales[b] = d;
    if (correction !== null) {
      const row = Math.floor(b / blocks);
      correction[(b - row * blocks) * rows + row] = halfToFloat(view.getUint16(at + 2, true)) + 8 * d;
    }
    for (let pair = 0; pair < half; pair++) {
      const source = at + header + ((2 * pair) % half);
      const high = 2 * pair >= half;
      const first = high ? bytes[source] >> 4 : bytes[source] & 15;
      const second = high ? bytes[source + 1] >> 4 : bytes[source + 1] & 15;
      values[b * half + pair] = first | (second << 4);
    }
  }
  await writer.add(name, 'u8', [rows, blocks, half], values);
  await writer.add(`${name}.scales`, 'f32', [rows, blocks], scales);
  if (correction !== null) await writer.add(`${name}.correction`, 'f32', [blocks, rows], correction);
}

/** What a model's `int8` form is made with. */
interface Int8Form {
  readonly rotation: Rotation;
  readonly calibration: Int8Calibration;
}

function int8Form(hiddenSize: number, calibration: Int8Calibration | null): Int8Form {
  if (calibration === null) throw new Error('int8 needs a calibration');
  return { rotation: new Rotation(hiddenSize, calibration.large), calibration };
}

/**
 * A layer that writes into the residual stream, `weight` `[rows, inputs]`: its outputs turned, and as `MatMulNBits` wants
 * 8 bits: unsigned with zero point 128, a scale a block.
 */
async function writeBlocks(
  writer: WeightsWriter,
  linear: Linear,
  rotation: Rotation,
  weight: Float32Array,
): Promise<void> {
  const { inputs, rows } = linear;
  const columns = transpose(weight, inputs);
  for (let at = 0; at < columns.length; at += rows) rotation.turn(columns, at);
  const turned = transpose(columns, rows);

  const blocks = Math.ceil(inputs / INT8_BLOCK);
  const { values, scales } = byteBlocks(widened(turned, inputs, blocks * INT8_BLOCK), INT8_BLOCK);
  const name = `${linear.name}#0`;
  await writer.add(name, 'u8', [rows, blocks, INT8_BLOCK], values);
  await writer.add(`${name}.scales`, 'f32', [rows, blocks], scales);
}

/**
 * A layer that reads a norm, `weight` `[rows, inputs]`, with the norm's weight in it and its inputs turned: 8 bits with one
 * scale a row, laid out `[inputs, rows]` with zeros for the large channels, and those in fp32.
 */
async function writeInt8(
  writer: WeightsWriter,
  { inputs, rows, name }: Linear,
  { rotation, calibration }: Int8Form,
  norm: Float32Array,
  weight: Float32Array,
): Promise<void> {
  const size = calibration.sizes.get(name);
  if (size === undefined) throw new Error(`no calibration for ${name}`);
  const large = calibration.large.length;
  const small = inputs - large;
  const values = new Int8Array(inputs * rows);
  const scales = new Float32Array(rows);
  const exact = new Float32Array(large * rows);
  for (let row = 0, from = 0; row < rows; row++, from += inputs) {
    for (let k = 0; k < inputs; k++) weight[from + k] *= norm[k];
    rotation.turn(weight, from);
    const { scale, at } = eightBits(weight, from, from + small);
    scales[row] = scale;
    for (let k = 0; k < small; k++) values[k * rows + row] = at(from + k);
    for (let k = 0; k < large; k++) exact[k * rows + row] = weight[from + small + k];
  }
  await writer.add(name, 'i8', [inputs, rows], values);
  await writer.add(`${name}.scales`, 'f32', [rows], scales);
  await writer.add(`${name}.step`, 'f32', [], Float32Array.of((INT8_LIMIT * size) / 127));
  await writer.add(`${name}.large`, 'f32', [large, rows], exact);
}

/** Values of `weight[from .. to]` in -127..127 steps of their largest. */
function eightBits(
  weight: Float32Array,
  from: number,
  to: number,
): { scale: number; at: (index: number) => number } {
  let largest = 0;
  for (let i = from; i < to; i++) largest = Math.max(largest, Math.abs(weight[i]));
  const scale = largest === 0 ? 1 : largest / 127;
  return { scale, at: (index) => Math.round(weight[index] / scale) };
}

function stacked(tensors: readonly Tensor[]): { rows: number; blocks: number; bytes: Uint8Array } {
  const inputs = tensors[0].shape[1];
  if (inputs % BLOCK !== 0) throw new Error(`${tensors[0].name}: ${inputs} inputs are no whole blocks`);
  return {
    rows: tensors.reduce((sum, tensor) => sum + tensor.shape[0], 0),
    blocks: inputs / BLOCK,
    bytes: tensors.length === 1 ? tensors[0].bytes : Buffer.concat(tensors.map((tensor) => tensor.bytes)),
  };
}

function concat(parts: readonly Float32Array[]): Float32Array {
  if (parts.length === 1) return parts[0];
  const whole = new Float32Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** `[rows, columns]` with zeros behind each row up to `width`. */
function widened(matrix: Float32Array, columns: number, width: number): Float32Array {
  if (columns === width) return matrix;
  const rows = matrix.length / columns;
  const wide = new Float32Array(rows * width);
  for (let row = 0; row < rows; row++) {
    wide.set(matrix.subarray(row * columns, (row + 1) * columns), row * width);
  }
  return wide;
}

/** `[rows, columns]` to `[columns, rows]`. */
function transpose(matrix: Float32Array, columns: number): Float32Array {
  const rows = matrix.length / columns;
  const turned = new Float32Array(matrix.length);
  for (let r = 0; r < rows; r++) {
    for (let c = 0; c < columns; c++) turned[c * rows + r] = matrix[r * columns + c];
  }
  return turned;
}
