/** One kind of thing that drafters remember. The kind itself is the key, so nobody else can take its place. */
export interface MemoryKind<T> {
  /** An empty one. @param vocabulary token ids are below it */
  create(vocabulary: number): T;
}

/**
 * What the drafters of one engine keep from one generation to the next. It belongs to the engine: another
 * model has other tokens, so its drafters begin with nothing.
 */
export class DrafterMemory {
  private readonly kept = new Map<MemoryKind<unknown>, unknown>();

  /** @param vocabulary the target's: token ids are below it */
  constructor(readonly vocabulary: number) {}

  /** The one memory of a kind, empty when nobody asked for it yet. */
  of<T>(kind: MemoryKind<T>): T {
    if (!this.kept.has(kind)) this.kept.set(kind, kind.create(this.vocabulary));
    return this.kept.get(kind) as T;
  }

  /** Forgets everything, what a drafter at work is still going to learn too. */
  clear(): void {
    this.kept.clear();
  }
}
