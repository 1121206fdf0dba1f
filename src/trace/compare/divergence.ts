import { choicesOf } from '../roundFacts';
import type { Round } from '../schema';
import type { Run } from './compare';

/** What one run has at the place where the outputs part. */
export interface Side {
  readonly round: number;
  readonly token: number;
  readonly text: string;
  readonly bytes: string;
  /** The target's probability of its own token, and of the other run's; null where not recorded. */
  readonly p: number | null;
  readonly pOther: number | null;
}

/** The first token that differs. */
export interface Divergence {
  /** Tokens of output before it, and its position in the text. */
  readonly index: number;
  readonly position: number;
  readonly a: Side;
  readonly b: Side;
  /**
   * How far apart the target had the two tokens, the smaller of what the runs recorded; null where neither did.
   * Near 0 is a near tie, which rounding in forwards of other sizes can turn.
   */
  readonly margin: number | null;
}

/** Null where either output ends before they differ. */
export function divergenceOf(a: Run, b: Run, common: number): Divergence | null {
  const one = placeOf(a.rounds, common);
  const other = placeOf(b.rounds, common);
  if (one === null || other === null) return null;
  const sides = { a: sideOf(one, other), b: sideOf(other, one) };
  const margins = [sides.a, sides.b].flatMap(({ p, pOther }) =>
    p === null || pOther === null ? [] : [Math.abs(p - pOther)],
  );
  return {
    index: common,
    position: a.header.prompt.tokens.length + common,
    ...sides,
    margin: margins.length === 0 ? null : Math.min(...margins),
  };
}

interface Place {
  readonly round: Round;
  readonly at: number;
}

/** The round that emitted the output's token `index`, and which of its tokens that is. */
function placeOf(rounds: readonly Round[], index: number): Place | null {
  let start = 0;
  for (const round of rounds) {
    if (index < start + round.emitted.length) return { round, at: index - start };
    start += round.emitted.length;
  }
  return null;
}

function sideOf({ round, at }: Place, other: Place): Side {
  const { token, p, top } = choicesOf(round)[at];
  const rank = top?.token.indexOf(other.round.emitted[other.at]) ?? -1;
  return {
    round: round.index,
    token,
    text: round.emitted_text[at],
    bytes: round.emitted_bytes[at],
    p,
    pOther: top === null || rank < 0 ? null : top.p[rank],
  };
}
