import type { BandModel, NodeModel, TextModel } from './bandModel';
import { METRICS } from './layout';
import type { Font, Pen } from './pen';
import { OUTLINES, type Mark } from './shapes';
import type { Theme } from './theme';

/** A band as a picture: what `drawBand` makes of the same model in elements, for the eye alone. */

/**
 * @param pen with the band's top left at its origin
 * @param width of the band, in CSS pixels
 */
export function paintBand(pen: Pen, model: BandModel, width: number, theme: Theme): void {
  paintHead(pen, model, width, theme);
  const top = model.kind === 'plain' ? 0 : METRICS.head;
  pen.at(theme.side, top, () => {
    paintSpine(pen, model, theme);
    for (const cell of model.text) paintCell(pen, cell, theme);
    paintTokens(pen, model.text, METRICS.shape, theme);
    const room = { x: 0, y: 0, width: width - METRICS.text - 2 * theme.side, height: model.height };
    pen.at(
      METRICS.text,
      0,
      () => {
        paintLinks(pen, model, theme);
        paintTokens(pen, model.nodes, 0, theme);
      },
      room,
    );
  });
  paintWanted(pen, model, theme);
}

function paintHead(pen: Pen, model: BandModel, width: number, theme: Theme): void {
  const plain = model.kind === 'plain';
  const left = theme.side + (plain ? METRICS.text : 0);
  const right = width - theme.side;
  const base = plain ? 17 : 19;
  const small: Font = { size: 11, family: theme.textFont };
  const name: Font = plain ? small : { size: 12, family: theme.textFont, bold: true };
  pen.text(model.name, left, base, name, plain ? theme.quiet : theme.foreground);
  pen.text(model.tally, left + pen.widthOf(model.name, name) + 8, base, small, theme.quiet);
  pen.text(model.time, right, base, small, theme.quiet, 'end');
  if (model.bar === null) return;
  const y = plain ? 22 : 29;
  const height = plain ? 2 : 6;
  pen.fillBox({ x: left, y, width: right - left, height }, theme.quiet, 0.12);
  let x = left;
  for (const { phase, width: part } of model.bar.parts) {
    const length = (part / 100) * (right - left);
    pen.fillBox({ x, y, width: Math.max(0, length - 1), height }, theme[phase]);
    x += length;
  }
}

function paintSpine(pen: Pen, model: BandModel, theme: Theme): void {
  const end = model.text.at(-1)?.y ?? model.bodyHeight;
  pen.strokePath(`M${METRICS.shape},0V${end}`, {
    colour: theme.notReached,
    width: 1,
    opacity: 0.6,
    dash: model.drafting ? [2, 3] : [],
  });
}

function paintCell(pen: Pen, cell: TextModel, theme: Theme): void {
  const state = stateColour(cell.mark, theme);
  const box = {
    x: METRICS.label - 4,
    y: cell.y - 11,
    width: METRICS.text - METRICS.label,
    height: 19,
    radius: 3,
  };
  if (theme.highContrast) pen.strokeBox(box, { colour: state, width: 1 });
  else pen.fillBox(box, state, 0.18);
}

function paintLinks(pen: Pen, model: BandModel, theme: Theme): void {
  for (const { mark, d } of model.links) {
    const isAccepted = mark === 'accepted';
    pen.strokePath(d, {
      colour: isAccepted ? theme.accepted : theme.notReached,
      width: isAccepted ? 1.5 : 1,
      opacity: isAccepted ? 1 : 0.75,
      dash: isAccepted || mark === 'rejected' ? [] : [2, 3],
    });
  }
}

/** Shapes first, then words: a font is set once for many. */
function paintTokens(
  pen: Pen,
  tokens: readonly (NodeModel | TextModel)[],
  column: number,
  theme: Theme,
): void {
  const x = (token: NodeModel | TextModel) => ('x' in token ? token.x : column);
  const label = METRICS.label - METRICS.shape;
  for (const token of tokens) paintShape(pen, token.mark, x(token), token.y, theme);
  const words: Font = { size: 12, family: theme.tokenFont };
  for (const token of tokens) {
    const open = token.mark === 'notReached' || token.mark === 'rejected' || token.mark === 'pruned';
    pen.text(token.label, x(token) + label, token.y + 3, words, open ? theme.quiet : theme.foreground);
  }
  const small: Font = { size: 10.5, family: theme.textFont };
  for (const token of tokens) pen.text(token.sub, x(token) + label, token.y + 18, small, theme.quiet);
}

/** A token's mark around a point. */
export function paintShape(pen: Pen, mark: Mark, x: number, y: number, theme: Theme): void {
  const state = stateColour(mark, theme);
  pen.at(x, y, () => {
    if (mark === 'accepted' || mark === 'bonus' || mark === 'correction') pen.fillPath(OUTLINES[mark], state);
    pen.strokePath(OUTLINES[mark], {
      colour: state,
      width: 1.4,
      dash: mark === 'notReached' || mark === 'drafting' ? [2, 2] : [],
    });
  });
}

function paintWanted(pen: Pen, model: BandModel, theme: Theme): void {
  const small: Font = { size: 11, family: theme.textFont };
  const top = METRICS.head + model.bodyHeight + METRICS.scroll;
  model.wanted.forEach((line, i) => pen.text(line, theme.side + 20, top + 11 + 15 * i, small, theme.quiet));
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
