import { t } from '../../../l10n';
import type { Case } from '../case';
import { percent } from '../../words';
import { choicesOf } from '../../roundFacts';
import { evidence, type Rule } from '../finding';

/** Fewer misses than this do not tell a share. */
const ENOUGH = 10;
const MOST = 0.5;
/** The target's own first choice: a coin's toss at best, and as good as certain. */
const UNSURE = 0.5;
const SURE = 0.9;

interface Miss {
  readonly round: number;
  readonly top: number;
}

/** Places where something was drafted and the target chose a token that was not. */
function missesOf({ rounds }: Case): Miss[] {
  return rounds.flatMap((round) =>
    choicesOf(round).flatMap(({ offered, token, top }) =>
      top === null ||
      top.p.length === 0 ||
      offered.length === 0 ||
      offered.some((node) => round.token[node] === token)
        ? []
        : [{ round: round.index, top: top.p[0] }],
    ),
  );
}

/** Most misses are where the target itself is unsure: no drafter guesses those often. */
export const unpredictable: Rule = {
  id: 'unpredictable',
  find(run) {
    const misses = missesOf(run);
    const unsure = misses.filter(({ top }) => top < UNSURE);
    if (misses.length < ENOUGH || unsure.length < MOST * misses.length) return null;
    const share = unsure.length / misses.length;
    return {
      sentence: t(
        "This text is hard to guess: in {0} of {1} misses the target's own first choice had a probability below {2}.",
        percent(share),
        misses.length,
        UNSURE,
      ),
      evidence: evidence(
        { misses: misses.length, unsure: unsure.length },
        { chart: 'entropy', rounds: unsure.map(({ round }) => round) },
      ),
      gain: null,
      setting: null,
      weight: share * 0.2,
    };
  },
};

/** Most misses are where the target is sure: another drafter could guess those. */
export const guessable: Rule = {
  id: 'guessable',
  find(run) {
    const misses = missesOf(run);
    const sure = misses.filter(({ top }) => top >= SURE);
    if (misses.length < ENOUGH || sure.length < MOST * misses.length) return null;
    const share = sure.length / misses.length;
    return {
      sentence: t(
        'In {0} of {1} misses the target was sure (its first choice had {2} or more): a drafter that knows more could guess these tokens, {3} does not.',
        percent(share),
        misses.length,
        SURE,
        run.header.drafter.name,
      ),
      evidence: evidence(
        { misses: misses.length, sure: sure.length },
        { chart: 'entropy', rounds: sure.map(({ round }) => round) },
      ),
      gain: null,
      setting: null,
      weight: share * 0.25,
    };
  },
};
