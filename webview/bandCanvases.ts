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

/** Milliseconds of a frame in which bands are painted that are not in sight yet. */
const BUDGET = 3;

/**
 * The bands that have no elements yet, each on a canvas of its own behind those that have: it is painted once, and
 * scrolls with the list, so that it never lags behind. The painting is done off the page, where a font does not ask
 * for the page's styles, and is handed over as a picture, which the browser takes once and not, as it does with a
 * canvas that is drawn on, in every frame.
 */
export class BandCanvases {
  private readonly root: HTMLElement;
  private readonly surface = new OffscreenCanvas(1, 1);
  private readonly context = this.surface.getContext('2d', { alpha: false });
  private theme: Theme | null = null;
  private painted = new Map<BandModel, HTMLCanvasElement>();
  private readonly free: HTMLCanvasElement[] = [];

  constructor(private readonly parent: HTMLElement) {
    this.root = select(parent).append('div').attr('class', 'bands-mass').attr('aria-hidden', 'true').node()!;
  }

  /** The theme, the width, or the pixels of the screen became others. */
  restyle(): void {
    this.theme = null;
    for (const canvas of this.painted.values()) this.release(canvas);
    this.painted.clear();
  }

  /**
   * Shows these bands and no others.
   *
   * @param bands the ones in sight first: these are painted at once, the others while there is time
   * @param seen how many are in sight
   * @param width in CSS pixels
   */
  draw(bands: readonly Placed[], seen: number, width: number): void {
    const kept = new Map<BandModel, HTMLCanvasElement>();
    const left = new Map(this.painted);
    for (const { model } of bands) {
      const canvas = left.get(model);
      if (canvas !== undefined) kept.set(model, canvas);
      left.delete(model);
    }
    for (const canvas of left.values()) this.release(canvas);
    this.painted = kept;
    const began = performance.now();
    bands.forEach(({ model, top }, i) => {
      let canvas = kept.get(model);
      if (canvas === undefined) {
        if (i >= seen && performance.now() - began > BUDGET) return;
        canvas = this.paint(model, width);
        kept.set(model, canvas);
      }
      canvas.style.transform = `translateY(${top}px)`;
    });
  }

  private paint(model: BandModel, width: number): HTMLCanvasElement {
    const canvas = this.take();
    const { context, surface } = this;
    this.theme ??= readTheme(this.parent);
    const ratio = devicePixelRatio;
    surface.width = Math.max(1, Math.round(width * ratio));
    surface.height = Math.max(1, Math.ceil(model.height * ratio));
    canvas.style.width = `${surface.width / ratio}px`;
    canvas.style.height = `${surface.height / ratio}px`;
    if (context === null) return canvas;
    context.fillStyle = this.theme.ground;
    context.fillRect(0, 0, surface.width, surface.height);
    context.scale(ratio, ratio);
    paintBand(new CanvasPen(context), model, width, this.theme);
    canvas
      .getContext('bitmaprenderer', { alpha: false })
      ?.transferFromImageBitmap(surface.transferToImageBitmap());
    return canvas;
  }

  /** A canvas that nothing needs any more, or a new one. */
  private take(): HTMLCanvasElement {
    return this.free.pop() ?? this.root.appendChild(document.createElement('canvas'));
  }

  /** Moved out of sight: to hide it would be a layout. */
  private release(canvas: HTMLCanvasElement): void {
    canvas.style.transform = 'translateY(-100%)';
    this.free.push(canvas);
  }
}
