/** How a line or an outline is drawn. */
export interface Stroke {
  readonly colour: string;
  readonly width: number;
  /** Lengths of dash and gap; empty for a whole line. */
  readonly dash?: readonly number[];
  readonly opacity?: number;
}

export interface Font {
  /** CSS pixels. */
  readonly size: number;
  /** Of CSS: one or more names, with commas. */
  readonly family: string;
  readonly bold?: boolean;
}

export interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  /** Of the corners. */
  readonly radius?: number;
}

/**
 * What the view's picture is drawn with: on a canvas for the screen, or into a file. All in CSS pixels, from the top
 * left.
 */
export interface Pen {
  fillBox(box: Box, colour: string, opacity?: number): void;
  strokeBox(box: Box, stroke: Stroke): void;
  /** @param outline of an SVG path */
  fillPath(outline: string, colour: string): void;
  strokePath(outline: string, stroke: Stroke): void;
  /** @param y of the base line; `end` puts the text's right edge at `x` */
  text(text: string, x: number, y: number, font: Font, colour: string, align?: 'start' | 'end'): void;
  /** CSS pixels that a text takes. */
  widthOf(text: string, font: Font): number;
  /** Draws with another origin, and inside a box of it where one is given. */
  at(x: number, y: number, draw: () => void, clip?: Box): void;
}
