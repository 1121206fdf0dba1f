import type { LlamaConfig } from '../models/model';

/** Rows to make room for at first. */
const FIRST_CAPACITY = 512;

/** Of what shape the rows are, and how many there can be (`context`). */
export type CacheShape = Pick<LlamaConfig, 'layers' | 'kvHeads' | 'headDim' | 'context'>;

/**
 * The keys and values of a sequence's committed tokens, as rows: for each of `slabs` (every layer's keys, every
 * layer's values) `length` rows of `width` numbers. Only rows of committed tokens ever enter, so a rejected
 * branch needs no clean-up and a shorter sequence is only a smaller length.
 */
export class KvCache {
  readonly slabs: number;
  readonly width: number;
  private readonly limit: number;
  private capacity: number;
  private buffer: Float32Array;
  private rows = 0;

  /** An empty cache of the model's shape, which grows up to its context. */
  constructor({ layers, kvHeads, headDim, context }: CacheShape) {
    this.slabs = 2 * layers;
    this.width = kvHeads * headDim;
    this.limit = context;
    this.capacity = Math.min(FIRST_CAPACITY, context);
    this.buffer = new Float32Array(this.slabs * this.capacity * this.width);
  }

  get length(): number {
    return this.rows;
  }

  /** The rows of one slab, `[length, width]`: a view that is valid until the next `append`. */
  view(slab: number): Float32Array {
    const start = slab * this.capacity * this.width;
    return this.buffer.subarray(start, start + this.rows * this.width);
  }

  /** Appends the given rows of `fresh`, `[T, width]` for each slab. */
  append(fresh: ReadonlyMap<number, Float32Array>, rows: readonly number[]): void {
    this.reserve(this.rows + rows.length);
    for (const [slab, source] of fresh) {
      let at = (slab * this.capacity + this.rows) * this.width;
      for (const row of rows) {
        this.buffer.set(source.subarray(row * this.width, (row + 1) * this.width), at);
        at += this.width;
      }
    }
    this.rows += rows.length;
  }

  /** Forgets all rows from `length` on. */
  truncate(length: number): void {
    this.rows = Math.min(this.rows, length);
  }

  private reserve(rows: number): void {
    if (rows <= this.capacity) return;
    if (rows > this.limit) throw new Error(`${rows} rows do not fit in a context of ${this.limit}`);
    const capacity = Math.min(this.limit, Math.max(rows, this.capacity * 2));
    const larger = new Float32Array(this.slabs * capacity * this.width);
    for (let slab = 0; slab < this.slabs; slab++) larger.set(this.view(slab), slab * capacity * this.width);
    this.buffer = larger;
    this.capacity = capacity;
  }
}
