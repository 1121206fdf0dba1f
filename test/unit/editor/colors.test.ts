import assert from 'node:assert/strict';
import manifest from '../../../package.json';

type Rgb = readonly [number, number, number];

/** Linear light from `#rrggbb`. */
function linear(hex: string): Rgb {
  const channel = (at: number) => {
    const value = parseInt(hex.slice(at, at + 2), 16) / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  };
  return [channel(1), channel(3), channel(5)];
}

const luminance = ([r, g, b]: Rgb) => 0.2126 * r + 0.7152 * g + 0.0722 * b;

/** WCAG 2 contrast ratio. */
function contrast(a: Rgb, b: Rgb): number {
  const [dark, light] = [luminance(a), luminance(b)].sort((x, y) => x - y);
  return (light + 0.05) / (dark + 0.05);
}

/** Machado, Oliveira and Fernandes (2009), severity 1, on linear light. */
const VISION: Readonly<Record<string, readonly [Rgb, Rgb, Rgb]>> = {
  normal: [
    [1, 0, 0],
    [0, 1, 0],
    [0, 0, 1],
  ],
  protanopia: [
    [0.152286, 1.052583, -0.204868],
    [0.114503, 0.786281, 0.099216],
    [-0.003882, -0.048116, 1.051998],
  ],
  deuteranopia: [
    [0.367322, 0.860646, -0.227968],
    [0.280085, 0.672501, 0.047413],
    [-0.01182, 0.04294, 0.968881],
  ],
  tritanopia: [
    [1.255528, -0.076749, -0.178779],
    [-0.078411, 0.930809, 0.147602],
    [0.004733, 0.691367, 0.3039],
  ],
};

function seen(vision: string, rgb: Rgb): Rgb {
  const row = (weights: Rgb) =>
    Math.min(1, Math.max(0, weights[0] * rgb[0] + weights[1] * rgb[1] + weights[2] * rgb[2]));
  const [r, g, b] = VISION[vision];
  return [row(r), row(g), row(b)];
}

/** Oklab, in which distances are about as large as the difference that is seen. */
function oklab([r, g, b]: Rgb): Rgb {
  const l = Math.cbrt(0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b);
  const m = Math.cbrt(0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b);
  const s = Math.cbrt(0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b);
  return [
    0.2104542553 * l + 0.793617785 * m - 0.0040720468 * s,
    1.9779984951 * l - 2.428592205 * m + 0.4505937099 * s,
    0.0259040371 * l + 0.7827717662 * m - 0.808675766 * s,
  ];
}

const difference = (a: Rgb, b: Rgb) => Math.hypot(...oklab(a).map((x, i) => x - oklab(b)[i]));

/** The usual backgrounds of editor and side bar, in the themes that come with VS Code. */
const BACKGROUNDS = {
  dark: ['#181818', '#1e1e1e', '#252526', '#1f1f1f'],
  light: ['#ffffff', '#f8f8f8', '#f3f3f3'],
  highContrast: ['#000000'],
  highContrastLight: ['#ffffff'],
} as const;

/** WCAG 1.4.11 asks 3:1 of graphics; in high-contrast themes they get what it asks of text. */
const NEEDED = { dark: 3, light: 3, highContrast: 4.5, highContrastLight: 4.5 } as const;

/** Several times what can just be told apart side by side; each state has a shape of its own as well. */
const APART = 0.1;

describe('the theme colours', () => {
  const { colors } = manifest.contributes;
  for (const theme of ['dark', 'light', 'highContrast', 'highContrastLight'] as const) {
    it(`stand out from the background of a ${theme} theme`, () => {
      for (const { id, defaults } of colors) {
        for (const background of BACKGROUNDS[theme]) {
          const ratio = contrast(linear(defaults[theme]), linear(background));
          assert.ok(ratio >= NEEDED[theme], `${id} on ${background}: ${ratio.toFixed(2)}`);
        }
      }
    });

    for (const vision of Object.keys(VISION)) {
      it(`can be told apart in a ${theme} theme with ${vision} vision`, () => {
        colors.forEach((one, i) => {
          for (const other of colors.slice(i + 1)) {
            const [a, b] = [one, other].map(({ defaults }) => seen(vision, linear(defaults[theme])));
            const apart = difference(a, b);
            assert.ok(apart >= APART, `${one.id} and ${other.id}: ${apart.toFixed(3)}`);
          }
        });
      });
    }
  }
});
