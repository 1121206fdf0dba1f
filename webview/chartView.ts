import { line, scaleLinear, select, type ScaleLinear } from 'd3';
import type { Chart, Dot, Mark } from '../src/trace/charts/chart';

const HEIGHT = 200;
const MARGIN = { left: 40, right: 10, top: 20, bottom: 38 };
/** Pixels around a dot in which a click means it. */
const REACH = 12;

type Scale = ScaleLinear<number, number>;

/** A chart as SVG, as wide as its room. */
export class ChartView {
  private readonly svg;
  private readonly legend;
  private dots: { readonly x: number; readonly y: number; readonly round: number }[] = [];

  /**
   * @param title what it is called until it is drawn
   * @param show where dots stand for rounds: the user wants to see this one
   */
  constructor(parent: HTMLElement, title: string, show: (round: number) => void) {
    this.svg = select(parent)
      .append('svg')
      .attr('class', 'chart')
      .attr('role', 'img')
      .attr('aria-label', title)
      .attr('height', HEIGHT);
    this.svg.append('path').attr('class', 'chart-axis');
    this.svg.append('g').attr('class', 'chart-ticks');
    this.svg.append('text').attr('class', 'chart-title-x').attr('text-anchor', 'middle');
    this.svg.append('text').attr('class', 'chart-title-y').attr('y', 9);
    this.svg.append('g').attr('class', 'chart-marks');
    this.svg.on('click', (event: PointerEvent) => {
      const near = this.nearest(event.offsetX, event.offsetY);
      if (near !== null) show(near);
    });
    this.legend = select(parent).append('ul').attr('class', 'chart-legend').attr('aria-hidden', 'true');
  }

  draw(chart: Chart): void {
    const width = this.svg.node()?.clientWidth ?? 0;
    const bottom = HEIGHT - MARGIN.bottom;
    const x = scaleLinear(chart.x.domain, [MARGIN.left, Math.max(MARGIN.left, width - MARGIN.right)]);
    const y = scaleLinear(chart.y.domain, [bottom, MARGIN.top]);
    this.svg.attr('aria-label', chart.label);
    this.svg
      .select('.chart-axis')
      .attr('d', `M${MARGIN.left},${MARGIN.top}V${bottom}H${width - MARGIN.right}`);
    const ticks = [
      ...chart.x.ticks.map(({ at, label }) => ({ label, x: x(at), y: bottom + 14, anchor: 'middle' })),
      ...chart.y.ticks.map(({ at, label }) => ({ label, x: MARGIN.left - 5, y: y(at) + 3.5, anchor: 'end' })),
    ];
    this.svg
      .select('.chart-ticks')
      .selectAll('text')
      .data(ticks)
      .join('text')
      .attr('x', (tick) => tick.x)
      .attr('y', (tick) => tick.y)
      .attr('text-anchor', (tick) => tick.anchor)
      .text((tick) => tick.label);
    this.svg
      .select('.chart-title-x')
      .attr('x', (MARGIN.left + width - MARGIN.right) / 2)
      .attr('y', HEIGHT - 6)
      .text(chart.x.title);
    this.svg.select('.chart-title-y').text(chart.y.title);
    this.drawMarks(chart.marks, x, y, bottom);
    const dots = chart.marks.flatMap((mark) => (mark.kind === 'dots' ? mark.points : []));
    this.dots = dots.map((dot) => ({ x: x(dot.x), y: y(dot.y), round: dot.round }));
    this.svg.classed('has-dots', dots.length > 0);
    this.legend
      .selectAll('li')
      .data(chart.marks)
      .join('li')
      .attr('data-series', (mark) => mark.series)
      .attr('data-kind', (mark) => mark.kind)
      .text((mark) => mark.name);
  }

  private drawMarks(marks: readonly Mark[], x: Scale, y: Scale, bottom: number): void {
    const group = this.svg
      .select('.chart-marks')
      .selectAll<SVGGElement, Mark>('g')
      .data(marks)
      .join('g')
      .attr('data-series', (mark) => mark.series);
    group
      .selectAll<SVGPathElement, string>('path')
      .data((mark) => pathsOf(mark, x, y, bottom))
      .join('path')
      .attr('class', ({ kind }) => `chart-${kind}`)
      .attr('d', ({ d }) => d)
      .selectAll('title')
      .data(({ title }) => (title === undefined ? [] : [title]))
      .join('title')
      .text((title) => title);
  }

  private nearest(x: number, y: number): number | null {
    let best = { distance: REACH, round: null as number | null };
    for (const dot of this.dots) {
      const distance = Math.hypot(dot.x - x, dot.y - y);
      if (distance < best.distance) best = { distance, round: dot.round };
    }
    return best.round;
  }
}

interface MarkPath {
  readonly kind: 'line' | 'dots' | 'bar' | 'rule';
  readonly d: string;
  readonly title?: string;
}

function pathsOf(mark: Mark, x: Scale, y: Scale, bottom: number): MarkPath[] {
  switch (mark.kind) {
    case 'line': {
      const d = line<{ x: number; y: number }>()
        .x((point) => x(point.x))
        .y((point) => y(point.y))(mark.points);
      return d === null ? [] : [{ kind: 'line', d }];
    }
    case 'dots':
      // One path for all: a round cap makes a dot of a line without a length.
      return [{ kind: 'dots', d: mark.points.map((dot: Dot) => `M${x(dot.x)},${y(dot.y)}h0`).join('') }];
    case 'bars':
      return mark.bars.map(({ from, to, y: value, title }) => ({
        kind: 'bar',
        d: `M${x(from)},${bottom}V${y(value)}H${x(to)}V${bottom}Z`,
        title,
      }));
    case 'rule':
      return [{ kind: 'rule', d: `M${x(mark.x)},${MARGIN.top}V${bottom}` }];
  }
}
