import type { BandModel } from './bandModel';
import { legendPhases, legendShapes } from './legend';
import { METRICS } from './layout';
import { paintBand, paintShape } from './paint';
import type { Font, Pen } from './pen';
import type { Theme } from './theme';

/** What a picture of the view holds: its heading, bands from top to bottom, and what the shapes mean. */
export interface Picture {
  readonly title: string;
  /** What ran, and the numbers of the header, a line each. */
  readonly lines: readonly string[];
  readonly bands: readonly BandModel[];
  /** CSS pixels. */
  readonly width: number;
  readonly height: number;
}

const HEADING = { top: 22, line: 16, gap: 14 };
const LEGEND = { height: 30, base: 19, gap: 14 };

/**
 * @param width of the list; a tree that has to scroll there is shown whole
 */
export function pictureOf(
  title: string,
  lines: readonly string[],
  bands: readonly BandModel[],
  width: number,
  theme: Theme,
): Picture {
  const wholeTrees = bands.map(({ treeWidth }) => treeWidth + METRICS.text + 2 * theme.side);
  return {
    title,
    lines,
    bands,
    width: Math.max(width, ...wholeTrees),
    height: bands.reduce((sum, { height }) => sum + height, headingHeight(lines) + LEGEND.height),
  };
}

export function paintPicture(pen: Pen, picture: Picture, theme: Theme): void {
  const { title, lines, bands, width, height } = picture;
  pen.fillBox({ x: 0, y: 0, width, height }, theme.ground);
  const name: Font = { size: 14, family: theme.textFont, bold: true };
  const small: Font = { size: 11, family: theme.textFont };
  pen.text(title, theme.side, HEADING.top, name, theme.foreground);
  lines.forEach((line, i) => {
    pen.text(line, theme.side, HEADING.top + (i + 1) * HEADING.line, small, theme.quiet);
  });
  let top = headingHeight(lines);
  for (const band of bands) {
    pen.at(0, top, () => paintBand(pen, band, width, theme));
    top += band.height;
  }
  paintLegend(pen, top, theme, small);
}

function headingHeight(lines: readonly string[]): number {
  return HEADING.top + lines.length * HEADING.line + HEADING.gap;
}

function paintLegend(pen: Pen, top: number, theme: Theme, font: Font): void {
  let x = theme.side + 6;
  const base = top + LEGEND.base;
  const word = (text: string) => {
    pen.text(text, x, base, font, theme.quiet);
    x += pen.widthOf(text, font) + LEGEND.gap;
  };
  for (const [mark, name] of legendShapes()) {
    paintShape(pen, mark, x, base - 4, theme);
    x += 11;
    word(name);
  }
  for (const [phase, name] of legendPhases()) {
    pen.fillBox({ x: x - 6, y: base - 7, width: 12, height: 6 }, theme[phase]);
    x += 10;
    word(name);
  }
}
