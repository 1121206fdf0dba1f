import type { Box, Font, Pen, Stroke } from './pen';

/** Outlines that are drawn over and over are made once; most rounds' are alike. */
const outlines = new Map<string, Path2D>();
const MOST_OUTLINES = 512;

/** Draws on a canvas. Nothing that is set is set again: a font costs more than the text that it writes. */
export class CanvasPen implements Pen {
  private font = '';

  constructor(private readonly context: CanvasRenderingContext2D | OffscreenCanvasRenderingContext2D) {}

  fillBox(box: Box, colour: string, opacity = 1): void {
    const { context } = this;
    context.fillStyle = colour;
    context.globalAlpha = opacity;
    if (box.radius === undefined) context.fillRect(box.x, box.y, box.width, box.height);
    else {
      this.outlineBox(box);
      context.fill();
    }
    context.globalAlpha = 1;
  }

  strokeBox(box: Box, stroke: Stroke): void {
    this.outlineBox(box);
    this.withStroke(stroke, () => this.context.stroke());
  }

  fillPath(outline: string, colour: string): void {
    this.context.fillStyle = colour;
    this.context.fill(pathOf(outline));
  }

  strokePath(outline: string, stroke: Stroke): void {
    this.withStroke(stroke, () => this.context.stroke(pathOf(outline)));
  }

  text(text: string, x: number, y: number, font: Font, colour: string, align: 'start' | 'end' = 'start') {
    this.useFont(font);
    this.context.fillStyle = colour;
    this.context.textAlign = align === 'end' ? 'right' : 'left';
    this.context.fillText(text, x, y);
  }

  widthOf(text: string, font: Font): number {
    this.useFont(font);
    return this.context.measureText(text).width;
  }

  at(x: number, y: number, draw: () => void, clip?: Box): void {
    const { context } = this;
    // Only a clip needs the whole state saved: the other settings are each drawing's own.
    if (clip !== undefined) context.save();
    context.translate(x, y);
    if (clip !== undefined) {
      context.beginPath();
      context.rect(clip.x, clip.y, clip.width, clip.height);
      context.clip();
    }
    draw();
    if (clip === undefined) context.translate(-x, -y);
    else {
      context.restore();
      this.font = '';
    }
  }

  private outlineBox({ x, y, width, height, radius = 0 }: Box): void {
    this.context.beginPath();
    this.context.roundRect(x, y, width, height, radius);
  }

  private withStroke({ colour, width, dash = [], opacity = 1 }: Stroke, stroke: () => void): void {
    const { context } = this;
    context.strokeStyle = colour;
    context.lineWidth = width;
    context.globalAlpha = opacity;
    context.setLineDash([...dash]);
    stroke();
    context.globalAlpha = 1;
  }

  private useFont({ size, family, bold = false }: Font): void {
    const font = `${bold ? '600 ' : ''}${size}px ${family}`;
    if (font !== this.font) this.context.font = font;
    this.font = font;
  }
}

function pathOf(outline: string): Path2D {
  const known = outlines.get(outline);
  if (known !== undefined) return known;
  const path = new Path2D(outline);
  if (outlines.size < MOST_OUTLINES) outlines.set(outline, path);
  return path;
}
