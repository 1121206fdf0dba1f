import path from 'node:path';
import { UserError } from '../../../errors';
import { t } from '../../../l10n';
import type { WeightEntry } from '../../graph/onnxGraph';
import { WeightsWriter } from '../../graph/weightsFile';
import { BLOCK } from '../../tensorLayout';
import { byteBlocks } from '../../byteBlocks';
import type { Checkpoint } from './checkpoint';

/** A linear layer in a head's weights file. */
export interface StoredLinear {
  readonly name: string;
  readonly rows: number;
  readonly inputs: number;
  readonly hasBias: boolean;
}

/** Which rows of a checkpoint make up a linear layer. */
export interface LinearSource {
  /** Tensors without `.weight` or `.bias`, and their rows, stacked in this order. */
  readonly parts: readonly (readonly [name: string, rows: number])[];
  readonly inputs: number;
}

/** The weights of an imported head: one file, written tensor by tensor, that all its graphs point to. */
export class HeadWeights {
  private constructor(
    /** Its name beside the graphs. */
    readonly file: string,
    readonly entries: ReadonlyMap<string, WeightEntry>,
    private readonly writer: WeightsWriter,
  ) {}

  static async create(folder: string, file: string): Promise<HeadWeights> {
    const writer = await WeightsWriter.create(path.join(folder, file));
    return new HeadWeights(file, writer.added, writer);
  }

  /** Stores a linear layer of a checkpoint in 8 bits, with its bias where it has one. */
  async linear(name: string, source: Checkpoint, { parts, inputs }: LinearSource): Promise<StoredLinear> {
    const rows = parts.reduce((sum, [, count]) => sum + count, 0);
    const matrix = new Float32Array(rows * inputs);
    const bias = new Float32Array(rows);
    const hasBias = parts.some(([part]) => source.has(`${part}.bias`));
    let row = 0;
    for (const [part, count] of parts) {
      matrix.set(await source.floats(`${part}.weight`, [count, inputs]), row * inputs);
      // Without one, a part of several has a bias of zero.
      if (source.has(`${part}.bias`)) bias.set(await source.floats(`${part}.bias`, [count]), row);
      row += count;
    }
    await this.matrix(name, matrix, inputs, source.path);
    if (hasBias) await this.floats(`${name}.bias`, bias);
    return { name, rows, inputs, hasBias };
  }

  /**
   * Stores a matrix `[rows, inputs]` in 8 bits.
   *
   * @param source for errors
   * @throws UserError `unsupported` for inputs that are no whole blocks
   */
  async matrix(name: string, matrix: Float32Array, inputs: number, source: string): Promise<StoredLinear> {
    if (inputs % BLOCK !== 0) {
      throw new UserError(
        'unsupported',
        t('{0} has a layer of {1} inputs, which are no whole blocks of {2}.', source, inputs, BLOCK),
        t('Only heads with such layers are imported.'),
      );
    }
    const rows = matrix.length / inputs;
    const { values, scales } = byteBlocks(matrix);
    await this.writer.add(name, 'u8', [rows, inputs / BLOCK, BLOCK], values);
    await this.writer.add(`${name}.scales`, 'f32', [rows, inputs / BLOCK], scales);
    return { name, rows, inputs, hasBias: false };
  }

  /** Stores values as they are; without `dims`, a vector. */
  async floats(
    name: string,
    values: Float32Array,
    dims: readonly number[] = [values.length],
  ): Promise<string> {
    await this.writer.add(name, 'f32', dims, values);
    return name;
  }

  async ids(name: string, ids: readonly number[]): Promise<string> {
    await this.writer.add(name, 'i64', [ids.length], BigInt64Array.from(ids, BigInt));
    return name;
  }

  async close(): Promise<void> {
    await this.writer.close();
  }
}
