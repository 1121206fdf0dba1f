import { select } from 'd3';
import { t } from '../src/l10n';
import {
  publishedMetrics,
  valueText,
  type Definition,
  type Metric,
} from '../src/trace/statistics/definitions';
import type { Analyses } from './analyses';
import type { Panel, Panels } from './panel';
import { setAttributes } from './write';

/** The published metrics, each with the formulas under which programs report it, side by side with their values here. */
export class MetricsPanel {
  readonly panel: Panel;
  private readonly summary;
  private readonly list;

  constructor(
    panels: Panels,
    private readonly analyses: Analyses,
    toggled: () => void,
  ) {
    this.panel = panels.add({
      id: 'metrics',
      title: t('Metrics as each engine counts them'),
      whole: true,
      draw: () => this.draw(),
      toggled,
    });
    this.panel.open = false;
    this.summary = select(this.panel.body).append('p').attr('class', 'summary');
    this.list = select(this.panel.body).append('div').attr('class', 'metrics');
  }

  private draw(): void {
    this.analyses.want('shown');
    const { shown } = this.analyses;
    // What was counted before stays, marked: of other rounds than those that are asked for now.
    setAttributes(this.list, { 'aria-busy': shown === null ? true : null });
    if (shown === null) {
      this.summary.text(this.analyses.waitingText);
      return;
    }
    const { counts } = shown.analysis.statistics;
    this.summary.text(
      t(
        '{0} tokens in {1} rounds, {2} of them with a draft; of {3} nodes offered the target saw {4}, chose at {5} and accepted {6}.',
        counts.tokens,
        counts.rounds,
        counts.drafts,
        counts.offered,
        counts.proposed,
        counts.evaluated,
        counts.accepted,
      ),
    );
    const table = this.list
      .selectAll<HTMLTableElement, Metric>('table')
      .data(publishedMetrics())
      .join((enter) => {
        const one = enter.append('table');
        one.append('caption').text(({ name }) => name);
        const head = one.append('thead').attr('class', 'unseen').append('tr');
        for (const name of [t('as defined by'), t('formula'), t('here')]) {
          head.append('th').attr('scope', 'col').text(name);
        }
        one.append('tbody');
        return one;
      });
    const row = table
      .select('tbody')
      .selectAll<HTMLTableRowElement, { definition: Definition; unit: Metric['unit'] }>('tr')
      .data(({ definitions, unit }) => definitions.map((definition) => ({ definition, unit })))
      .join((enter) => {
        const tr = enter.append('tr');
        tr.append('th').attr('scope', 'row');
        tr.append('td').attr('class', 'metric-formula');
        tr.append('td').attr('class', 'metric-value');
        return tr;
      });
    row.select('th').text(({ definition }) => definition.engine);
    row.select('.metric-formula').text(({ definition }) => definition.formula);
    row.select('.metric-value').text(({ definition, unit }) => valueText(definition.value(counts), unit));
  }
}
