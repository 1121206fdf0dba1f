import type { ErrorCode } from '../errors';

/** The world as a command sees it, so that tests can be one. */
export interface Io {
  /** Results, and nothing else. */
  stdout(text: string): void;
  /** Progress, remarks and errors. */
  stderr(text: string): void;
  readStdin(): Promise<Uint8Array>;
  /** Whether what is written to stderr can be rewritten: it is a terminal. */
  readonly interactive: boolean;
  /** Calls back at the first interruption (Ctrl+C). Returns how to stop listening. */
  onInterrupt(callback: () => void): () => void;
}

export const EXIT = { ok: 0, failure: 1, usage: 2, badFile: 3, cancelled: 130 } as const;

/** The exit code that stands for an error. A model that cannot be run is a bad input file too. */
export function exitCodeOf(code: ErrorCode): number {
  switch (code) {
    case 'usage':
      return EXIT.usage;
    case 'bad-file':
    case 'unsupported':
      return EXIT.badFile;
    case 'cancelled':
      return EXIT.cancelled;
    case 'network':
    case 'disk':
    case 'engine':
      return EXIT.failure;
  }
}
