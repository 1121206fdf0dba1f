import { decimal, t } from '../../../l10n';
import { verifiedRows } from '../../roundFacts';
import { percent } from '../../words';
import { evidence, type Rule } from '../finding';

/** From here on the forward decides about the speed. */
const DOMINATES = 0.6;

/** Most of the time is the target's forward: what a draft's rows cost, and what a round must give for that. */
export const verifyCost: Rule = {
  id: 'verifyCost',
  find({ rounds, statistics, drafted, predicted }) {
    const { t_us: time, acceptanceLength } = statistics.summary;
    if (!drafted || predicted === null || acceptanceLength === null || time.total === 0) return null;
    const share = time.verify / time.total;
    const drafts = rounds.filter((round) => verifiedRows(round) > 1);
    if (share < DOMINATES || drafts.length === 0) return null;
    const rows = Math.round(drafts.reduce((sum, round) => sum + verifiedRows(round), 0) / drafts.length);
    const past = drafts[drafts.length >> 1].kv.before;
    const { verify } = predicted.predictor;
    const cost = verify.estimate(rows, past) / verify.estimate(1, past);
    const given = drafts.reduce((sum, { emitted }) => sum + emitted.length, 0) / drafts.length;
    return {
      sentence: t(
        "Verify is {0} of the time: a forward over {1} rows, the root token's and {2}, costs {3} single tokens here, so a round with a draft breaks even at about {4} tokens; these gave {5}.",
        percent(share),
        rows,
        rows - 1 === 1 ? t("one node's") : t("{0} nodes'", rows - 1),
        decimal(cost, 2),
        decimal(cost, 2),
        decimal(given, 2),
      ),
      evidence: evidence(
        { verifyShare: share, rows, cost, tokensPerDraft: given },
        {
          chart: 'cost',
          rounds: drafts.filter(({ emitted }) => emitted.length < cost).map(({ index }) => index),
        },
      ),
      gain: null,
      setting: null,
      weight: share * Math.max(0, 1 - 1 / cost) * (given < cost ? 0.5 : 0.25),
    };
  },
};
