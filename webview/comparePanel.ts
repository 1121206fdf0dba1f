import { scaleLinear, select } from 'd3';
import { t } from '../src/l10n';
import type { ToView } from '../src/protocol/view';
import { compareModel, type CompareModel, type PairedBar, type PairedStrip } from './compareModel';
import type { Panel, Panels } from './panel';
import { drawColumns, drawRows } from './table';

export type Compared = Extract<ToView, { type: 'comparison' }>;

/** What the panel leads to. */
export interface CompareEvents {
  /** The user wants to choose another trace. */
  choose(): void;
  /** The user wants to see a round. */
  show(round: number): void;
  toggled(): void;
}

/** Pixels of the paired strip. */
const HALF = 44;

/** The record beside another trace: where their texts part, which was faster where, and why. */
export class ComparePanel {
  readonly panel: Panel;
  private readonly invitation;
  private readonly content;
  private compared: Compared | null = null;
  /** Whether it was not drawn yet: it becomes higher then, and is to be seen whole. */
  private fresh = false;

  constructor(
    panels: Panels,
    /** What the record is called. */
    private readonly name: () => string,
    private readonly events: CompareEvents,
  ) {
    this.panel = panels.add({
      id: 'compare',
      title: t('Compare'),
      draw: () => this.draw(),
      toggled: () => events.toggled(),
    });
    const { body, actions } = this.panel;
    select(actions)
      .append('button')
      .attr('class', 'link')
      .text(t('Compare with…'))
      .on('click', () => events.choose());
    this.invitation = select(body)
      .append('p')
      .attr('class', 'summary')
      .text(t('Another trace of the same prompt shows where the two part, which was faster where, and why.'));
    const content = (this.content = select(body).append('div').attr('class', 'compare').attr('hidden', ''));
    const names = content.append('dl').attr('class', 'compare-names');
    for (const side of ['A', 'B']) {
      const row = names.append('div');
      row.append('dt').text(side);
      row.append('dd').attr('data-side', side);
    }
    content.append('div').attr('class', 'compare-sentences');
    content
      .append('button')
      .attr('class', 'link compare-parting')
      .on('click', () => {
        const round = this.model()?.parting ?? null;
        if (round !== null) events.show(round);
      });
    const strip = content
      .append('figure')
      .append('svg')
      .attr('class', 'paired')
      .attr('height', 2 * HALF)
      .attr('role', 'img');
    strip.append('g');
    strip.append('path').attr('class', 'paired-line');
    strip.append('text').attr('class', 'paired-name').attr('x', 2).attr('y', 10).text('A');
    strip
      .append('text')
      .attr('class', 'paired-name')
      .attr('x', 2)
      .attr('y', 2 * HALF - 3)
      .text('B');
    content.select('figure').append('figcaption');
    content.append('h3').text(t('Why A took longer (+) or shorter (-)'));
    content.append('ul').attr('class', 'reasons');
    tableIn(content.append('div').attr('class', 'compare-segments').node()!);
    tableIn(content.append('div').attr('class', 'compare-differences').node()!);
    new ResizeObserver(() => this.panel.changed()).observe(body);
  }

  /** A comparison has come: it is shown at once, since the user has just asked for it. */
  show(compared: Compared): void {
    this.compared = compared;
    this.fresh = true;
    this.panel.changed();
    this.panel.reveal();
  }

  /** The record is another one, which is beside nothing. */
  reset(): void {
    this.compared = null;
    this.panel.changed();
  }

  private model(): CompareModel | null {
    return this.compared === null ? null : compareModel(this.compared.comparison, this.compared.extents);
  }

  private draw(): void {
    const model = this.model();
    this.invitation.attr('hidden', model === null ? null : '');
    this.content.attr('hidden', model === null ? '' : null);
    if (model === null || this.compared === null) return;
    const { content } = this;
    content.select('[data-side=A]').text(this.name());
    content.select('[data-side=B]').text(this.compared.other);
    content
      .select('.compare-sentences')
      .selectAll('p')
      .data(model.sentences)
      .join('p')
      .text((sentence) => sentence);
    content
      .select('.compare-parting')
      .attr('hidden', model.parting === null ? '' : null)
      .text(t('Show round {0}, where they part', model.parting ?? 0));
    const any = model.strip.bars.length > 0;
    content.selectAll('figure, h3, .reasons, .compare-segments').attr('hidden', any ? null : '');
    if (any) {
      this.drawStrip(model.strip);
      this.drawReasons(model);
      this.drawSegments(model);
    }
    this.drawDifferences(model);
    if (this.fresh) this.panel.reveal();
    this.fresh = false;
  }

