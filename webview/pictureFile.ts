import type { PictureFormat } from '../src/protocol/view';
import { CanvasPen } from './canvasPen';
import type { Font } from './pen';
import { paintPicture, type Picture } from './picture';
import { SvgPen } from './svgPen';
import type { Theme } from './theme';

/** Pixels of a PNG for one of CSS; less where a browser would make no canvas so large. */
const SCALE = 2;
const LARGEST = { side: 16_384, area: 1 << 26 };

/** The file of a picture, complete in itself. */
export async function pictureFile(
  format: PictureFormat,
  picture: Picture,
  theme: Theme,
): Promise<ArrayBuffer> {
  switch (format) {
    case 'svg':
      return new TextEncoder().encode(svgOf(picture, theme)).buffer;
    case 'png':
      return pngOf(picture, theme);
  }
}

function svgOf(picture: Picture, theme: Theme): string {
  const context = contextOf(1, 1);
  const ruler = new CanvasPen(context);
  const pen = new SvgPen(
    (text: string, font: Font) => ruler.widthOf(text, font),
    (colour) => opaque(context, colour, theme.ground),
  );
  paintPicture(pen, picture, theme);
  return pen.document(picture.width, picture.height, picture.title);
}

async function pngOf(picture: Picture, theme: Theme): Promise<ArrayBuffer> {
  const { width, height } = picture;
  const scale = Math.min(
    SCALE,
    LARGEST.side / Math.max(width, height),
    Math.sqrt(LARGEST.area / (width * height)),
  );
  const context = contextOf(Math.ceil(width * scale), Math.ceil(height * scale));
  context.scale(scale, scale);
  paintPicture(new CanvasPen(context), picture, theme);
  const blob = await new Promise<Blob | null>((made) => context.canvas.toBlob(made, 'image/png'));
  if (blob === null) throw new Error(`The browser made no PNG of ${width} by ${height} pixels.`);
  return blob.arrayBuffer();
}

function contextOf(width: number, height: number): CanvasRenderingContext2D {
  const canvas = document.createElement('canvas');
  canvas.width = width;
  canvas.height = height;
  const context = canvas.getContext('2d', { willReadFrequently: true });
  if (context === null) throw new Error('The browser gives no canvas to draw on.');
  return context;
}

/** A colour of CSS, laid on the ground, in the notation that every reader of SVG knows. */
function opaque(context: CanvasRenderingContext2D, colour: string, ground: string): string {
  for (const layer of [ground, colour]) {
    context.fillStyle = layer;
    context.fillRect(0, 0, 1, 1);
  }
  const rgb = context.getImageData(0, 0, 1, 1).data.subarray(0, 3);
  return `#${Array.from(rgb, (byte) => byte.toString(16).padStart(2, '0')).join('')}`;
}
