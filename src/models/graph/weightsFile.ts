import { open, type FileHandle } from 'node:fs/promises';
import { type ElementType, type WeightEntry } from './onnxGraph';

/** How one run of a linear layer's rows is stored; see `weightForms.ts` for the arithmetic of each. */
export type SegmentKind = 'f32' | 'q4' | 'q4c' | 'q8' | 'int8';

export interface Segment {
  readonly kind: SegmentKind;
  readonly rows: number;
}

/** How the token embedding is stored: fp32 rows, or 8-bit blocks shared with a tied head. */
export type EmbeddingKind = 'f32' | 'q8';

/** What is in a weights file, by name. */
export interface WeightsIndex {
  readonly entries: ReadonlyMap<string, WeightEntry>;
  readonly linears: ReadonlyMap<string, readonly Segment[]>;
  readonly embedding: EmbeddingKind;
}

/** The weights' file name beside every graph that points to it. */
export const WEIGHTS_FILE = 'weights.bin';

/** The runtime maps whole pages of a weight into memory. */
const PAGE = 4096;

const BYTES: Record<ElementType, number> = { f32: 4, u8: 1, i8: 1, i32: 4, i64: 8 };

/** Writes weights one after another, so that a conversion holds one tensor at a time. */
export class WeightsWriter {
  private readonly entries = new Map<string, WeightEntry>();
  private readonly linears = new Map<string, readonly Segment[]>();
  private offset = 0;

  private constructor(private readonly file: FileHandle) {}

  static async create(file: string): Promise<WeightsWriter> {
    return new WeightsWriter(await open(file, 'w'));
  }

  async add(name: string, type: ElementType, dims: readonly number[], data: ArrayBufferView): Promise<void> {
    const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
    const expected = dims.reduce((product, dim) => product * dim, BYTES[type]);
    if (bytes.length !== expected)
      throw new Error(`${name}: ${bytes.length} bytes for ${dims.join('x')} ${type}`);
    if (this.entries.has(name)) throw new Error(`${name} is written twice`);
    const offset = Math.ceil(this.offset / PAGE) * PAGE;
    for (let at = 0; at < bytes.length;) {
      at += (await this.file.write(bytes, at, bytes.length - at, offset + at)).bytesWritten;
    }
    this.entries.set(name, { type, dims, offset, length: bytes.length });
    this.offset = offset + bytes.length;
  }

  /** What was added so far; it grows with what is added later. */
  get added(): ReadonlyMap<string, WeightEntry> {
    return this.entries;
  }

  linear(name: string, segments: readonly Segment[]): void {
    this.linears.set(name, segments);
  }

  index(embedding: EmbeddingKind): WeightsIndex {
    return { entries: this.entries, linears: this.linears, embedding };
  }

  async close(): Promise<void> {
    await this.file.close();
  }
}

interface StoredIndex {
  readonly entries: Record<string, WeightEntry>;
  readonly linears: Record<string, readonly Segment[]>;
  readonly embedding: EmbeddingKind;
}

export function serialiseIndex(index: WeightsIndex): string {
  const stored: StoredIndex = {
    entries: Object.fromEntries(index.entries),
    linears: Object.fromEntries(index.linears),
    embedding: index.embedding,
  };
  return JSON.stringify(stored);
}

export function parseIndex(text: string): WeightsIndex {
  const stored = JSON.parse(text) as StoredIndex;
  return {
    entries: new Map(Object.entries(stored.entries)),
    linears: new Map(Object.entries(stored.linears)),
    embedding: stored.embedding,
  };
}
