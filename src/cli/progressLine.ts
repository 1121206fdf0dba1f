import type { Progress } from '../protocol/engine';
import { formatBytes } from './format';
import type { Io } from './io';

/** Shows long steps on stderr: as one line that is rewritten in a terminal, else as one line a step. */
export class ProgressLine {
  private last = '';

  constructor(private readonly io: Io) {}

  show(progress: Progress): void {
    if (this.io.interactive) {
      const line = `${progress.message}${portion(progress)}`;
      if (line !== this.last) this.io.stderr(`\r\x1b[2K${line}`);
      this.last = line;
    } else if (progress.phase !== 'prefill' && progress.message !== this.last) {
      // Reading a prompt is too short a step for a line of its own in a log.
      this.io.stderr(`${progress.message}\n`);
      this.last = progress.message;
    }
  }

  /** Makes room for other output. */
  clear(): void {
    if (this.io.interactive && this.last !== '') this.io.stderr('\r\x1b[2K');
    this.last = '';
  }
}

function portion({ phase, done, total }: Progress): string {
  if (total === null || total === 0) return '';
  const percent = `${Math.floor((100 * done) / total)} %`;
  return phase === 'download' ? `: ${percent} of ${formatBytes(total)}` : `: ${percent}`;
}
