import { brushX, select, type D3BrushEvent } from 'd3';
import { t } from '../src/l10n';
import type { Analyses } from './analyses';
import type { StripPlaces } from './strip';
import type { Range } from './supply';

const HEIGHT = 14;

/**
 * A lane below the strip in which a part of the run is chosen: by dragging, by the handles' arrow keys, or as what
 * the list shows. The charts are then about these rounds.
 */
export class RangeBrush {
  private readonly root;
  private readonly lane;
  private readonly brush = brushX<unknown>().on('end', (event: D3BrushEvent<unknown>) => this.brushed(event));
  private places: StripPlaces | null = null;
  /** What is drawn, so that the brush is moved only where it stands elsewhere. */
  private drawn = '';

  /** @param seen the rounds that the list shows */
  constructor(
    parent: HTMLElement,
    private readonly analyses: Analyses,
    private readonly seen: () => readonly [number, number],
  ) {
    this.root = select(parent).append('div').attr('class', 'brush');
    this.lane = this.root.append('svg').attr('height', HEIGHT).append('g').attr('class', 'brush-lane');
    const line = this.root.append('div').attr('class', 'brush-line');
    line.append('span').attr('class', 'brush-text').attr('aria-live', 'polite');
    line
      .append('button')
      .attr('class', 'link brush-seen')
      .text(t('Only the rounds in sight'))
      .on('click', () => {
        const [first, last] = this.seen();
        this.choose([first, last + 1]);
      });
    line
      .append('button')
      .attr('class', 'link brush-all')
      .text(t('All rounds'))
      .on('click', () => this.choose(null));
  }

  /** @param places where the strip has its rounds */
  draw(places: StripPlaces): void {
    const { range, remark } = this.analyses;
    const { width, columnWidth, perColumn, count } = places;
    const mark = [width, columnWidth, perColumn, count, range, remark].join(' ');
    if (mark === this.drawn) return;
    this.drawn = mark;
    this.places = places;
    this.root.select('svg').attr('width', places.width);
    this.brush.extent([
      [0, 0],
      [Math.max(1, places.x(places.count)), HEIGHT],
    ]);
    this.lane.call(this.brush);
    this.lane.call((lane) =>
      this.brush.move(lane, range === null ? null : [places.x(range[0]), places.x(range[1])]),
    );
    this.drawHandles(places, range);
    this.root
      .select('.brush-text')
      .text(
        remark !== ''
          ? remark
          : range === null
            ? t('Charts show all {0} rounds. Drag below the strip to choose some.', places.count)
            : t('Charts show rounds {0} to {1} of {2}.', range[0], range[1] - 1, places.count),
      );
    this.root.select('.brush-all').attr('hidden', range === null ? '' : null);
  }

  private drawHandles({ count }: StripPlaces, range: Range | null): void {
    const ends = [
      { side: 'w', name: t('First round of the charts'), at: range?.[0] ?? 0 },
      { side: 'e', name: t('Last round of the charts'), at: (range?.[1] ?? count) - 1 },
    ] as const;
    for (const { side, name, at } of ends) {
      const handle = this.lane.select(`.handle--${side}`);
      // Without a chosen part there is no end of it to move.
      const set = (attribute: string, value: string | number) =>
        handle.attr(attribute, range === null ? null : value);
      set('tabindex', 0);
      set('role', 'slider');
      set('aria-label', name);
      set('aria-valuemin', 0);
      set('aria-valuemax', count - 1);
      set('aria-valuenow', at);
      handle.on('keydown', (event: KeyboardEvent) => this.onKey(event, side));
    }
  }

  private brushed({ sourceEvent, selection }: D3BrushEvent<unknown>): void {
    const { places } = this;
    // What moved it here was the drawing itself.
    if (sourceEvent === undefined || sourceEvent === null || places === null) return;
    if (selection === null) this.choose(null);
    else {
      const [from, to] = selection as [number, number];
      const first = places.roundAt(from);
      this.choose([
        first,
        Math.max(first + 1, Math.min(places.count, places.roundAt(to) + places.perColumn)),
      ]);
    }
  }

  private onKey(event: KeyboardEvent, side: 'w' | 'e'): void {
    const { range } = this.analyses;
    const { places } = this;
    if (range === null || places === null) return;
    if (event.key === 'Escape') this.choose(null);
    else {
      const steps: Record<string, number> = { ArrowLeft: -1, ArrowRight: 1, PageDown: -10, PageUp: 10 };
      if (!(event.key in steps)) return;
      const [first, last] = range;
      const by = steps[event.key];
      if (side === 'w') this.choose([Math.max(0, Math.min(last - 1, first + by)), last]);
      else this.choose([first, Math.max(first + 1, Math.min(places.count, last + by))]);
    }
    event.preventDefault();
  }

  private choose(range: Range | null): void {
    this.drawn = '';
    this.analyses.range = range;
  }
}
