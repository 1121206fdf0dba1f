import { t } from '../../../l10n';
import { percent } from '../../words';
import { choicesOf } from '../../roundFacts';
import { evidence, type Rule } from '../finding';

const ENOUGH = 10;
const OFTEN = 0.25;

/** The draft held the target's most probable token, and the draw fell on another. */
export const temperature: Rule = {
  id: 'temperature',
  find({ header, rounds }) {
    if (header.sampler.temperature === 0) return null;
    let misses = 0;
    const nodes: { round: number; node: number }[] = [];
    for (const round of rounds) {
      for (const { offered, token, top } of choicesOf(round)) {
        if (top === null || offered.length === 0 || offered.some((node) => round.token[node] === token))
          continue;
        misses++;
        const likeliest = offered.find((node) => round.token[node] === top.token[0]);
        if (likeliest !== undefined) nodes.push({ round: round.index, node: likeliest });
      }
    }
    if (misses < ENOUGH || nodes.length < OFTEN * misses) return null;
    return {
      sentence: t(
        "Temperature {0} limits acceptance: in {1} of {2} misses the draft held the target's most probable token, but the draw fell on another.",
        header.sampler.temperature,
        percent(nodes.length / misses),
        misses,
      ),
      evidence: evidence(
        { misses, likeliest: nodes.length },
        { chart: 'entropy', nodes, rounds: nodes.map(({ round }) => round) },
      ),
      gain: null,
      setting: null,
      weight: (nodes.length / misses) * 0.3,
    };
  },
};
