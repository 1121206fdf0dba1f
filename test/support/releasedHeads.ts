import fs from 'node:fs';
import path from 'node:path';
import { BinaryFile } from '../../src/models/binaryFile';
import { sha256OfFile } from '../../src/models/fileHash';
import type { Model, Tensor } from '../../src/models/model';
import { readSafetensors } from '../../src/models/safetensors';
import { TINY, tinyModel } from './tinyModel';

const folder = path.join('test', 'golden', 'released-heads');

/** The folder of a released head that test/golden/make_released_heads_golden.py wrote. */
export const goldenHead = (name: string): string => path.join(folder, name);

/** What PyTorch computes with such a head; test/golden/make_released_heads_golden.py says of what. */
export interface GoldenHead {
  readonly hidden?: number[][];
  readonly features?: number[][];
  readonly layers?: number[][];
  readonly next?: number[][];
  readonly second?: number[][];
  readonly tokens?: number[] | number[][];
  readonly token?: number[][][];
  readonly probability?: number[][][];
  readonly levels?: readonly { readonly token: number[][]; readonly probability: number[][] }[];
}

export function goldenOutputs(name: string): GoldenHead {
  const all = JSON.parse(fs.readFileSync(goldenHead('expected.json'), 'utf8')) as Record<string, GoldenHead>;
  return all[name];
}

/** The golden heads' target: of its weights there is the embedding alone, which its tied head is too. */
export async function goldenTarget(): Promise<Model> {
  const file = path.join(goldenHead('target'), 'model.safetensors');
  const shape = JSON.parse(fs.readFileSync(path.join(goldenHead('target'), 'config.json'), 'utf8')) as Record<
    string,
    number
  >;
  const reader = await BinaryFile.open(file);
  const entry = (await readSafetensors(reader)).get('embedding');
  if (entry === undefined) throw new Error(`${file} has no embedding`);
  const bytes = await reader.read(entry.offset, entry.bytes);
  await reader.close();
  const embedding: Tensor = { name: 'embedding', shape: entry.shape, type: 'F16', bytes };
  return {
    ...tinyModel({ embedding: 'F32', linear: () => 'F32' }),
    name: 'golden',
    config: {
      ...TINY,
      hiddenSize: shape.hidden,
      layers: shape.layers,
      heads: shape.heads,
      kvHeads: shape.kv_heads,
      headDim: shape.head_dim,
      feedForward: shape.feed_forward,
      vocabulary: shape.vocabulary,
      context: shape.context,
      ropeBase: shape.rope_base,
      normEpsilon: shape.epsilon,
    },
    files: [
      {
        name: 'model.safetensors',
        path: file,
        bytes: fs.statSync(file).size,
        sha256: await sha256OfFile(file),
      },
    ],
    tensor: (name) => Promise.resolve({ ...embedding, name }),
  };
}
