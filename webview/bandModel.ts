import { t } from '../src/l10n';
import type { Drafted } from '../src/protocol/engine';
import { roundSummary, roundTally } from './details';
import { committed, itemId, type Item } from '../src/trace/item';
import { childItems, parentOf, type Walkable } from './keyboard';
import { METRICS, MOST, type BandLayout } from './layout';
import { endReason, nodeReason, wanted, type RunFacts } from '../src/trace/reasons';
import { linkPath, markName, type Mark } from './shapes';
import type { RoundHead, ShownRound } from '../src/trace/shownRound';
import { duration, probabilities, tokenLabel } from '../src/trace/labels';
import { counted } from '../src/trace/words';
import { ellipsis } from './ellipsis';

/** A band as drawn: every string, place and ARIA property, but no element. */
export interface BandModel {
  readonly index: number;
  readonly kind: BandLayout['kind'];
  readonly height: number;
  /** Of the part below the head. */
  readonly bodyHeight: number;
  readonly treeWidth: number;
  readonly drafting: boolean;
  readonly name: string;
  readonly tally: string;
  readonly time: string;
  readonly spoken: string;
  readonly bar: Bar | null;
  readonly nodes: readonly NodeModel[];
  readonly links: readonly LinkModel[];
  /** The text column, row by row. */
  readonly text: readonly TextModel[];
  readonly wanted: readonly string[];
}

/** Parts of the time scale, in per cent. */
export interface Bar {
  readonly parts: readonly { readonly phase: 'draft' | 'verify' | 'rest'; readonly width: number }[];
  /** Longer than the scale: cut off. */
  readonly cut: boolean;
  readonly title: string;
}

export interface NodeModel {
  readonly id: string;
  readonly mark: Mark;
  readonly label: string;
  readonly sub: string;
  /** Middle of the shape, from the top left of the tree. */
  readonly x: number;
  readonly y: number;
  /** Made when it is asked for: what only the canvas draws needs none. */
  readonly aria: (() => Aria) | null;
}

export interface LinkModel {
  readonly id: string;
  readonly mark: Mark;
  readonly d: string;
}

export interface TextModel {
  /** The item that the cell stands for. */
  readonly target: string;
  readonly mark: Mark;
  readonly label: string;
  readonly sub: string;
  readonly y: number;
  /** Only the end token's cell is an item of its own; an accepted token's is its node in the tree. */
  readonly aria: (() => Aria) | null;
}

/** A tree item's properties. */
export interface Aria {
  readonly label: string;
  readonly level: number;
  readonly position: number;
  readonly size: number;
}

export function roundModel(
  round: ShownRound,
  layout: BandLayout,
  record: Walkable,
  run: RunFacts,
  scale: number,
): BandModel {
  const aria = (item: Exclude<Item, { at: 'round' }>, label: string, sub: string): Aria => {
    const row = childItems(round, parentOf(round, item), record);
    const depth = item.at === 'end' ? round.committed : round.nodeDepth[item.node];
    const [longest, reason] =
      item.at === 'end'
        ? [METRICS.longest.text, endReason(round, run)]
        : [METRICS.longest.lane, nodeReason(round, item.node, run)];
    return {
      label: spoken(label, longest, sub, reason),
      level: depth + 1,
      position: row.findIndex((other) => itemId(other) === itemId(item)) + 1,
      size: row.length,
    };
  };
  const nodes = shownNodes(layout).map((node): NodeModel => {
    const item: Item = { at: 'node', round: round.index, node };
    const label = tokenLabel(round.text[node], round.bytes[node]);
    const sub = probabilities(round.p[node], round.q[node]);
    return {
      id: itemId(item),
      mark: round.state[node],
      label: ellipsis(label, METRICS.longest.lane),
      sub,
      ...place(layout, node),
      aria: () => aria(item, label, sub),
    };
  });
  const text = committed(round)
    .slice(0, MOST.rows)
    .map((token, row): TextModel => {
      const label = tokenLabel(token.text, token.bytes);
      const { item } = token;
      const plain = layout.kind === 'plain';
      const sub = token.mark === 'accepted' || plain ? '' : endWords(token.mark, token.p);
      return {
        target: itemId(item),
        mark: token.mark,
        label: ellipsis(label, METRICS.longest.text),
        sub,
        y: plain ? METRICS.middle : rowMiddle(row),
        aria: item.at === 'end' ? () => aria(item, label, sub) : null,
      };
    });
  const left = round.parent.length - MOST.nodes;
  return {
    ...headOf(round, scale),
    kind: layout.kind,
    height: layout.height,
    bodyHeight: bodyHeight(layout),
    treeWidth: layout.treeWidth,
    tally: left > 0 ? t('{0}, {1} not drawn', roundTally(round), counted(left, 'node')) : roundTally(round),
    spoken: roundSummary(round),
    nodes,
    links: links(layout, round.parent, round.index, (node) => round.state[node]),
    text,
    wanted: wanted(round) ?? [],
  };
}

/**
 * A round as a glyph, while its nodes are not here: what came of it, without a word of the text. As high as with
 * its nodes, so that nothing moves when they come.
 */
