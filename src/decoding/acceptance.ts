import { UserError } from '../errors';
import { block } from './blockVerification';
import { childrenOf, childWithToken, type DraftTree } from './draftTree';
import { isGreedy, type Sampler } from './sampling';
import type { Scored } from './scored';
import { multiRound, speculativeSampling } from './siblingTrials';
import { emptyVerdict } from './verdict';
import type { AcceptanceRule, Choice, RoundEnd, Walk, WalkContext } from './walk';

/**
 * Accepts the target's most probable token at each node. The same descent as `sampled`; it has a name of its
 * own because it is the rule that greedy decoding is reported under.
 */
const greedy: AcceptanceRule = {
  id: 'greedy',
  lossless: true,
  demand: 'any',
  walk(draft, scored, sampler, context) {
    if (!isGreedy(sampler.settings)) {
      throw new UserError(
        'usage',
        `Greedy acceptance needs temperature 0, not ${sampler.settings.temperature}.`,
        'Set temperature to 0 or choose the rule `sampled`.',
      );
    }
    return descend(draft, scored, sampler, context);
  },
};

/**
 * The target draws its own token at each node and the walk follows the child that carries it. Equal in law to
 * accepting a child x with probability p(x) and renormalising p without x otherwise, for any drafter that
 * does not look at the draws; and because a draw is keyed by its position, equal token for token to plain
 * decoding with the same seed, also for one that does.
 */
const sampled: AcceptanceRule = { id: 'sampled', lossless: true, demand: 'any', walk: descend };

/** Every acceptance rule by its id. */
export const acceptanceRules = {
  greedy,
  sampled,
  speculativeSampling,
  multiRound,
  block,
} as const satisfies Record<string, AcceptanceRule>;

/** Walk-and-sample: choose at the row, emit, follow the child that carries the token, until there is none. */
function descend(draft: DraftTree, scored: Scored, sampler: Sampler, context: WalkContext): Walk {
  const verdict = emptyVerdict(draft, scored);
  const text = [...context.tokens];
  const emitted: number[] = [];
  const choices: Choice[] = [];
  const acceptedPath: number[] = [];

  let node = -1;
  let end: RoundEnd | null = null;
  while (end === null) {
    const row = node + 1;
    const position = text.length;
    const law = sampler.choose(scored, row, position, text);
    text.push(law.token);
    emitted.push(law.token);
    choices.push({
      row,
      position,
      token: law.token,
      draw: law.drawOf(law.token),
      probability: law.probabilityOf(law.token),
    });

    const next = childWithToken(draft, node, law.token);
    const children = childrenOf(draft, node);
    for (const child of children) {
      verdict.state[child] = child === next ? 'accepted' : 'rejected';
      verdict.processedProbability[child] = law.probabilityOf(draft.token[child]);
      verdict.draw[child] = law.drawOf(draft.token[child]);
    }

    if (next < 0) {
      end = { kind: children.length > 0 ? 'correction' : 'bonus', token: law.token };
    } else {
      node = next;
      acceptedPath.push(node);
      if (context.ends(emitted)) end = { kind: 'none', token: null };
    }
  }
  return { acceptedPath, emitted, end, choices, ...verdict };
}
