import type { BandModel, NodeModel, TextModel } from './bandModel';
import { METRICS } from './layout';
import { OUTLINES, type Mark } from './shapes';
import type { Theme } from './theme';

/** A band on a canvas: what `drawBand` makes of the same model in elements, for the eye alone. */

const outlines = new Map<Mark, Path2D>();

/**
 * @param context with the band's top left at its origin
 * @param width of the band, in CSS pixels
 */
export function paintBand(
  context: CanvasRenderingContext2D,
  model: BandModel,
  width: number,
  theme: Theme,
): void {
  paintHead(context, model, width, theme);
  const top = model.kind === 'plain' ? 0 : METRICS.head;
  context.save();
  context.translate(theme.side, top);
  paintSpine(context, model, theme);
  for (const cell of model.text) paintCell(context, cell, theme);
  paintTokens(context, model.text, METRICS.shape, theme);
  context.translate(METRICS.text, 0);
  context.beginPath();
  context.rect(0, 0, width - METRICS.text - 2 * theme.side, model.height);
  context.clip();
  paintLinks(context, model, theme);
  paintTokens(context, model.nodes, 0, theme);
  context.restore();
  paintWanted(context, model, theme);
}

function paintHead(context: CanvasRenderingContext2D, model: BandModel, width: number, theme: Theme): void {
  const plain = model.kind === 'plain';
  const left = theme.side + (plain ? METRICS.text : 0);
  const right = width - theme.side;
  const base = plain ? 17 : 19;
  context.font = plain ? `11px ${theme.textFont}` : `600 12px ${theme.textFont}`;
  context.fillStyle = plain ? theme.quiet : theme.foreground;
  context.fillText(model.name, left, base);
  const name = context.measureText(model.name).width;
  context.font = `11px ${theme.textFont}`;
  context.fillStyle = theme.quiet;
  context.fillText(model.tally, left + name + 8, base);
  context.textAlign = 'right';
  context.fillText(model.time, right, base);
  context.textAlign = 'left';
  if (model.bar === null) return;
  const y = plain ? 22 : 29;
  const height = plain ? 2 : 6;
  context.globalAlpha = 0.12;
  context.fillRect(left, y, right - left, height);
  context.globalAlpha = 1;
  let x = left;
  for (const { phase, width: part } of model.bar.parts) {
    const length = (part / 100) * (right - left);
    context.fillStyle = theme[phase];
    context.fillRect(x, y, Math.max(0, length - 1), height);
    x += length;
  }
}

function paintSpine(context: CanvasRenderingContext2D, model: BandModel, theme: Theme): void {
  context.strokeStyle = theme.notReached;
  context.globalAlpha = 0.6;
  context.lineWidth = 1;
  context.setLineDash(model.drafting ? [2, 3] : []);
  context.beginPath();
  context.moveTo(METRICS.shape, 0);
  context.lineTo(METRICS.shape, model.text.at(-1)?.y ?? model.bodyHeight);
  context.stroke();
  context.globalAlpha = 1;
  context.setLineDash([]);
}

function paintCell(context: CanvasRenderingContext2D, cell: TextModel, theme: Theme): void {
  const state = stateColour(cell.mark, theme);
  context.beginPath();
  context.roundRect(METRICS.label - 4, cell.y - 11, METRICS.text - METRICS.label, 19, 3);
  if (theme.highContrast) {
    context.strokeStyle = state;
    context.lineWidth = 1;
    context.stroke();
    return;
  }
  context.fillStyle = state;
  context.globalAlpha = 0.18;
  context.fill();
  context.globalAlpha = 1;
}

function paintLinks(context: CanvasRenderingContext2D, model: BandModel, theme: Theme): void {
  for (const { mark, d } of model.links) {
    const isAccepted = mark === 'accepted';
    context.strokeStyle = isAccepted ? theme.accepted : theme.notReached;
    context.globalAlpha = isAccepted ? 1 : 0.75;
    context.lineWidth = isAccepted ? 1.5 : 1;
    context.setLineDash(isAccepted || mark === 'rejected' ? [] : [2, 3]);
    context.stroke(new Path2D(d));
  }
  context.globalAlpha = 1;
  context.setLineDash([]);
}

/** Shapes first, then words: a font is set once for many. */
function paintTokens(
  context: CanvasRenderingContext2D,
  tokens: readonly (NodeModel | TextModel)[],
  column: number,
  theme: Theme,
): void {
  const x = (token: NodeModel | TextModel) => ('x' in token ? token.x : column);
  const label = METRICS.label - METRICS.shape;
  for (const token of tokens) paintShape(context, token.mark, x(token), token.y, theme);
  context.font = `12px ${theme.tokenFont}`;
  for (const token of tokens) {
    const open = token.mark === 'notReached' || token.mark === 'rejected' || token.mark === 'pruned';
    context.fillStyle = open ? theme.quiet : theme.foreground;
    context.fillText(token.label, x(token) + label, token.y + 3);
  }
  context.font = `10.5px ${theme.textFont}`;
  context.fillStyle = theme.quiet;
  for (const token of tokens) context.fillText(token.sub, x(token) + label, token.y + 18);
}

function paintShape(context: CanvasRenderingContext2D, mark: Mark, x: number, y: number, theme: Theme): void {
  let outline = outlines.get(mark);
  if (outline === undefined) outlines.set(mark, (outline = new Path2D(OUTLINES[mark])));
  const state = stateColour(mark, theme);
  context.translate(x, y);
  context.strokeStyle = state;
  context.lineWidth = 1.4;
  context.setLineDash(mark === 'notReached' || mark === 'drafting' ? [2, 2] : []);
  if (mark === 'accepted' || mark === 'bonus' || mark === 'correction') {
    context.fillStyle = state;
    context.fill(outline);
  }
  context.stroke(outline);
  context.setLineDash([]);
  context.translate(-x, -y);
}

function paintWanted(context: CanvasRenderingContext2D, model: BandModel, theme: Theme): void {
  context.font = `11px ${theme.textFont}`;
  context.fillStyle = theme.quiet;
  const top = METRICS.head + model.bodyHeight + METRICS.scroll;
  model.wanted.forEach((line, i) => context.fillText(line, theme.side + 20, top + 11 + 15 * i));
}

function stateColour(mark: Mark, theme: Theme): string {
  switch (mark) {
    case 'accepted':
      return theme.accepted;
    case 'bonus':
    case 'correction':
      return theme.bonus;
    case 'rejected':
      return theme.rejected;
    case 'notReached':
    case 'pruned':
      return theme.notReached;
    case 'drafting':
      return theme.foreground;
  }
}
