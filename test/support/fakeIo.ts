import type { Io } from '../../src/cli/io';

/** The world of a command, in memory. */
export class FakeIo implements Io {
  out = '';
  err = '';
  private interruption: (() => void) | null = null;

  constructor(
    readonly interactive = false,
    private readonly stdin = '',
  ) {}

  stdout(text: string): void {
    this.out += text;
  }

  stderr(text: string): void {
    this.err += text;
  }

  readStdin(): Promise<Uint8Array> {
    return Promise.resolve(Buffer.from(this.stdin));
  }

  onInterrupt(callback: () => void): () => void {
    this.interruption = callback;
    return () => {
      this.interruption = null;
    };
  }

  /** Ctrl+C. */
  interrupt(): void {
    this.interruption?.();
  }

  /** Whether an interruption would end the process at once. */
  get deaf(): boolean {
    return this.interruption === null;
  }
}
