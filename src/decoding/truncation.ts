/** Which tokens stay in the law; the names and meanings of `SamplerSettings`. */
export interface TruncationSettings {
  readonly topK: number;
  readonly topP: number;
  readonly minP: number;
}

/**
 * The last token that is kept. Tokens are ordered by falling logit, equal ones by rising id; every token from
 * the first to the cut is kept. All three truncations keep such a beginning, so that one cut stands for any
 * mix of them.
 */
export interface Cut {
  readonly logit: number;
  readonly token: number;
}

/** Whether a token with this logit stands at or before the cut. */
export function isKept(cut: Cut | null, token: number, logit: number): boolean {
  return cut === null || logit > cut.logit || (logit === cut.logit && token <= cut.token);
}

/**
 * Top-k, then top-p on what top-k left, then min-p: the order of Hugging Face transformers' warpers. (vLLM and
 * llama.cpp order them otherwise, so the same numbers can mean another law there.)
 *
 * The vocabulary is never sorted: top-k holds a heap of k tokens; top-p takes the nucleus from a heap of the
 * tokens that could be in it.
 *
 * @param logits `[vocabulary]`
 * @param weights `[vocabulary]` `exp((logit - largest logit) / temperature)`: the largest is 1
 * @param total the sum of `weights`
 * @param scratch `[vocabulary]` overwritten
 * @returns null when every token is kept
 */
export function findCut(
  logits: Float32Array,
  weights: Float64Array,
  total: number,
  settings: TruncationSettings,
  scratch: Int32Array,
): Cut | null {
  const { topK, topP, minP } = settings;
  const vocabulary = logits.length;
  const first: Before = (a, b) => logits[a] > logits[b] || (logits[a] === logits[b] && a < b);
  const cuts: number[] = [];

  const limitsCount = topK > 0 && topK < vocabulary;
  if (limitsCount) keepFirst(topK, vocabulary, first, scratch);
  if (topP < 1) {
    const size = limitsCount ? topK : gatherNucleus(weights, ((1 - topP) * total) / vocabulary, scratch);
    const mass = limitsCount ? sumOver(weights, scratch, size) : total;
    cuts.push(takeUntil(weights, topP * mass, first, scratch, size));
  } else if (limitsCount) {
    cuts.push(scratch[0]);
  }
  if (minP > 0) cuts.push(lastAbove(weights, minP, first));

  if (cuts.length === 0) return null;
  const token = cuts.reduce((a, b) => (first(a, b) ? a : b));
  return { logit: logits[token], token };
}

/** Whether token `a` stands before token `b`. */
type Before = (a: number, b: number) => boolean;

/** Leaves the first `count` tokens of the order in `heap`, the last of them at its root. */
function keepFirst(count: number, vocabulary: number, first: Before, heap: Int32Array): void {
  const last: Before = (a, b) => first(b, a);
  for (let token = 0; token < count; token++) heap[token] = token;
  heapify(heap, count, last);
  for (let token = count; token < vocabulary; token++) {
    if (first(token, heap[0])) {
      heap[0] = token;
      siftDown(heap, count, 0, last);
    }
  }
}

/**
 * Collects the tokens that a nucleus can need. The tokens below `(1 - topP) * total / vocabulary` together
 * weigh less than `(1 - topP) * total`, so the nucleus is full before it comes to them.
 */
function gatherNucleus(weights: Float64Array, least: number, into: Int32Array): number {
  let size = 0;
  for (let token = 0; token < weights.length; token++) {
    if (weights[token] >= least) into[size++] = token;
  }
  return size;
}

/** Takes tokens in order until they weigh `mass`; returns the last one taken. */
function takeUntil(
  weights: Float64Array,
  mass: number,
  first: Before,
  heap: Int32Array,
  size: number,
): number {
  heapify(heap, size, first);
  let taken = weights[heap[0]];
  let left = size;
  while (taken < mass && left > 1) {
    heap[0] = heap[--left];
    siftDown(heap, left, 0, first);
    taken += weights[heap[0]];
  }
  return heap[0];
}

/** The last token in order whose weight is at least `least`, which the largest weight is. */
function lastAbove(weights: Float64Array, least: number, first: Before): number {
  let last = -1;
  for (let token = 0; token < weights.length; token++) {
    if (weights[token] >= least && (last < 0 || first(last, token))) last = token;
  }
  return last;
}

function sumOver(weights: Float64Array, tokens: Int32Array, size: number): number {
  let sum = 0;
  for (let i = 0; i < size; i++) sum += weights[tokens[i]];
  return sum;
}

function heapify(heap: Int32Array, size: number, before: Before): void {
  for (let i = (size >>> 1) - 1; i >= 0; i--) siftDown(heap, size, i, before);
}

function siftDown(heap: Int32Array, size: number, start: number, before: Before): void {
  const token = heap[start];
  let at = start;
  for (let child = 2 * at + 1; child < size; child = 2 * at + 1) {
    if (child + 1 < size && before(heap[child + 1], heap[child])) child++;
    if (!before(heap[child], token)) break;
    heap[at] = heap[child];
    at = child;
  }
  heap[at] = token;
}
