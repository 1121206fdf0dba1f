/** What every count gives up for the tokens that did not follow yet. */
const DISCOUNT = 0.5;

/** A token that may come next. */
export interface NgramGuess {
  readonly token: number;
  readonly probability: number;
  /** Tokens before it that it was told by: 2 where all of them had been seen together, 1 for the last one alone. */
  readonly matched: 1 | 2;
}

/** What followed some tokens, and how often. */
class Followers {
  readonly counts = new Map<number, number>();
  private total = 0;

  add(token: number): void {
    this.counts.set(token, (this.counts.get(token) ?? 0) + 1);
    this.total++;
  }

  /** The discounted share of a token that was seen. */
  share(token: number): number {
    return ((this.counts.get(token) ?? DISCOUNT) - DISCOUNT) / this.total;
  }

  /** What all of them gave up, together. */
  get rest(): number {
    return (DISCOUNT * this.counts.size) / this.total;
  }
}

/**
 * A trigram model that backs off (Katz 1987): after two tokens that were seen together, what followed them has its
 * share less a fixed discount, and the discounts go to the tokens that followed the second one elsewhere, by their own
 * shares. Where the pair was never seen, the second one's followers alone count. What never followed has no place in it:
 * nobody would guess it.
 */
export class KatzModel {
  private readonly afterOne = new Map<number, Followers>();
  private readonly afterTwo = new Map<number, Followers>();

  /** @param vocabulary token ids are below it */
  constructor(private readonly vocabulary: number) {}

  /** Counts that a token followed the last two of a text, of which only these are looked at. */
  learn(text: readonly number[], token: number): void {
    const last = text.at(-1);
    if (last === undefined) return;
    followersIn(this.afterOne, last).add(token);
    const before = text.at(-2);
    if (before !== undefined) followersIn(this.afterTwo, this.pair(before, last)).add(token);
  }

  /** What may come after a text, in no order. */
  after(text: readonly number[]): NgramGuess[] {
    const last = text.at(-1);
    if (last === undefined) return [];
    const before = text.at(-2);
    const pair = before === undefined ? undefined : this.afterTwo.get(this.pair(before, last));
    const single = this.afterOne.get(last);
    if (single === undefined) return [];
    const guesses: NgramGuess[] = [];
    let seen = 0;
    for (const token of pair?.counts.keys() ?? []) {
      guesses.push({ token, probability: pair?.share(token) ?? 0, matched: 2 });
      // Whatever followed the pair has followed its second token.
      seen += single.share(token);
    }
    const weight = pair === undefined ? 1 : pair.rest / (1 - seen);
    for (const token of single.counts.keys()) {
      if (pair?.counts.has(token) === true) continue;
      guesses.push({ token, probability: weight * single.share(token), matched: 1 });
    }
    return guesses;
  }

  private pair(first: number, second: number): number {
    return first * this.vocabulary + second;
  }
}

function followersIn(all: Map<number, Followers>, key: number): Followers {
  const followers = all.get(key) ?? new Followers();
  all.set(key, followers);
  return followers;
}
