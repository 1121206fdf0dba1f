import { raceOrder } from '../../decoding/race';
import { draftNumbers, drawNumbers, type TokenNumbers } from '../../decoding/random';
import { createSampler, isGreedy, type SamplerSettings } from '../../decoding/sampling';
import type { DraftRunner, DraftScores } from '../draftModel';
import type { DrafterContext } from '../drafter';

/** A token that a draft model proposes after a row. */
export interface Candidate {
  readonly token: number;
  readonly q: number;
}

/** Where children are chosen. */
export interface ChildPlace {
  /** Position of the round's root token in the target's text. */
  readonly root: number;
  /** The parent's row in the draft, 0 for the root token, and its distance from there. */
  readonly row: number;
  readonly depth: number;
  /** The text down to the parent. */
  readonly text: readonly number[];
}

/** How a draft model's scores become children. */
export interface ChildChoice {
  /** Whether `after` reads logits; otherwise the top candidates are enough and cheaper. */
  readonly needsLogits: boolean;
  /** Whether children are drawn, so that which of them the target will take cannot be told from `q`. */
  readonly draws: boolean;
  /**
   * The first `count` children, fewer where the law has fewer tokens; and that law, where the rule asks for it.
   *
   * @param row the row of `scores`
   */
  after(
    scores: DraftScores,
    row: number,
    place: ChildPlace,
    count: number,
  ): { readonly children: readonly Candidate[]; readonly law: Float64Array | null };
}

/**
 * At temperature 0 the most probable tokens, with the softmax as their score. Above it tokens are drawn from the
 * draft model's law under the target's own sampler, without replacement: for rules that need to know that law by
 * numbers of their own; otherwise by the target's, so that wherever both models think alike they draw alike. (The
 * target's draw does not change by it: it is the same whatever was drafted.)
 */
export function childChoice({ sampler, demand, memory }: DrafterContext, model: DraftRunner): ChildChoice {
  const { settings } = sampler;
  if (isGreedy(settings)) {
    return settings.repetitionPenalty === 1 ? topCandidates(model) : penalisedCandidates(model, settings);
  }
  const lawOf = (logits: Float32Array, text: readonly number[]): Float64Array => {
    const law = sampler.law(logits, text);
    if (law.length === memory.vocabulary) return law;
    // The target's other tokens have no probability here.
    const wider = new Float64Array(memory.vocabulary);
    wider.set(law);
    return wider;
  };
  const numbersAt = ({ root, row, depth }: ChildPlace): TokenNumbers =>
    demand === 'any' ? drawNumbers(settings.seed, root + depth + 1) : draftNumbers(settings.seed, root, row);
  return {
    needsLogits: true,
    draws: true,
    after(scores, row, place, count) {
      const law = lawOf(logitsOf(scores, row), place.text);
      const children = raceOrder(law, numbersAt(place), count).map((token) => ({ token, q: law[token] }));
      return { children, law: demand === 'any' ? null : law };
    },
  };
}

/** Straight from the candidates that the forward gives. */
function topCandidates({ vocabulary }: DraftRunner): ChildChoice {
  return {
    needsLogits: false,
    draws: false,
    after({ topK, topToken, topProbability }, row, _place, count) {
      const children = Array.from({ length: topK }, (_, rank) => ({
        token: topToken[row * topK + rank],
        // A softmax in fp32 may end just above 1, and a path must not be likelier than its beginning.
        q: Math.min(1, topProbability[row * topK + rank]),
      }));
      return { children: children.filter(({ token }) => token < vocabulary).slice(0, count), law: null };
    },
  };
}

function penalisedCandidates({ vocabulary }: DraftRunner, settings: SamplerSettings): ChildChoice {
  const scorer = createSampler({ ...settings, temperature: 1, topK: 0, topP: 1, minP: 0 });
  return {
    needsLogits: true,
    draws: false,
    after(scores, row, { text }, count) {
      const score = scorer.law(logitsOf(scores, row), text);
      const children: Candidate[] = [];
      for (let token = 0; token < vocabulary; token++) {
        let place = children.length;
        while (place > 0 && children[place - 1].q < score[token]) place--;
        if (place >= count) continue;
        children.splice(place, 0, { token, q: score[token] });
        children.length = Math.min(count, children.length);
      }
      return { children, law: null };
    },
  };
}

function logitsOf(scores: DraftScores, row: number): Float32Array {
  const logits = scores.logits(row);
  if (logits === null) throw new Error('The draft model was run without the logits that are needed.');
  return logits;
}
