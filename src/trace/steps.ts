/**
 * Work that can be left off and gone on with: it yields wherever others may have their turn, every few milliseconds
 * at least on a long trace, and returns its result.
 */
export type Steps<T> = Generator<void, T, void>;

/** Entries between two turns of the others, where each is soon done. */
const STRIDE = 32;

/** Does the same with every entry. */
export function* eachOf<T, U>(entries: readonly T[], work: (entry: T, index: number) => U): Steps<U[]> {
  const done: U[] = [];
  for (const [i, entry] of entries.entries()) {
    done.push(work(entry, i));
    if (i % STRIDE === STRIDE - 1) yield;
  }
  return done;
}

/** Does all of the work at once. */
export function finish<T>(steps: Steps<T>): T {
  for (;;) {
    const { done, value } = steps.next();
    if (done === true) return value;
  }
}
