import { escapeXml } from './xml';
import type { Box, Font, Pen, Stroke } from './pen';

type Value = string | number | undefined;

/** Writes an SVG file that needs nothing besides itself: every colour and font stands where it is used. */
export class SvgPen implements Pen {
  private readonly parts: string[] = [];
  private clips = 0;

  /**
   * @param measure CSS pixels that a text takes
   * @param plain a colour of CSS as every reader of SVG knows it
   */
  constructor(
    private readonly measure: (text: string, font: Font) => number,
    private readonly plain: (colour: string) => string,
  ) {}

  /** The file, of so many pixels. */
  document(width: number, height: number, title: string): string {
    const size = `width="${number(width)}" height="${number(height)}" viewBox="0 0 ${number(width)} ${number(height)}"`;
    return [
      '<?xml version="1.0" encoding="UTF-8"?>',
      `<svg xmlns="http://www.w3.org/2000/svg" ${size} role="img">`,
      `<title>${escapeXml(title)}</title>`,
      ...this.parts,
      '</svg>',
      '',
    ].join('\n');
  }

  fillBox(box: Box, colour: string, opacity?: number): void {
    this.element('rect', { ...boxOf(box), fill: this.plain(colour), 'fill-opacity': opacity });
  }

  strokeBox(box: Box, stroke: Stroke): void {
    this.element('rect', { ...boxOf(box), fill: 'none', ...this.strokeOf(stroke) });
  }

  fillPath(outline: string, colour: string): void {
    this.element('path', { d: outline, fill: this.plain(colour) });
  }

  strokePath(outline: string, stroke: Stroke): void {
    this.element('path', { d: outline, fill: 'none', ...this.strokeOf(stroke) });
  }

  text(text: string, x: number, y: number, font: Font, colour: string, align: 'start' | 'end' = 'start') {
    if (text.trim() === '') return;
    const attributes = {
      x,
      y,
      fill: this.plain(colour),
      'font-size': font.size,
      'font-family': font.family,
      'font-weight': font.bold === true ? 600 : undefined,
      'text-anchor': align === 'end' ? 'end' : undefined,
      'xml:space': 'preserve',
    };
    this.parts.push(`<text${attributesOf(attributes)}>${escapeXml(text)}</text>`);
  }

  widthOf(text: string, font: Font): number {
    return this.measure(text, font);
  }

  at(x: number, y: number, draw: () => void, clip?: Box): void {
    let clipped: string | undefined;
    if (clip !== undefined) {
      const id = `clip${this.clips++}`;
      this.parts.push(`<clipPath id="${id}"><rect${attributesOf(boxOf(clip))}/></clipPath>`);
      clipped = `url(#${id})`;
    }
    const attributes = { transform: `translate(${number(x)},${number(y)})`, 'clip-path': clipped };
    this.parts.push(`<g${attributesOf(attributes)}>`);
    draw();
    this.parts.push('</g>');
  }

  private element(name: string, attributes: Record<string, Value>): void {
    this.parts.push(`<${name}${attributesOf(attributes)}/>`);
  }

  private strokeOf({ colour, width, dash = [], opacity }: Stroke): Record<string, Value> {
    return {
      stroke: this.plain(colour),
      'stroke-width': width,
      'stroke-dasharray': dash.length === 0 ? undefined : dash.join(' '),
      'stroke-opacity': opacity,
    };
  }
}

function boxOf({ radius, ...box }: Box): Record<string, Value> {
  return { ...box, rx: radius };
}

function attributesOf(attributes: Record<string, Value>): string {
  return Object.entries(attributes)
    .map(([name, value]) => {
      if (value === undefined) return '';
      return ` ${name}="${typeof value === 'number' ? number(value) : escapeXml(value)}"`;
    })
    .join('');
}

/** Hundredths of a pixel are enough. */
function number(value: number): string {
  return String(Math.round(value * 100) / 100);
}
