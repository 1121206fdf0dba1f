import { open } from 'node:fs/promises';
import path from 'node:path';
import type { InferenceSession, Tensor } from 'onnxruntime-node';
import { readError } from '../../models/fileErrors';
import { WEIGHTS_FILE } from '../../models/graph/weightsFile';
import { byteBlocks, restored, type ByteBlocks } from '../../models/byteBlocks';
import { BLOCK } from '../../models/tensorLayout';
import type { ConvertedWeights } from '../convertedWeights';
import { bytes, floats, type Feeds } from '../session';

/** Inputs of a head's parts that are the target's. */
const ROTARY = ['rotary.cos', 'rotary.sin'];
const EMBEDDING = ['embedding', 'embedding.scales'];

/** The form in which a head's part takes the target's embedding. */
type EmbeddingType = 'f32' | 'u8';

/**
 * What heads read of the target's own weights, so that nothing of it is stored twice: its token embeddings, in the form
 * that a head's parts take, which need not be the one that the target has here, and its rotary tables. Each is read when
 * the first part asks for it: Medusa's ask for none.
 */
export class TargetTables {
  private readonly file: string;
  private readonly rotaries = new Map<string, Promise<Tensor>>();
  private readonly embeddings = new Map<EmbeddingType, Promise<Feeds>>();

  constructor(private readonly weights: ConvertedWeights) {
    this.file = path.join(weights.folder, WEIGHTS_FILE);
  }

  /**
   * Those of a graph's inputs that are the target's.
   *
   * @throws UserError `disk` or `bad-file`
   */
  async feeds(inputs: readonly InferenceSession.ValueMetadata[]): Promise<Feeds> {
    const feeds: Record<string, Tensor> = {};
    const wanted = inputs.find(({ name }) => name === 'embedding');
    const type = wanted?.isTensor === true && wanted.type === 'float32' ? 'f32' : 'u8';
    for (const { name } of inputs) {
      if (ROTARY.includes(name)) feeds[name] = await this.rotary(name);
      if (EMBEDDING.includes(name)) feeds[name] = (await this.embedding(type))[name];
    }
    return feeds;
  }

  private embedding(type: EmbeddingType): Promise<Feeds> {
    return remembered(this.embeddings, type, () => this.makeEmbedding(type));
  }

  private async makeEmbedding(type: EmbeddingType): Promise<Feeds> {
    const { vocabulary, hiddenSize: hidden } = this.weights.config;
    const stored = await this.storedEmbedding();
    if (type === 'f32') {
      const numbers = stored instanceof Float32Array ? stored : restored(stored);
      return { embedding: floats([vocabulary, hidden], numbers) };
    }
    const { values, scales } = stored instanceof Float32Array ? byteBlocks(stored) : stored;
    const blocks = hidden / BLOCK;
    return {
      embedding: bytes([vocabulary, blocks, BLOCK], values),
      'embedding.scales': floats([vocabulary, blocks], scales),
    };
  }

  private async storedEmbedding(): Promise<Float32Array | ByteBlocks> {
    const { data } = await this.tensor('embedding');
    if (this.weights.index.embedding === 'f32') return data as Float32Array;
    const { data: scales } = await this.tensor('embedding.scales');
    return { values: data as Uint8Array, scales: scales as Float32Array };
  }

  private rotary(name: string): Promise<Tensor> {
    return remembered(this.rotaries, name, () => this.tensor(name));
  }

  private async tensor(name: string): Promise<Tensor> {
    const entry = this.weights.index.entries.get(name);
    try {
      if (entry === undefined) throw new Error(`the weights file has no ${name}`);
      const data = new Uint8Array(entry.length);
      const handle = await open(this.file);
      try {
        const { bytesRead } = await handle.read(data, 0, entry.length, entry.offset);
        if (bytesRead < entry.length) throw new Error(`it ends within ${name}`);
      } finally {
        await handle.close();
      }
      return entry.type === 'u8'
        ? bytes(entry.dims, data)
        : floats(entry.dims, new Float32Array(data.buffer));
    } catch (error) {
      throw readError(error, this.file);
    }
  }
}

/** What was made for a key before, or is made now. */
function remembered<K, V>(known: Map<K, Promise<V>>, key: K, make: () => Promise<V>): Promise<V> {
  const value = known.get(key) ?? make();
  known.set(key, value);
  return value;
}
