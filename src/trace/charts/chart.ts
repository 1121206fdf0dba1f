/**
 * A drawing in the units of its data: what there is to see, without a pixel. The view draws it as elements as wide
 * as it has room, the report as text.
 */
export interface Chart {
  /** What it shows, in a sentence, for who cannot see it. */
  readonly label: string;
  readonly x: Axis;
  readonly y: Axis;
  /** The later ones lie above the earlier. */
  readonly marks: readonly Mark[];
}

export interface Axis {
  readonly title: string;
  /** What its two ends stand for. */
  readonly domain: readonly [number, number];
  readonly ticks: readonly Tick[];
}

export interface Tick {
  readonly at: number;
  readonly label: string;
}

/** What is drawn, by which the style sheets tell lines and bars apart. */
export type Series =
  | 'cost'
  | 'forwards'
  | 'tokens'
  | 'breakEven'
  | 'best'
  | 'now'
  | 'drafted'
  | 'accepted'
  | 'conditional'
  | 'possible'
  | 'predicted'
  | 'extrapolated'
  | 'recorded'
  | 'asked';

/** Marks of one kind; `name` is what the legend calls them. */
export type Mark = { readonly series: Series; readonly name: string } & (
  | { readonly kind: 'line'; readonly points: readonly Point[] }
  | { readonly kind: 'dots'; readonly points: readonly Dot[] }
  | { readonly kind: 'bars'; readonly bars: readonly Bar[] }
  /** A line across the drawing at one x. */
  | { readonly kind: 'rule'; readonly x: number }
);

export interface Point {
  readonly x: number;
  readonly y: number;
}

/** A point that stands for a round. */
export interface Dot extends Point {
  readonly round: number;
}

/** From the axis up to `y`. */
export interface Bar {
  readonly from: number;
  readonly to: number;
  readonly y: number;
  /** Its numbers in words. */
  readonly title: string;
}

/** The numbers of a drawing, for who wants them exact. */
export interface Table {
  readonly caption: string;
  readonly columns: readonly string[];
  /** The first cell of a row names it. */
  readonly rows: readonly (readonly string[])[];
}

/** A drawing with what it is made of. */
export interface ChartStory {
  readonly chart: Chart;
  /** What one sees, in a sentence or two. */
  readonly summary: string;
  /** How the numbers are counted, a sentence each. */
  readonly formulas: readonly string[];
  readonly tables: readonly Table[];
}