export function glyphModel(round: RoundHead, height: number, scale: number): BandModel {
  const plain = height === METRICS.plain;
  const rows = Math.min(round.committed, MOST.rows);
  return {
    ...headOf(round, scale),
    kind: plain ? 'plain' : 'tree',
    height,
    bodyHeight: plain ? METRICS.plain : rowMiddle(rows) - METRICS.middle,
    treeWidth: 0,
    nodes: [],
    links: [],
    text: Array.from({ length: rows }, (_, row) => ({
      target: itemId({ at: 'round', round: round.index }),
      mark: row < round.accepted ? 'accepted' : round.endKind === 'correction' ? 'correction' : 'bonus',
      label: '',
      sub: '',
      y: plain ? METRICS.middle : rowMiddle(row),
      aria: null,
    })),
    wanted: [],
  };
}

function headOf(round: RoundHead, scale: number) {
  return {
    index: round.index,
    drafting: false,
    name: t('round {0}', round.index),
    tally: roundTally(round),
    time: duration(round.t_us.total),
    spoken: roundSummary(round),
    bar: timeBar(round, scale),
  };
}

function bodyHeight({ kind, rows }: BandLayout): number {
  return kind === 'plain' ? METRICS.plain : METRICS.stem + rows * METRICS.row;
}

/** An item's spoken name: what is seen, in its order, then why, then what did not fit. */
function spoken(label: string, longest: number, sub: string, reason: string): string {
  const seen = ellipsis(label, longest);
  const whole = seen === label ? '' : t('. The whole token: {0}', label);
  return `${[seen, sub].join(' ').trim()}, ${reason}${whole}`;
}

/** A correction's p stands in the line below its round. */
function endWords(mark: Mark, p: number | null): string {
  return mark === 'bonus' ? t('bonus {0}', probabilities(p, null)).trim() : markName(mark);
}

/** A draft that is being verified: the same places, every shape open, q alone beneath. */
export function draftedModel(drafted: Drafted, layout: BandLayout): BandModel {
  const n = drafted.parent.length;
  return {
    index: drafted.index,
    kind: layout.kind,
    height: layout.height,
    bodyHeight: bodyHeight(layout),
    treeWidth: layout.treeWidth,
    drafting: true,
    name: t('round {0}', drafted.index),
    tally: n === 0 ? t('plain step') : t('{0} drafted', n),
    time: 'verifying…',
    spoken: '',
    bar: null,
    nodes: shownNodes(layout).map((node) => ({
      id: itemId({ at: 'node', round: drafted.index, node }),
      mark: 'drafting' as const,
      label: ellipsis(tokenLabel(drafted.text[node]), METRICS.longest.lane),
      sub: probabilities(null, drafted.q[node]),
      ...place(layout, node),
      aria: null,
    })),
    links: links(layout, drafted.parent, drafted.index, () => 'drafting'),
    text: [],
    wanted: [],
  };
}

/** Middle of a row's shapes, from the top of the tree. */
export function rowMiddle(row: number): number {
  return METRICS.stem + row * METRICS.row + METRICS.middle;
}

function shownNodes(layout: BandLayout): number[] {
  return layout.row.flatMap((row, node) => (row < 0 ? [] : [node]));
}

function place(layout: BandLayout, node: number): { x: number; y: number } {
  return { x: layout.x[node] + METRICS.shape, y: rowMiddle(layout.row[node]) };
}

/** Space between a shape and its links. */
const RADIUS = 7;

/** One link a node, from its parent or from the time bar above the first row; accepted ones lie on top. */
function links(
  layout: BandLayout,
  parent: readonly number[],
  round: number,
  mark: (node: number) => Mark,
): LinkModel[] {
  return shownNodes(layout)
    .map((node) => {
      const to = place(layout, node);
      const from =
        parent[node] < 0
          ? { x: METRICS.shape, y: 0 }
          : { x: place(layout, parent[node]).x, y: place(layout, parent[node]).y + RADIUS };
      const elbow = METRICS.stem + layout.row[node] * METRICS.row - 1;
      return {
        id: `l${round}n${node}`,
        mark: mark(node),
        d: linkPath(from, parent[node] < 0 ? 5 : elbow, { x: to.x, y: to.y - RADIUS }),
      };
    })
    .sort((a, b) => Number(a.mark === 'accepted') - Number(b.mark === 'accepted'));
}

function timeBar(round: RoundHead, scale: number): Bar {
  const { draft, verify, total } = round.t_us;
  const whole = Math.max(scale, total);
  const rest = Math.max(0, total - draft - verify);
  const width = (us: number) => (100 * us) / whole;
  return {
    parts: [
      { phase: 'draft', width: width(draft) },
      { phase: 'verify', width: width(verify) },
      { phase: 'rest', width: width(rest) },
    ],
    cut: total > scale,
    title: t(
      'draft {0}, verify {1}, the rest {2}. {3}',
      duration(draft),
      duration(verify),
      duration(rest),
      total > scale
        ? t('Longer than the scale of {0}: only its proportions are shown.', duration(scale))
        : t('A whole bar is {0}.', duration(scale)),
    ),
  };
}
