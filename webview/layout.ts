import type { RoundHead } from '../src/trace/shownRound';
import { tokenLabel } from '../src/trace/labels';
import { columns } from './ellipsis';

/**
 * Where everything of a round stands. Pure, O(nodes), and made once a round from what the round itself holds:
 * no later round can move it. A verdict cannot either, since a node's place depends on the draft alone.
 *
 * A row is a position in the text. The text column on the left takes what was committed there; the drafted
 * nodes for that position stand in lanes to its right. A node takes its parent's lane or the next free one,
 * so that the drafter's first path goes straight down and links never cross.
 */

/** All in CSS pixels. */
export const METRICS = {
  row: 38,
  /** From a row's top to the middle of its shapes. */
  middle: 13,
  /** The height of a band's own line and time bar. */
  head: 40,
  /** Between the time bar and the first row: the root's links. */
  stem: 8,
  /** Two lines that say what the target wanted instead. */
  wanted: 32,
  /** Below the rows: where a tree wider than the panel has its scroll bar. */
  scroll: 8,
  gap: 8,
  /** A round without a draft. */
  plain: 30,
  /** The text column. */
  text: 104,
  /** From a lane's left edge to the middle of its shapes, and to its labels. */
  shape: 9,
  label: 22,
  /** One column of the token font. */
  column: 7.3,
  lane: { least: 86, gap: 10 },
  /** Longer tokens end in an ellipsis. */
  longest: { text: 10, lane: 14 },
} as const;

/** A draft is drawn so far: more than any engine verifies, and no trace can make the view draw for seconds. */
export const MOST = { rows: 256, nodes: 512 } as const;

/** What a place depends on: the draft before any verdict. */
export interface DraftShape {
  readonly parent: readonly number[];
  readonly depth: readonly number[];
  readonly text: readonly string[];
  readonly bytes?: readonly string[];
}

/** Height of a round's band, the gap below included: from its head alone, so that it is known before its nodes. */
export function bandHeight(round: RoundHead, showPruned: boolean): number {
  const nodes = round.verified + (showPruned ? round.pruned : 0);
  if (nodes === 0) return METRICS.plain;
  const deepest = showPruned ? round.wholeDepth : round.depth;
  return treeHeight(Math.max(round.committed, deepest), round.endKind === 'correction');
}

function treeHeight(rows: number, wanted: boolean): number {
  const { head, stem, scroll, gap } = METRICS;
  const drawn = Math.min(rows, MOST.rows);
  return head + stem + drawn * METRICS.row + scroll + (wanted ? METRICS.wanted : 0) + gap;
}

export interface BandLayout {
  readonly kind: 'plain' | 'tree';
  readonly rows: number;
  /** `[n]` row from 0, or -1 for a node that is not shown. */
  readonly row: readonly number[];
  /** `[n]` left edge of the node's lane, from the left edge of the tree. */
  readonly x: readonly number[];
  readonly treeWidth: number;
  /** The gap below included. */
  readonly height: number;
}

export interface BandOptions {
  /** Positions that the round committed: 0 while it is not known. */
  readonly committed: number;
  /** Whether lines below say what the target wanted. */
  readonly wanted: boolean;
  /** Nodes to leave out. */
  readonly hidden?: (node: number) => boolean;
}

export function layoutBand(draft: DraftShape, { committed, wanted, hidden }: BandOptions): BandLayout {
  const shown = draft.parent.map(
    (_, node) => node < MOST.nodes && draft.depth[node] <= MOST.rows && !hidden?.(node),
  );
  if (!shown.includes(true)) {
    return {
      kind: 'plain',
      rows: 1,
      row: draft.parent.map(() => -1),
      x: draft.parent.map(() => 0),
      treeWidth: 0,
      height: METRICS.plain,
    };
  }
  const lane = assignLanes(draft, shown);
  const left = laneEdges(draft, lane);
  const row = draft.depth.map((depth, node) => (shown[node] ? depth - 1 : -1));
  const rows = Math.min(
    row.reduce((most, r) => Math.max(most, r + 1), committed),
    MOST.rows,
  );
  return {
    kind: 'tree',
    rows,
    row,
    x: lane.map((l) => (l < 0 ? 0 : left[l])),
    treeWidth: left[left.length - 1],
    height: treeHeight(rows, wanted),
  };
}

/** Row by row, nodes in the order of their parents' lanes: the parent's lane, or the next free one. */
function assignLanes(draft: DraftShape, shown: readonly boolean[]): number[] {
  const lane = draft.parent.map(() => -1);
  const byDepth: number[][] = [];
  draft.depth.forEach((depth, node) => {
    if (shown[node]) (byDepth[depth - 1] ??= []).push(node);
  });
  const parentLane = (node: number) => (draft.parent[node] < 0 ? 0 : lane[draft.parent[node]]);
  for (const nodes of byDepth) {
    let free = 0;
    for (const node of [...nodes].sort((a, b) => parentLane(a) - parentLane(b) || a - b)) {
      lane[node] = Math.max(free, parentLane(node));
      free = lane[node] + 1;
    }
  }
  return lane;
}

/** `[lanes + 1]` left edges: each lane is as wide as its longest label, and the last entry is the whole width. */
function laneEdges(draft: DraftShape, lane: readonly number[]): number[] {
  const widths: number[] = [];
  lane.forEach((l, node) => {
    if (l < 0) return;
    const label = columns(tokenLabel(draft.text[node], draft.bytes?.[node]));
    const needed = METRICS.label + Math.min(label, METRICS.longest.lane) * METRICS.column + METRICS.lane.gap;
    widths[l] = Math.max(widths[l] ?? METRICS.lane.least, Math.ceil(needed));
  });
  const edges = [0];
  for (let l = 0; l < widths.length; l++) edges.push(edges[l] + (widths[l] ?? METRICS.lane.least));
  return edges;
}

/** The last band whose top is at or above `y`, by bisection over `tops` (rising, `tops[n]` is the bottom). */
export function bandAt(tops: ArrayLike<number>, y: number): number {
  let low = 0;
  let high = tops.length - 2;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (tops[middle] <= y) low = middle;
    else high = middle - 1;
  }
  return Math.max(0, low);
}

/** Round numbers that read well as a whole bar, in their first digits. */
const NICE = [1, 1.5, 2, 3, 4, 5, 6, 8, 10];

/**
 * The time that a whole bar stands for: chosen once, from the rounds a record begins with, because a scale
 * that follows the slowest round would redraw every bar. A slower round's bar is cut off and marked.
 *
 * @param totals microseconds; not empty
 */
export function barScale(totals: ArrayLike<number>): number {
  const sorted = Float64Array.from(totals).sort();
  const high = sorted[Math.floor(0.95 * (sorted.length - 1))];
  // A few rounds at the start of a live run say little about what is to come: leave room.
  const wanted = Math.max(1, sorted.length < 20 ? high * 1.6 : high * 1.05);
  const power = 10 ** Math.floor(Math.log10(wanted));
  return power * (NICE.find((step) => step * power >= wanted) ?? 10);
}
