import { TOKEN_CLASSES, tokenClass, type TokenClass } from '../../decoding/tokenClass';
import { choicesOf } from '../roundFacts';
import type { Round } from '../schema';
import type { Steps } from '../steps';

/** Tokens of one class. */
export interface ClassCount {
  readonly name: TokenClass;
  /** Tokens committed. */
  readonly tokens: number;
  /** Of those, the ones for whose place something was drafted that the target saw. */
  readonly asked: number;
  /** Of those, the ones that came out of a draft. */
  readonly accepted: number;
}

/** Acceptance by the class of the committed token; classes that do not occur are left out. */
export function* countByClass(rounds: readonly Round[]): Steps<ClassCount[]> {
  const counts = new Map(TOKEN_CLASSES.map((name) => [name, { name, tokens: 0, asked: 0, accepted: 0 }]));
  for (const round of rounds) {
    choicesOf(round).forEach(({ offered }, i) => {
      const count = counts.get(tokenClass(round.emitted_text[i], round.emitted_bytes[i] !== ''));
      if (count === undefined) return;
      count.tokens++;
      if (offered.some((node) => round.state[node] !== 'pruned')) count.asked++;
      if (i < round.accepted_path.length) count.accepted++;
    });
    yield;
  }
  return [...counts.values()].filter(({ tokens }) => tokens > 0);
}
