import { select } from 'd3';
import type { BandModel } from './bandModel';
import { paintBand } from './paint';
import { readTheme, type Theme } from './theme';

/** A model and where its band begins, in the pixels of the list. */
export interface Placed {
  readonly model: BandModel;
  readonly top: number;
}

/**
 * The bands that have no elements yet, drawn behind those that have. The canvas scrolls with the list, so what is
 * on it never lags behind; it is painted again where the list shows more than it holds.
 */
export class BandCanvas {
  private readonly canvas: HTMLCanvasElement;
  private theme: Theme | null = null;
  private painted: readonly Placed[] = [];

  constructor(private readonly parent: HTMLElement) {
    this.canvas = select(parent)
      .append('canvas')
      .attr('class', 'bands-mass')
      .attr('aria-hidden', 'true')
      .attr('hidden', '')
      .node()!;
  }

  /** The theme, or the pixels of the screen, became others. */
  restyle(): void {
    this.theme = null;
    this.painted = [];
  }

  /**
   * @param bands top to bottom; none hides the canvas
   * @param width in CSS pixels
   */
  draw(bands: readonly Placed[], width: number): void {
    select(this.canvas).attr('hidden', bands.length === 0 ? '' : null);
    if (bands.length === 0 || same(bands, this.painted)) return;
    this.painted = bands;
    this.theme ??= readTheme(this.parent);
    const first = bands[0].top;
    const last = bands[bands.length - 1];
    const height = last.top + last.model.height - first;
    const ratio = devicePixelRatio;
    // Setting the size clears the canvas, too.
    this.canvas.width = Math.round(width * ratio);
    this.canvas.height = Math.round(height * ratio);
    select(this.canvas)
      .style('top', `${first}px`)
      .style('width', `${width}px`)
      .style('height', `${height}px`);
    const context = this.canvas.getContext('2d');
    if (context === null) return;
    for (const { model, top } of bands) {
      context.setTransform(ratio, 0, 0, ratio, 0, (top - first) * ratio);
      paintBand(context, model, width, this.theme);
    }
  }
}

function same(a: readonly Placed[], b: readonly Placed[]): boolean {
  return a.length === b.length && a.every(({ model, top }, i) => b[i].model === model && b[i].top === top);
}
