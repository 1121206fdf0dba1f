import { nodeStateSchema, type Round } from './schema';
import { Columns } from './columns';

/** The nodes of some rounds in a row, 37 bytes a node besides the text. */
export const NODE = {
  /** An index of the slice's words. */
  word: Uint32Array,
  /** As in the trace, -1 for a child of the root token. */
  parent: Int32Array,
  depth: Uint32Array,
  /** Probabilities, draws and chances, NaN for null. */
  q: Float32Array,
  p: Float32Array,
  p_sampler: Float32Array,
  draw: Float32Array,
  chance: Float32Array,
  /** An index of the slice's sources. */
  source: Uint32Array,
  /** An index of `NODE_STATES`. */
  state: Uint8Array,
} as const;

/** How each of the rounds ended. */
export const ENDING = {
  /** Nodes of the round. */
  nodes: Uint32Array,
  /** The end token, an index of the slice's words; `NO_WORD` where there is none. */
  word: Uint32Array,
  p: Float32Array,
} as const;

export const NODE_STATES = nodeStateSchema.options;
export const NO_WORD = 0xffffffff;

/** A token as it is written and read: equal tokens share one entry. */
export interface Word {
  readonly token: number;
  readonly text: string;
  /** Base64. */
  readonly bytes: string;
}

/** Rounds `[first, first + count)` for a view. The names are looked up, so that a message holds each once. */
export interface NodeSlice {
  readonly first: number;
  readonly count: number;
  readonly words: readonly Word[];
  readonly sources: readonly string[];
  /** Rows of `nodes`. */
  readonly size: number;
  readonly nodes: ArrayBuffer;
  readonly endings: ArrayBuffer;
}

export function encodeNodes(rounds: readonly Round[], first: number): NodeSlice {
  const nodes = new Columns(NODE);
  const endings = new Columns(ENDING);
  const words = new Table<Word>(({ token, text, bytes }) => `${token} ${bytes} ${text}`);
  const sources = new Table<string>((source) => source);
  for (const round of rounds) {
    round.parent.forEach((parent, node) => {
      nodes.push({
        word: words.index({ token: round.token[node], text: round.text[node], bytes: round.bytes[node] }),
        parent,
        depth: round.depth[node],
        q: single(round.q[node]),
        p: single(round.p[node]),
        p_sampler: single(round.p_sampler[node]),
        draw: single(round.draw[node]),
        chance: single(round.chance?.[node] ?? null),
        source: sources.index(round.source[node]),
        state: NODE_STATES.indexOf(round.state[node]),
      });
    });
    const last = round.emitted.length - 1;
    const { token } = round.end;
    endings.push({
      nodes: round.parent.length,
      word:
        token === null
          ? NO_WORD
          : words.index({ token, text: round.emitted_text[last], bytes: round.emitted_bytes[last] }),
      p: token === null ? NaN : single(round.emitted_p[last]),
    });
  }
  return {
    first,
    count: rounds.length,
    words: words.entries,
    sources: sources.entries,
    size: nodes.length,
    nodes: nodes.encode(0, nodes.length),
    endings: endings.encode(0, endings.length),
  };
}

/** What in a slice does not fit together, as one clause; null when it can be drawn. */
export function sliceFault(slice: NodeSlice): string | null {
  const nodes = new Columns(NODE);
  const endings = new Columns(ENDING);
  if (!nodes.fits(slice.nodes, slice.size)) return 'the nodes are not as many as it says';
  if (!endings.fits(slice.endings, slice.count)) return 'the rounds are not as many as it says';
  nodes.append(slice.nodes, slice.size);
  endings.append(slice.endings, slice.count);
  let start = 0;
  for (let round = 0; round < slice.count; round++) {
    const word = endings.column.word[round];
    if (word !== NO_WORD && word >= slice.words.length) return `word ${word} is not there`;
    const size = endings.column.nodes[round];
    if (start + size > slice.size) return 'the rounds have more nodes than there are';
    for (let node = 0; node < size; node++) {
      const { parent, word: words, source, state } = nodes.column;
      const at = start + node;
      if (parent[at] >= node || parent[at] < -1) return `node ${node} stands before its parent`;
      if (words[at] >= slice.words.length) return `word ${words[at]} is not there`;
      if (source[at] >= slice.sources.length) return `source ${source[at]} is not there`;
      if (state[at] >= NODE_STATES.length) return `state ${state[at]} is not known`;
    }
    start += size;
  }
  return start === slice.size ? null : 'the rounds have fewer nodes than there are';
}

const BELOW_ONE = 1 - 2 ** -24;
const LEAST = 2 ** -149;

/**
 * A probability in single precision. Rounding must not make a near certainty certain, nor a small chance none:
 * the view writes 0 and 1 only where they are exact.
 */
function single(p: number | null): number {
  if (p === null) return NaN;
  if (p < 1 && p > BELOW_ONE) return BELOW_ONE;
  if (p > 0 && p < LEAST) return LEAST;
  return p;
}

/** Entries in the order in which they came first, each once. */
class Table<T> {
  readonly entries: T[] = [];
  private readonly places = new Map<string, number>();

  constructor(private readonly key: (entry: T) => string) {}

  index(entry: T): number {
    const key = this.key(entry);
    const known = this.places.get(key);
    if (known !== undefined) return known;
    this.places.set(key, this.entries.length);
    return this.entries.push(entry) - 1;
  }
}
