import { decimal, t } from '../../../l10n';
import { evidence, type Rule } from '../finding';

/** A draft's forward that costs this many single tokens is dear for its size, if the draft is small. */
const DEAR = 1.5;
/** Rows of the comparison: the root token's and eight nodes'. */
const ROWS = 9;

/** Block-quantised weights are cheapest for one token and dear for many: not the form for trees. */
export const weightForm: Rule = {
  id: 'weightForm',
  find({ header, drafted, predicted, rounds, nodes, statistics }) {
    if (!drafted || predicted === null || header.weights !== 'file' || header.provider !== 'cpu') return null;
    if (nodes < ROWS - 1) return null;
    const { verify } = predicted.predictor;
    const past = rounds[rounds.length >> 1].kv.before;
    const cost = verify.estimate(ROWS, past) / verify.estimate(1, past);
    if (cost < DEAR) return null;
    const { total, verify: spent } = statistics.summary.t_us;
    return {
      sentence: t(
        "With the file's own blocks as weights, {0} rows cost {1} single tokens here; the form int8 is made for drafts, whose rows it checks for less.",
        ROWS,
        decimal(cost, 2),
      ),
      evidence: evidence({ rows: ROWS, cost }, { chart: 'cost' }),
      gain: null,
      setting: { key: 'draftscope.weights', value: 'int8' },
      weight: total === 0 ? 0 : (spent / total) * (1 - DEAR / cost) * 0.5 + 0.05,
    };
  },
};
