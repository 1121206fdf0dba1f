// What a script has started or written outside the repository, undone also when the script is interrupted.

const pending = new Set();

/** Registers `undo` for an interruption. @returns a function that undoes now, at most once. */
export function undoLater(undo) {
  const once = async () => {
    if (pending.delete(once)) await undo();
  };
  pending.add(once);
  return once;
}

/** On Ctrl+C and its like: the last thing first, then the end. */
export function undoOnSignals(exitCode = 130) {
  const end = async () => {
    // What was under way goes on meanwhile and may register more.
    while (pending.size > 0) await [...pending].at(-1)();
    process.exit(exitCode);
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.once(signal, end);
}
