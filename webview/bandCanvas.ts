import { select } from 'd3';
import type { BandModel } from './bandModel';
import { CanvasPen } from './canvasPen';
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
   * @param bands top to bottom, somewhat more than is seen
   * @param seen those of them that are; none hides the canvas
   * @param width in CSS pixels
   */
  draw(bands: readonly Placed[], seen: readonly Placed[], width: number): void {
    if (this.canvas.hidden !== (seen.length === 0)) this.canvas.hidden = seen.length === 0;
    if (seen.every((band) => this.shows(band))) return;
    this.painted = bands;
    this.theme ??= readTheme(this.parent);
    const first = bands[0].top;
    const last = bands[bands.length - 1];
    const ratio = devicePixelRatio;
    this.resize(Math.round(width * ratio), Math.ceil((last.top + last.model.height - first) * ratio), ratio);
    select(this.canvas).style('top', `${first}px`);
    const context = this.canvas.getContext('2d', { alpha: false });
    if (context === null) return;
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.fillStyle = this.theme.ground;
    context.fillRect(0, 0, this.canvas.width, this.canvas.height);
    const pen = new CanvasPen(context);
    for (const { model, top } of bands) {
      context.setTransform(ratio, 0, 0, ratio, 0, (top - first) * ratio);
      paintBand(pen, model, width, this.theme);
    }
  }

  private shows({ model, top }: Placed): boolean {
    return this.painted.some((band) => band.model === model && band.top === top);
  }

  /** Grows only, while the list is as wide: a canvas of another size is another piece of memory. */
  private resize(width: number, height: number, ratio: number): void {
    const { canvas } = this;
    if (canvas.width === width && canvas.height >= height) return;
    canvas.width = width;
    canvas.height = height;
    select(canvas)
      .style('width', `${width / ratio}px`)
      .style('height', `${height / ratio}px`);
  }
}
