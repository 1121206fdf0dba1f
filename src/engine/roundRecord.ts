import { reasonText } from '../decoding/reason';
import type { Scored } from '../decoding/scored';
import type { Tokenizer } from '../models/model';
import type { Drafted } from '../protocol/engine';
import type { Round } from '../trace/schema';
import type { DraftTree } from '../decoding/draftTree';
import type { RoundResult } from './generate';

/** Candidates of the target that a trace keeps for each row on the walked path. */
const TARGET_TOP = 8;

/**
 * A round as the trace's schema has it: over all the nodes that the drafter offered, of which those that the
 * policy left out are `pruned` and carry no verdict.
 */
export function roundRecord(result: RoundResult, tokenizer: Tokenizer): Round {
  const { offer, scored, walk, times, moved, fault } = result;
  const { kept } = result.trimmed;
  const why = [...result.budget.why, ...result.trimmed.why];
  const token = Array.from(offer.token);
  const emitted = [...walk.emitted];
  const label = (id: number) => tokenizer.labelOf(id);
  /** Spreads what is known of the verified nodes over the offered ones. */
  const spread = <T>(values: ArrayLike<T>, absent: T): T[] => {
    const all = new Array<T>(token.length).fill(absent);
    kept.forEach((node, i) => (all[node] = values[i]));
    return all;
  };
  return {
    type: 'round',
    index: result.index,
    start_us: micro(result.start),
    root: { token: result.root, position: result.position },
    budget: {
      nodes: result.budget.nodes,
      depth: result.budget.depth,
      policy: result.budget.policy,
      reason: reasonText(why),
      why: why.map(({ code, values }) => ({ code, values: [...values] })),
    },
    parent: Array.from(offer.parent),
    token,
    bytes: token.map((id) => base64(tokenizer, id)),
    text: token.map(label),
    depth: Array.from(offer.depth),
    q: Array.from(offer.q, number),
    p: spread(scored.nodeProbability, NaN).map(number),
    p_sampler: spread(walk.processedProbability, NaN).map(number),
    // In full: rounding could carry a number to 1, or change a verdict.
    draw: spread(walk.draw, NaN).map(exactly),
    ...(walk.chance.every((chance) => Number.isNaN(chance))
      ? {}
      : { chance: spread(walk.chance, NaN).map(exactly) }),
    state: spread(walk.state, 'pruned'),
    source: [...offer.source],
    accepted_path: walk.acceptedPath.map((node) => kept[node]),
    emitted,
    emitted_bytes: emitted.map((id) => base64(tokenizer, id)),
    emitted_text: emitted.map(label),
    emitted_p: walk.choices.map(({ row, token: chosen }, i) =>
      i < walk.acceptedPath.length
        ? number(scored.nodeProbability[walk.acceptedPath[i]])
        : rowProbability(scored, row, chosen),
    ),
    end: { ...walk.end },
    target_top: walk.choices.map(({ row }) => {
      const from = row * scored.topK;
      const ids = Array.from(scored.topToken.subarray(from, from + TARGET_TOP));
      return {
        // Row 0 is the root token's, row i + 1 that of node i: of the offer, as all indices of the trace.
        row: row === 0 ? 0 : kept[row - 1] + 1,
        token: ids,
        text: ids.map(label),
        p: Array.from(scored.topProbability.subarray(from, from + TARGET_TOP), significant),
      };
    }),
    t_us: {
      draft: micro(times.draft),
      verify: micro(times.verify),
      sample: micro(times.sample),
      commit: micro(times.commit),
      total: micro(times.total),
    },
    kv: { before: result.kvBefore, after: result.kvAfter },
    ...(moved === null ? {} : { moved: { to_device: moved.toDevice, from_device: moved.fromDevice } }),
    ...(fault === null ? {} : { fallback: { from: fault.provider, to: 'cpu', reason: fault.reason } }),
  };
}

/** A draft before its verdict, for the view. */
export function draftRecord(index: number, draft: DraftTree, tokenizer: Tokenizer): Drafted {
  return {
    index,
    parent: Array.from(draft.parent),
    text: Array.from(draft.token, (id) => tokenizer.labelOf(id)),
    depth: Array.from(draft.depth),
    q: Array.from(draft.q, number),
    source: [...draft.source],
  };
}

/**
 * The target's raw probability of a token at a row: read off its most probable ones, else from the logits by
 * the ratio to the first of them. Null when neither is at hand.
 */
function rowProbability(scored: Scored, row: number, token: number): number | null {
  const from = row * scored.topK;
  const rank = scored.topToken.subarray(from, from + scored.topK).indexOf(token);
  if (rank >= 0) return significant(scored.topProbability[from + rank]);
  const logits = scored.logits(row);
  if (logits === null) return null;
  const first = scored.topToken[from];
  return significant(scored.topProbability[from] * Math.exp(logits[token] - logits[first]));
}

function base64(tokenizer: Tokenizer, token: number): string {
  return Buffer.from(tokenizer.bytesOf(token)).toString('base64');
}

/** NaN means "none" inside the engine; JSON has null for it. */
function exactly(value: number): number | null {
  return Number.isNaN(value) ? null : value;
}

function number(value: number): number | null {
  return Number.isNaN(value) ? null : significant(value);
}

/** fp32 carries about seven digits; more would only make the file long. */
function significant(value: number): number {
  return Number(value.toPrecision(7));
}

function micro(value: number): number {
  return Math.round(value * 10) / 10;
}
