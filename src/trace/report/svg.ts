import type { Axis, Chart, Mark, Point } from '../charts/chart';
import { html, type Html } from './html';

/** Drawings as SVG of fixed size in its own units; colours and shapes come from the style sheet. */

const WIDTH = 640;
const HEIGHT = 220;
const MARGIN = { left: 46, right: 12, top: 24, bottom: 42 };
const BOTTOM = HEIGHT - MARGIN.bottom;
/** Radius of a dot. */
const DOT = 2.5;

type Scale = (value: number) => number;

export function chartSvg({ label, x: axisX, y: axisY, marks }: Chart): Html {
  const x = scale(axisX, [MARGIN.left, WIDTH - MARGIN.right]);
  const y = scale(axisY, [BOTTOM, MARGIN.top]);
  return html`<svg viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${label}">
    <path class="axis" d="M${MARGIN.left} ${MARGIN.top}V${BOTTOM}H${WIDTH - MARGIN.right}" />
    ${axisX.ticks.map(
      (tick) =>
        html`<text class="tick" x="${x(tick.at)}" y="${BOTTOM + 15}" text-anchor="middle"
          >${tick.label}</text
        >`,
    )}
    ${axisY.ticks.map(
      (tick) =>
        html`<text class="tick" x="${MARGIN.left - 6}" y="${y(tick.at)}" text-anchor="end" dy="4"
          >${tick.label}</text
        >`,
    )}
    <text class="tick" x="${(MARGIN.left + WIDTH) / 2}" y="${HEIGHT - 8}" text-anchor="middle">
      ${axisX.title}
    </text>
    <text class="tick" x="4" y="12">${axisY.title}</text>
    ${marks.map((mark) => markSvg(mark, x, y))}
  </svg>`;
}

/** What the marks are called. */
export function legend({ marks }: Chart): Html {
  return html`<ul class="key">
    ${marks.map(({ series, name }) => html`<li class="${series}">${name}</li>`)}
  </ul>`;
}

function scale({ domain: [from, to] }: Axis, [start, end]: readonly [number, number]): Scale {
  return (value) => round(start + ((end - start) * (value - from)) / (to - from));
}

function round(pixels: number): number {
  return Math.round(pixels * 10) / 10;
}

function markSvg(mark: Mark, x: Scale, y: Scale): Html {
  const place = (point: Point) => `${x(point.x)} ${y(point.y)}`;
  switch (mark.kind) {
    case 'line':
      return mark.points.length === 0
        ? html``
        : html`<path class="line ${mark.series}" d="M${mark.points.map(place).join('L')}" />`;
    case 'dots':
      return html`<g class="${mark.series}"
        >${mark.points.map((dot) => html`<circle cx="${x(dot.x)}" cy="${y(dot.y)}" r="${DOT}" />`)}</g
      >`;
    case 'bars':
      return html`<g class="${mark.series}"
        >${mark.bars.map(
          ({ from, to, y: value, title }) =>
            html`<rect
              x="${x(from)}"
              y="${y(value)}"
              width="${round(x(to) - x(from))}"
              height="${round(BOTTOM - y(value))}"
              ><title>${title}</title></rect
            >`,
        )}</g
      >`;
    case 'rule':
      return html`<path class="line ${mark.series}" d="M${x(mark.x)} ${MARGIN.top}V${BOTTOM}" />`;
  }
}
