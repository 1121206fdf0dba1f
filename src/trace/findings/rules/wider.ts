import { t } from '../../../l10n';
import { percent } from '../../words';
import { evidence, type Rule } from '../finding';

/** Fewer places than this do not tell a rate. */
const ENOUGH = 10;

/** The last rank that was drafted at the root still brings more tokens than a row costs: the next may, too. */
export const wider: Rule = {
  id: 'wider',
  find({ statistics, predicted, rounds, meanRows }) {
    const first = statistics.hits.at(0);
    if (predicted === null || first === undefined || first.asked < ENOUGH) return null;
    const last = first.offered.findLastIndex((offered) => offered >= Math.max(ENOUGH, first.asked / 2));
    if (last < 1) return null;
    const rate = first.byRank[last] / first.offered[last];
    const inside = first.byRank.reduce((sum, hits) => sum + hits, 0);
    const { verify, roundCost } = predicted.predictor;
    const past = rounds[rounds.length >> 1].kv.before;
    const plain = roundCost({ rows: 1, past, levels: null, emitted: 1 });
    const rowCost = verify.estimate(meanRows + 1, past) - verify.estimate(meanRows, past);
    const price = rowCost / (plain.verify + plain.other);
    if (rate <= price) return null;
    return {
      sentence: t(
        "Wider drafts may help: at depth 1 the token of rank {0} was right in {1} of its places, which is more than the {2} of a plain step that a row costs, and {3} of the target's tokens were outside the draft.",
        last + 1,
        percent(rate),
        percent(price),
        percent(1 - inside / first.asked),
      ),
      evidence: evidence(
        { rank: last + 1, rate, price, outside: 1 - inside / first.asked },
        { chart: 'hits', depths: [1] },
      ),
      gain: null,
      setting: null,
      weight: (rate - price) * 0.5,
    };
  },
};
