import { tellsOutOfMemory, UserError } from '../errors';

/** How a child process ended, as Node reports it. */
export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

const NEXT_COMMAND = 'The rounds so far are kept, and the next command starts a new engine.';
const OUT_OF_MEMORY_HINT = `Choose a smaller model or the int8 weights (setting draftscope.weights). ${NEXT_COMMAND}`;

/** Signals and Windows status codes of a crash in native code. */
const FAULT_SIGNALS: readonly (NodeJS.Signals | null)[] = [
  'SIGSEGV',
  'SIGBUS',
  'SIGILL',
  'SIGFPE',
  'SIGABRT',
  'SIGTRAP',
];
const WINDOWS_FAULTS: Readonly<Record<number, string>> = {
  0xc0000005: 'access violation',
  0xc000001d: 'illegal instruction',
  0xc0000374: 'heap corruption',
  0xc0000409: 'stack buffer overrun',
};
const WINDOWS_MISSING_LIBRARY = 0xc0000135;

/**
 * Why the engine died, for the user.
 *
 * @param lastWords the last lines it wrote to stderr, oldest first
 */
export function exitReason(exit: Exit, lastWords: readonly string[]): UserError {
  if (lastWords.some(tellsOutOfMemory)) {
    return new UserError('engine', 'The engine ran out of memory.', OUT_OF_MEMORY_HINT);
  }
  if (exit.signal === 'SIGKILL') {
    return new UserError(
      'engine',
      'The engine was killed by the system (SIGKILL), most often because memory ran out.',
      OUT_OF_MEMORY_HINT,
    );
  }
  return new UserError('engine', `${cause(exit)}${quoted(lastWords)}.`, NEXT_COMMAND);
}

function cause({ code, signal }: Exit): string {
  if (FAULT_SIGNALS.includes(signal)) return `The engine crashed in native code (${signal})`;
  if (signal !== null) return `The engine was ended by ${signal}`;
  if (code === 0) return 'The engine ended before its work was done (exit code 0)';
  if (code === WINDOWS_MISSING_LIBRARY) {
    return 'The engine could not load a system library (the Visual C++ runtime may be missing)';
  }
  if (code !== null && code in WINDOWS_FAULTS) {
    return `The engine crashed in native code (${WINDOWS_FAULTS[code]})`;
  }
  return `The engine ended with exit code ${code ?? 'unknown'}`;
}

/** An uncaught error's own line says more than the stack and Node's version, which are printed after it. */
function quoted(lastWords: readonly string[]): string {
  const said = lastWords.map((line) => line.trim()).filter((line) => line !== '' && !isNoise(line));
  const line = said.findLast((candidate) => /error/i.test(candidate)) ?? said.at(-1);
  return line === undefined ? '' : `: ${line.replace(/\.$/, '')}`;
}

function isNoise(line: string): boolean {
  return /^(at |Node\.js v|\^+$|\(Use `)/.test(line) || /^[[\]{}]/.test(line);
}
