import { spawn } from 'node:child_process';
import { cancelledError, throwIfCancelled } from './cancellation';

/** A command that starts Python, with what always comes first. */
export type PythonCommand = readonly [string, ...string[]];

const CANDIDATES: readonly PythonCommand[] =
  process.platform === 'win32' ? [['py', '-3'], ['python'], ['python3']] : [['python3'], ['python']];

export interface ProcessResult {
  readonly ok: boolean;
  readonly output: string;
}

/**
 * Runs a command to its end. A command that cannot be started is a result that is not ok.
 *
 * @throws UserError `cancelled` when the signal ended it
 */
export function runProcess(
  command: PythonCommand,
  args: readonly string[],
  options: { readonly signal?: AbortSignal; readonly env?: NodeJS.ProcessEnv } = {},
): Promise<ProcessResult> {
  throwIfCancelled(options.signal);
  return new Promise((resolve, reject) => {
    const [file, ...first] = command;
    const child = spawn(file, [...first, ...args], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, ...options.env },
    });
    const cancel = () => void child.kill();
    options.signal?.addEventListener('abort', cancel, { once: true });
    let output = '';
    const collect = (chunk: Buffer) => (output += chunk.toString());
    child.stdout.on('data', collect);
    child.stderr.on('data', collect);
    const end = (ok: boolean) => {
      options.signal?.removeEventListener('abort', cancel);
      if (options.signal?.aborted) reject(cancelledError());
      else resolve({ ok, output });
    };
    child.once('error', (error) => {
      output += error.message;
      end(false);
    });
    // `close` comes after the pipes have ended, so nothing of the output is lost.
    child.once('close', (code) => end(code === 0));
  });
}

/** The first Python that has pip, or null. */
export async function findPython(
  signal?: AbortSignal,
  candidates: readonly PythonCommand[] = CANDIDATES,
): Promise<PythonCommand | null> {
  for (const command of candidates) {
    const { ok } = await runProcess(command, ['-m', 'pip', '--version'], { signal });
    if (ok) return command;
  }
  return null;
}
