import { tellsOutOfMemory, UserError } from '../errors';
import { t } from '../l10n';

/** How a child process ended, as Node reports it. */
export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

const nextCommand = () => t('The rounds so far are kept, and the next command starts a new engine.');
const outOfMemoryHint = () =>
  `${t('Choose a smaller model or the int8 weights (setting draftscope.weights).')} ${nextCommand()}`;

/** Signals and Windows status codes of a crash in native code. */
const FAULT_SIGNALS: readonly NodeJS.Signals[] = [
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
    return new UserError('engine', t('The engine ran out of memory.'), outOfMemoryHint());
  }
  if (exit.signal === 'SIGKILL') {
    return new UserError(
      'engine',
      t('The engine was killed by the system (SIGKILL), most often because memory ran out.'),
      outOfMemoryHint(),
    );
  }
  return new UserError('engine', `${cause(exit)}${quoted(lastWords)}.`, nextCommand());
}

function cause({ code, signal }: Exit): string {
  if (signal !== null && FAULT_SIGNALS.includes(signal)) {
    return t('The engine crashed in native code ({0})', signal);
  }
  if (signal !== null) return t('The engine was ended by {0}', signal);
  if (code === 0) return t('The engine ended before its work was done (exit code 0)');
  if (code === WINDOWS_MISSING_LIBRARY) {
    return t('The engine could not load a system library (the Visual C++ runtime may be missing)');
  }
  if (code !== null && code in WINDOWS_FAULTS) {
    return t('The engine crashed in native code ({0})', WINDOWS_FAULTS[code]);
  }
  return t('The engine ended with exit code {0}', code ?? '?');
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
