import { atLine, risingLine } from '../../decoding/risingLine';
import type { VerifyCost } from '../../decoding/verifyCost';
import { otherTime, verifiedRows } from '../roundFacts';
import type { Round } from '../schema';
import { eachOf, type Steps } from '../steps';

/** The work of a round, from which its time is predicted. */
export interface RoundWork {
  /** Rows of the forward, 1 for plain decoding. */
  readonly rows: number;
  /** Cached tokens before it. */
  readonly past: number;
  /** Levels that the drafter offered; 0 where it offered nothing, null where it was not asked. */
  readonly levels: number | null;
  readonly emitted: number;
}

/** Microseconds of a round's parts. */
export interface RoundTime {
  readonly draft: number;
  readonly verify: number;
  readonly other: number;
}

/** What the rounds of a run cost, as a function of their work. */
export type RoundCost = (work: RoundWork) => RoundTime;

/** The work that a recorded round was. */
export function workOf(round: Round): RoundWork {
  return {
    rows: verifiedRows(round),
    past: round.kv.before,
    levels: round.budget.nodes === 0 ? null : round.depth.reduce((a, b) => Math.max(a, b), 0),
    emitted: round.emitted.length,
  };
}

/**
 * v(T) for the forward, and lines through the run's own rounds for the rest: drafting by the levels that were
 * offered, the rest by the tokens that were committed. The first round, perhaps a cold one, is left out.
 */
export function* roundCost(rounds: readonly Round[], verify: VerifyCost): Steps<RoundCost> {
  const warm = yield* eachOf(rounds.slice(1), (round) => ({ round, work: workOf(round) }));
  const drafting = risingLine(
    warm.flatMap(({ round, work }) =>
      work.levels === null ? [] : [{ x: work.levels, y: round.t_us.draft }],
    ),
  );
  yield;
  const other = risingLine(warm.map(({ round, work }) => ({ x: work.emitted, y: otherTime(round) })));
  return ({ rows, past, levels, emitted }) => ({
    draft: levels === null ? 0 : atLine(drafting, levels),
    verify: verify.estimate(rows, past),
    other: atLine(other, emitted),
  });
}
