import { t } from '../l10n';
import { draftRank } from './roundFacts';
import type { Round } from './schema';
import type { ShownRound } from './shownRound';
import { ordinal } from './labels';

/** Where a token stands in each of the two distributions: the draft's and the target's. */

/** The rank of a token in the draft, in words. */
export function draftRankWords(round: ShownRound, parent: number, token: number): string {
  const found = draftRank(round, parent, token);
  if (found === null) return t('not drafted here');
  return found.of === 1
    ? t('the only token drafted here')
    : t('{0} of the {1} tokens drafted here', ordinal(found.rank), found.of);
}

/** The rank of a token in the target's law after `parent`, in words; null where the trace does not hold it. */
export function targetRankWords(whole: Round | null, parent: number, token: number): string | null {
  const top = whole?.target_top.find(({ row }) => row === parent + 1);
  if (top === undefined) return null;
  const rank = top.token.indexOf(token) + 1;
  return rank > 0
    ? t('{0} of its candidates', ordinal(rank))
    : t('below the {0} candidates that the trace keeps', top.token.length);
}
