import { open } from 'node:fs/promises';
import path from 'node:path';
import type { InferenceSession, Tensor } from 'onnxruntime-node';
import { readError } from '../../models/fileErrors';
import { WEIGHTS_FILE } from '../../models/graph/weightsFile';
import { byteBlocks, restored, type ByteBlocks } from '../../models/heads/byteBlocks';
import { BLOCK } from '../../models/tensorLayout';
import type { ConvertedWeights } from '../convertedWeights';
import { bytes, floats, type Feeds } from '../session';

/**
 * What heads read of the target's own weights, so that nothing of it is stored twice: its token embeddings, in the form
 * that a head's parts take, which need not be the one that the target has here, and its rotary tables.
 */
export class TargetTables {
  private constructor(
    private readonly rows: readonly [vocabulary: number, hidden: number],
    private readonly embedding: Float32Array | ByteBlocks,
    private readonly rotary: Feeds,
    private readonly made = new Map<'f32' | 'u8', Feeds>(),
  ) {}

  /** @throws UserError `disk` or `bad-file` */
  static async read(weights: ConvertedWeights): Promise<TargetTables> {
    const file = path.join(weights.folder, WEIGHTS_FILE);
    const { vocabulary, hiddenSize } = weights.config;
    try {
      const handle = await open(file);
      try {
        const tensor = async (name: string) => {
          const entry = weights.index.entries.get(name);
          if (entry === undefined) throw new Error(`the weights file has no ${name}`);
          const data = new Uint8Array(entry.length);
          await handle.read(data, 0, entry.length, entry.offset);
          return { dims: entry.dims, data };
        };
        const numbers = async (name: string) => {
          const { dims, data } = await tensor(name);
          return { dims, data: new Float32Array(data.buffer) };
        };
        const rotary: Record<string, Tensor> = {};
        for (const name of ['rotary.cos', 'rotary.sin']) {
          const { dims, data } = await numbers(name);
          rotary[name] = floats(dims, data);
        }
        const embedding =
          weights.index.embedding === 'f32'
            ? (await numbers('embedding')).data
            : {
                values: (await tensor('embedding')).data,
                scales: (await numbers('embedding.scales')).data,
              };
        return new TargetTables([vocabulary, hiddenSize], embedding, rotary);
      } finally {
        await handle.close();
      }
    } catch (error) {
      throw readError(error, file);
    }
  }

  /** Those of a graph's inputs that are the target's. */
  feeds(inputs: readonly InferenceSession.ValueMetadata[]): Feeds {
    const wanted = inputs.find(({ name }) => name === 'embedding');
    const type = wanted?.isTensor === true && wanted.type === 'float32' ? 'f32' : 'u8';
    const all = { ...this.rotary, ...(wanted === undefined ? {} : this.embeddingAs(type)) };
    return Object.fromEntries(
      inputs.flatMap(({ name }) => (name in all ? [[name, all[name]] as const] : [])),
    );
  }

  private embeddingAs(type: 'f32' | 'u8'): Feeds {
    const known = this.made.get(type);
    if (known !== undefined) return known;
    const feeds = this.makeEmbedding(type);
    this.made.set(type, feeds);
    return feeds;
  }

  private makeEmbedding(type: 'f32' | 'u8'): Feeds {
    const [vocabulary, hidden] = this.rows;
    const { embedding } = this;
    if (type === 'f32') {
      return {
        embedding: floats(
          [vocabulary, hidden],
          embedding instanceof Float32Array ? embedding : restored(embedding),
        ),
      };
    }
    const { values, scales } = embedding instanceof Float32Array ? byteBlocks(embedding) : embedding;
    const blocks = hidden / BLOCK;
    return {
      embedding: bytes([vocabulary, blocks, BLOCK], values),
      'embedding.scales': floats([vocabulary, blocks], scales),
    };
  }
}