  private drawStrip({ tokens, most, bars }: PairedStrip): void {
    const svg = this.content.select<SVGSVGElement>('.paired');
    const width = svg.node()?.clientWidth ?? 0;
    const x = scaleLinear([0, tokens], [0, width]);
    const height = scaleLinear([0, most], [0, HALF - 2]);
    const faster = {
      a: bars.filter((bar) => bar.faster === 'a').length,
      b: bars.filter((bar) => bar.faster === 'b').length,
    };
    svg.attr(
      'aria-label',
      t(
        'The time a token over the text, of A above and of B below. Of {0} stretches A was faster in {1}, B in {2}.',
        bars.length,
        faster.a,
        faster.b,
      ),
    );
    const bar = svg
      .select('g')
      .selectAll<SVGGElement, PairedBar>('g')
      .data(bars)
      .join((enter) => {
        const g = enter.append('g').attr('class', 'paired-bar');
        g.append('title');
        g.append('rect')
          .attr('class', 'paired-room')
          .attr('y', 0)
          .attr('height', 2 * HALF);
        g.append('rect').attr('class', 'paired-a');
        g.append('rect')
          .attr('class', 'paired-b')
          .attr('y', HALF + 1);
        return g;
      })
      .attr('data-faster', ({ faster: which }) => which)
      .on('click', (_, { round }) => this.events.show(round));
    const wide = ({ from, to }: PairedBar) => Math.max(0.5, x(to) - x(from) - (x(to) - x(from) > 4 ? 1 : 0));
    bar.select('title').text(({ title }) => title);
    bar
      .selectAll<SVGRectElement, PairedBar>('rect')
      .data((one) => [one, one, one])
      .attr('x', ({ from }) => x(from))
      .attr('width', wide);
    bar
      .select<SVGRectElement>('.paired-a')
      .attr('y', ({ a }) => HALF - height(a))
      .attr('height', ({ a }) => height(a));
    bar.select<SVGRectElement>('.paired-b').attr('height', ({ b }) => height(b));
    svg.select('.paired-line').attr('d', `M0,${HALF + 0.5}H${width}`);
    this.content
      .select('figcaption')
      .text(
        t('Time a token, token 0 to {0}: A above, B below. The faster one is in full colour.', tokens - 1),
      );
  }

  private drawReasons({ reasons }: CompareModel): void {
    const row = this.content
      .select('.reasons')
      .selectAll('li')
      .data(reasons)
      .join((enter) => {
        const li = enter.append('li');
        li.append('span').attr('class', 'reason-name');
        li.append('span').attr('class', 'reason-bar').append('span');
        li.append('span').attr('class', 'reason-value');
        return li;
      });
    row.select('.reason-name').text(({ name }) => name);
    row.select('.reason-value').text(({ value }) => value);
    row
      .select('.reason-bar span')
      .attr('data-sign', ({ share }) => (share < 0 ? 'less' : 'more'))
      .style('width', ({ share }) => `${50 * Math.abs(share)}%`)
      .style('left', ({ share }) => `${share < 0 ? 50 + 50 * share : 50}%`);
  }

  private drawSegments({ segments }: CompareModel): void {
    const columns = [t('text'), t('A rounds'), t('B rounds'), 'A', 'B', t('A over B')];
    const table = this.content.select('.compare-segments table');
    drawColumns(table, columns);
    const row = table.select('tbody').selectAll('tr').data(segments).join('tr');
    row
      .selectAll('th')
      .data((segment) => [segment])
      .join((enter) => {
        const th = enter.append('th').attr('scope', 'row');
        th.append('button').attr('class', 'link');
        return th;
      })
      .select('button')
      .text(({ name }) => name)
      .on('click', (_, { round }) => this.events.show(round));
    row
      .selectAll('td')
      .data(({ cells }) => cells)
      .join('td')
      .text((cell) => cell);
  }

  private drawDifferences({ differences }: CompareModel): void {
    const box = this.content.select<HTMLElement>('.compare-differences');
    box.attr('hidden', differences.length === 0 ? '' : null);
    const table = box.select('table');
    drawColumns(table, [t('set differently'), 'A', 'B']);
    drawRows(
      table,
      differences.map(({ name, a, b }) => [name, a, b]),
    );
  }
}

function tableIn(box: HTMLElement): void {
  const table = select(box).append('table');
  table.append('thead').append('tr');
  table.append('tbody');
}
