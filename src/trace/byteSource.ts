/** A file that is read in places, from wherever it lies. */
export interface ByteSource {
  readonly size: number;
  /** Bytes that it holds in memory: all of a file that is handed out only as a whole. */
  readonly held: number;
  /** Bytes `[start, end)`, fewer only where the file has become shorter. */
  read(start: number, end: number): Promise<Uint8Array>;
}

/** A file that its provider hands out only as a whole. */
export function heldBytes(bytes: Uint8Array): ByteSource {
  return {
    size: bytes.length,
    held: bytes.length,
    read: async (start, end) => {
      // Whoever reads all of it piece by piece lets others have their turn between two.
      await new Promise((turn) => setTimeout(turn));
      return bytes.subarray(start, end);
    },
  };
}

/** Bytes that are read at once where a file is read from its start to its end. */
const PIECE = 1 << 18;

/** A file from its start to its end. */
export async function* pieces(source: ByteSource): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < source.size;) {
    const piece = await source.read(at, Math.min(at + PIECE, source.size));
    if (piece.length === 0) return;
    at += piece.length;
    yield piece;
  }
}
