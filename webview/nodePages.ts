import { PAGE } from '../src/protocol/view';
import { Columns } from '../src/trace/columns';
import { ENDING, NODE, NODE_STATES, NO_WORD, type NodeSlice, type Word } from '../src/trace/nodeSlice';
import type { Emitted, RoundHead, ShownRound } from '../src/trace/shownRound';

/** Pages that are kept: far more than any screen shows, and some megabytes. */
const MOST_PAGES = 64;
/** Bytes of nodes that are kept where rounds are large, and pages that are kept all the same: the text wants 16. */
const MOST_BYTES = 64e6;
const LEAST_PAGES = 20;

/** The nodes of up to `PAGE` rounds in a row. */
interface Page {
  readonly nodes: Columns<typeof NODE>;
  readonly endings: Columns<typeof ENDING>;
  /** `[rounds + 1]` where each round's nodes start. */
  readonly starts: number[];
  readonly words: Word[];
  readonly sources: string[];
}

/**
 * The nodes of the rounds that were looked at last, in pages. A page begins with its first round and grows at its
 * end; whatever else arrives is left out and can be asked for again.
 */
export class NodePages {
  /** By number; what was used last stands last. */
  private readonly pages = new Map<number, Page>();

  /** Bytes that are held besides the text. */
  get heldBytes(): number {
    let sum = 0;
    for (const { nodes, endings, starts } of this.pages.values()) {
      sum += nodes.heldBytes + endings.heldBytes + 8 * starts.length;
    }
    return sum;
  }

  clear(): void {
    this.pages.clear();
  }

  /** Takes in what holds by `sliceFault`. */
  add(slice: NodeSlice): void {
    const nodes = new Columns(NODE);
    nodes.append(slice.nodes, slice.size);
    const endings = new Columns(ENDING);
    endings.append(slice.endings, slice.count);
    let from = 0;
    let names = { page: null as Page | null, word: 0, source: 0 };
    for (let i = 0; i < slice.count; i++) {
      const size = endings.column.nodes[i];
      const page = this.growing(slice.first + i);
      if (page !== null) {
        if (names.page !== page) {
          names = { page, word: page.words.length, source: page.sources.length };
          // One by one: there may be more of them than a call can have arguments.
          for (const word of slice.words) page.words.push(word);
          for (const source of slice.sources) page.sources.push(source);
        }
        addRound(page, nodes, from, size, names);
        addEnding(page, endings, i, names.word);
      }
      from += size;
    }
    this.forget();
  }

  /** The nodes of a round, null while they are not here. */
  round(head: RoundHead): ShownRound | null {
    const page = this.pages.get(Math.floor(head.index / PAGE));
    const at = head.index % PAGE;
    if (page === undefined || at >= page.endings.length) return null;
    return shownRound(head, page, at);
  }

  /** Keeps a round's page from being the next one to go. */
  touch(round: number): void {
    const number = Math.floor(round / PAGE);
    const page = this.pages.get(number);
    if (page === undefined) return;
    this.pages.delete(number);
    this.pages.set(number, page);
  }

  /** Rounds of a page that are here. */
  roundsHeld(page: number): number {
    return this.pages.get(page)?.endings.length ?? 0;
  }

  has(round: number): boolean {
    return round % PAGE < this.roundsHeld(Math.floor(round / PAGE));
  }

  /** The page that a round is the next one of, null where that is not so. */
  private growing(round: number): Page | null {
    const number = Math.floor(round / PAGE);
    let page = this.pages.get(number);
    if (page === undefined && round % PAGE === 0) {
      page = { nodes: new Columns(NODE), endings: new Columns(ENDING), starts: [0], words: [], sources: [] };
      this.pages.set(number, page);
    }
    return page !== undefined && page.endings.length === round % PAGE ? page : null;
  }

  private forget(): void {
    for (const number of this.pages.keys()) {
      if (this.pages.size <= LEAST_PAGES) return;
      if (this.pages.size <= MOST_PAGES && this.heldBytes <= MOST_BYTES) return;
      this.pages.delete(number);
    }
  }
}

function addRound(
  page: Page,
  { column }: Columns<typeof NODE>,
  from: number,
  size: number,
  base: { readonly word: number; readonly source: number },
): void {
  for (let i = from; i < from + size; i++) {
    page.nodes.push({
      word: column.word[i] + base.word,
      parent: column.parent[i],
      depth: column.depth[i],
      q: column.q[i],
      p: column.p[i],
      p_sampler: column.p_sampler[i],
      draw: column.draw[i],
      chance: column.chance[i],
      source: column.source[i] + base.source,
      state: column.state[i],
    });
  }
  page.starts.push(page.nodes.length);
}

function addEnding(page: Page, { column }: Columns<typeof ENDING>, i: number, base: number): void {
  const word = column.word[i];
  page.endings.push({
    nodes: column.nodes[i],
    word: word === NO_WORD ? NO_WORD : word + base,
    p: column.p[i],
  });
}

function shownRound(head: RoundHead, page: Page, at: number): ShownRound {
  const first = page.starts[at];
  const last = page.starts[at + 1];
  const { column } = page.nodes;
  const numbers = (name: 'parent' | 'depth') => Array.from(column[name].subarray(first, last));
  const known = (name: 'q' | 'p' | 'p_sampler' | 'draw' | 'chance') =>
    Array.from(column[name].subarray(first, last), orNull);
  const words = Array.from(column.word.subarray(first, last), (word) => page.words[word]);
  const state = Array.from(column.state.subarray(first, last), (code) => NODE_STATES[code]);
  const p = known('p');
  const path = state.flatMap((s, node) => (s === 'accepted' ? [node] : []));
  const emitted: Emitted[] = path.map((node) => ({ ...words[node], p: p[node] }));
  const end = page.endings.column.word[at];
  if (end !== NO_WORD) emitted.push({ ...page.words[end], p: orNull(page.endings.column.p[at]) });
  return {
    ...head,
    parent: numbers('parent'),
    token: words.map(({ token }) => token),
    text: words.map(({ text }) => text),
    bytes: words.map(({ bytes }) => bytes),
    nodeDepth: numbers('depth'),
    q: known('q'),
    p,
    p_sampler: known('p_sampler'),
    draw: known('draw'),
    chance: known('chance'),
    source: Array.from(column.source.subarray(first, last), (source) => page.sources[source]),
    state,
    accepted_path: path,
    emitted,
  };
}

function orNull(value: number): number | null {
  return Number.isNaN(value) ? null : value;
}
