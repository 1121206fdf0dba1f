import type { Scored } from '../decoding/walk';
import type { Tokenizer } from '../models/model';
import type { Drafted } from '../protocol/engine';
import type { Round } from '../trace/schema';
import type { DraftTree } from '../decoding/draftTree';
import type { RoundResult } from './generate';

/** Candidates of the target that a trace keeps for each row on the walked path. */
const TARGET_TOP = 8;

/** A round as the trace's schema has it. */
export function roundRecord(result: RoundResult, tokenizer: Tokenizer): Round {
  const { draft, scored, walk, times } = result;
  const token = Array.from(draft.token);
  const emitted = [...walk.emitted];
  const label = (id: number) => tokenizer.labelOf(id);
  return {
    type: 'round',
    index: result.index,
    start_us: micro(result.start),
    root: { token: result.root, position: result.position },
    budget: { ...result.budget },
    parent: Array.from(draft.parent),
    token,
    bytes: token.map((id) => base64(tokenizer, id)),
    text: token.map(label),
    depth: Array.from(draft.depth),
    q: Array.from(draft.q, number),
    p: Array.from(scored.nodeProbability, number),
    p_sampler: Array.from(walk.processedProbability, number),
    // In full: rounding could carry a draw to 1, or across the boundary that it decided at.
    draw: Array.from(walk.draw, (value) => (Number.isNaN(value) ? null : value)),
    state: [...walk.state],
    source: [...draft.source],
    accepted_path: [...walk.acceptedPath],
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
        row,
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
