import { t } from '../../../l10n';
import { counted, percent } from '../../words';
import { choicesOf } from '../../roundFacts';
import { evidence, type Rule } from '../finding';

const OFTEN = 0.1;

/** The budget cut tokens that the target then chose. */
export const prunedHits: Rule = {
  id: 'prunedHits',
  find({ rounds }) {
    let asked = 0;
    const nodes: { round: number; node: number }[] = [];
    for (const round of rounds) {
      for (const { offered, token } of choicesOf(round)) {
        if (offered.length === 0) continue;
        asked++;
        const cut = offered.find((node) => round.token[node] === token && round.state[node] === 'pruned');
        if (cut !== undefined) nodes.push({ round: round.index, node: cut });
      }
    }
    if (asked === 0 || nodes.length < OFTEN * asked) return null;
    return {
      sentence: t(
        'The budget cut the right token in {0}, {1} of those where something was offered: its estimate of the drafter is too low here.',
        counted(nodes.length, 'place'),
        percent(nodes.length / asked),
      ),
      evidence: evidence(
        { cut: nodes.length, asked },
        { chart: 'hits', nodes, rounds: nodes.map(({ round }) => round) },
      ),
      gain: null,
      setting: null,
      weight: (nodes.length / asked) * 0.4,
    };
  },
};
