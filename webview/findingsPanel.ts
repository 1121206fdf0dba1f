import { select } from 'd3';
import { t } from '../src/l10n';
import type { EvidentChart, SettingChange } from '../src/trace/findings/finding';
import type { Analyses } from './analyses';
import { findingModel, type FindingModel } from './findingModel';
import type { Item } from '../src/trace/item';
import { Panel } from './panel';
import type { RecordStore } from './store';

/** What a finding leads to. */
export interface FindingEvents {
  /** Look at the chart that shows it. */
  chart(chart: EvidentChart): void;
  /** Look at a round or node that shows it. */
  item(item: Item): void;
  /** Change the setting that it proposes. */
  change(change: SettingChange): void;
}

/** Why the run is not faster, and what to change: the sentences, each with its evidence and its button. */
export class FindingsPanel {
  readonly panel: Panel;
  private readonly summary;
  private readonly list;
  /** By rule: which of its places comes next. */
  private readonly places = new Map<string, number>();

  constructor(
    parent: HTMLElement,
    private readonly store: RecordStore,
    private readonly analyses: Analyses,
    private readonly events: FindingEvents,
    toggled: () => void,
  ) {
    this.panel = new Panel(parent, {
      id: 'findings',
      title: t('Why is it not faster here?'),
      draw: () => this.draw(),
      toggled,
    });
    this.summary = select(this.panel.body).append('p').attr('class', 'summary');
    this.list = select(this.panel.body).append('ol').attr('class', 'findings');
  }

  /** A new record: its places are shown from the first on. */
  reset(): void {
    this.places.clear();
    this.panel.changed();
  }

  private draw(): void {
    this.analyses.want('whole');
    const { whole, fault } = this.analyses;
    const models = (whole?.analysis.findings ?? []).map(findingModel);
    this.summary.text(this.remark()).attr('hidden', this.remark() === '' ? '' : null);
    select(this.panel.body).classed('is-waiting', whole === null && fault === '');
    const item = this.list
      .selectAll<HTMLLIElement, FindingModel>('li')
      .data(models, ({ rule }) => rule)
      .join((enter) => {
        const li = enter.append('li');
        li.append('span').attr('class', 'finding-sentence');
        const links = li.append('span').attr('class', 'finding-links');
        links.append('button').attr('class', 'link finding-chart').text(t('Show the chart'));
        links.append('button').attr('class', 'link finding-item');
        links.append('button').attr('class', 'secondary finding-action');
        return li;
      })
      .order()
      .attr('data-tone', ({ tone }) => tone);
    item.select('.finding-sentence').text(({ sentence, support }) => [sentence, support].join(' ').trim());
    item
      .select('.finding-chart')
      .attr('hidden', ({ chart }) => (chart === null ? '' : null))
      .on('click', (_, { chart }) => {
        if (chart !== null) this.events.chart(chart);
      });
    item
      .select<HTMLButtonElement>('.finding-item')
      .attr('hidden', ({ items }) => (items.length === 0 ? '' : null))
      .text((model) => this.itemLabel(model))
      .on('click', (event: Event, model) => {
        const at = this.placeOf(model);
        this.events.item(model.items[at]);
        this.places.set(model.rule, at + 1);
        select(event.currentTarget as HTMLButtonElement).text(this.itemLabel(model));
      });
    item
      .select('.finding-action')
      .attr('hidden', ({ action }) => (action === null ? '' : null))
      .text(({ action }) => action?.label ?? '')
      .on('click', (_, { action }) => {
        if (action !== null) this.events.change(action.change);
      });
  }

  /** What is to be said of the findings as a whole. */
  private remark(): string {
    const { whole } = this.analyses;
    if (whole === null) return this.analyses.waitingText;
    const [, last] = whole.about;
    return last < whole.count ? t('Of the first {0} of {1} rounds:', last, this.store.count) : '';
  }

  private placeOf({ rule, items }: FindingModel): number {
    return (this.places.get(rule) ?? 0) % items.length;
  }

  private itemLabel(model: FindingModel): string {
    if (model.items.length === 0) return '';
    const at = this.placeOf(model);
    return t('Show round {0} ({1} of {2})', model.items[at].round, at + 1, model.items.length);
  }
}
