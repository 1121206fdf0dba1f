import type { DraftTree } from './draftTree';
import { logitsOf, type Sampler } from './sampling';
import type { Scored } from './scored';
import { drafterLaw, emptyVerdict, excess, requireChain, requireTemperature } from './verdict';
import type { AcceptanceRule, Choice, RoundEnd, Walk, WalkContext } from './walk';

/**
 * Block verification (Sun et al., ICLR 2025, arXiv 2403.10444): the tokens of a chain are judged together. A node
 * whose own trial fails is still accepted where a later one's succeeds, so that never fewer tokens are accepted
 * than by speculative sampling, and in the mean more.
 */
export const block: AcceptanceRule = {
  id: 'block',
  lossless: true,
  demand: 'drawnChain',
  walk(draft, scored, sampler, context) {
    requireTemperature(block.id, sampler.settings);
    requireChain(block.id, draft);
    return judge(draft, scored, sampler, context);
  },
};

function judge(draft: DraftTree, scored: Scored, sampler: Sampler, context: WalkContext): Walk {
  const verdict = emptyVerdict(draft, scored);
  const nodes = draft.token.length;
  const root = context.tokens.length - 1;
  const laws = Array.from({ length: nodes + 1 }, (_, row) =>
    sampler.law(logitsOf(scored, row), [...context.tokens, ...draft.token.subarray(0, row)]),
  );

  /** `[n + 1]` by row, the chance that the text goes through it: the ratios so far, cut at 1 at each step. */
  const through = [1];
  let length = 0;
  for (let node = 0; node < nodes; node++) {
    const token = draft.token[node];
    const q = drafterLaw(draft, node)[token];
    if (!(q > 0)) throw new Error(`Token ${token} cannot have been drawn from its drafter's law.`);
    through.push(Math.min(1, (through[node] * laws[node][token]) / q));
    verdict.processedProbability[node] = laws[node][token];
    verdict.chance[node] =
      node + 1 < nodes
        ? chanceToStop(through[node + 1], laws[node + 1], drafterLaw(draft, node + 1))
        : through[nodes];
    verdict.draw[node] = sampler.trial(root, node);
    if (verdict.draw[node] < verdict.chance[node]) length = node + 1;
  }

  const emitted: number[] = [];
  const choices: Choice[] = [];
  const acceptedPath: number[] = [];
  let end: RoundEnd | null = null;
  for (let node = 0; node < length && end === null; node++) {
    const token = draft.token[node];
    verdict.state[node] = 'accepted';
    acceptedPath.push(node);
    emitted.push(token);
    const position = root + 1 + node;
    choices.push({ row: node, position, token, draw: verdict.draw[node], probability: laws[node][token] });
    if (context.ends(emitted)) end = { kind: 'none', token: null };
  }
  if (end === null) {
    const position = root + 1 + length;
    const left =
      length === nodes ? laws[nodes] : excess(laws[length], drafterLaw(draft, length), through[length]);
    const drawn = sampler.draw(left, position);
    const { token } = drawn;
    emitted.push(token);
    choices.push({ row: length, position, token, draw: drawn.numberOf(token), probability: left[token] });
    if (length < nodes) verdict.state[length] = 'rejected';
    end = { kind: length < nodes ? 'correction' : 'bonus', token };
  }
  return { acceptedPath, emitted, end, choices, ...verdict };
}

/**
 * The chance to keep a row's token where the one after it is not kept: what is missing to the chance that the text
 * goes through it.
 */
function chanceToStop(through: number, law: Float64Array, drafter: Float64Array): number {
  let more = 0;
  for (let token = 0; token < law.length; token++) more += Math.max(0, through * law[token] - drafter[token]);
  // Without the shortcut nothing over nothing, where the two laws are one.
  return through === 1 ? 1 : more / (more + 1 - through);
}
