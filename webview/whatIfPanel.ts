import { select } from 'd3';
import { t } from '../src/l10n';
import { MOST_ASKED, type WhatIf } from '../src/trace/whatIf/setting';
import { ChartView } from './chartView';
import { Numbers } from './numbers';
import type { Panel, Panels } from './panel';
import type { WhatIfQuestion } from './whatIf';
import { whatIfModel } from './whatIfModel';

type Size = 'nodes' | 'depth' | 'width' | 'minQ';

interface Field {
  readonly name: Size;
  readonly label: string;
  readonly min: number;
  readonly max: number;
  readonly step: number;
}

function fields(): readonly Field[] {
  return [
    { name: 'nodes', label: t('Nodes'), min: 0, max: MOST_ASKED, step: 1 },
    { name: 'depth', label: t('Depth'), min: 0, max: MOST_ASKED, step: 1 },
    { name: 'width', label: t('Width'), min: 1, max: MOST_ASKED, step: 1 },
    { name: 'minQ', label: t('q at least'), min: 0, max: 1, step: 0.01 },
  ];
}

/** What the run would have done under another setting: asked for here, replayed by the editor, called a prediction. */
export class WhatIfPanel {
  readonly panel: Panel;
  private readonly form;
  private readonly policy;
  private readonly status;
  private readonly answer;
  private readonly chart: ChartView;
  private readonly chartRoom;
  private readonly numbers: Numbers;
  /** Whether the user waits for an answer. */
  private awaited = false;

  constructor(
    panels: Panels,
    private readonly question: WhatIfQuestion,
    /** Tells a screen reader what came of the user's question. */
    private readonly say: (sentence: string) => void,
    toggled: () => void,
  ) {
    const title = t('What if?');
    this.panel = panels.add({ id: 'what-if', title, draw: () => this.draw(), toggled });
    const { body, actions } = this.panel;
    this.form = select(body)
      .append('form')
      .attr('class', 'what-if')
      .attr('hidden', '')
      .on('submit', (event: Event) => event.preventDefault())
      .on('change', () => this.ask());
    const policy = this.form.append('label').text(t('Policy'));
    this.policy = policy.append('select').attr('name', 'policy');
    for (const [value, name] of [
      ['fixed', t('fixed: all of the draft')],
      ['costAware', t('costAware: what pays')],
    ]) {
      this.policy.append('option').attr('value', value).text(name);
    }
    for (const { name, label, ...range } of fields()) {
      this.form
        .append('label')
        .text(label)
        .append('input')
        .attr('type', 'number')
        .attr('name', name)
        .attr('min', range.min)
        .attr('max', range.max)
        .attr('step', range.step)
        .attr('placeholder', name === 'width' ? t('any') : null);
    }
    this.form
      .append('button')
      .attr('type', 'button')
      .attr('class', 'link')
      .text(t('As recorded'))
      .on('click', () => this.question.ask({}));
    this.status = select(body).append('p').attr('class', 'summary');
    this.answer = select(body).append('div').attr('hidden', '');
    const table = this.answer.append('table').attr('class', 'what-if-table');
    const head = table.append('thead').append('tr');
    head.append('td');
    head.append('th').attr('scope', 'col').text(t('recorded'));
    head.append('th').attr('scope', 'col').text(t('predicted'));
    table.append('tbody');
    this.chartRoom = this.answer.append('div').attr('class', 'chart-room');
    this.chart = new ChartView(this.chartRoom.node()!, title, () => undefined);
    this.answer.append('ul').attr('class', 'what-if-notes');
    this.numbers = new Numbers(actions, body, title);
    // Another width is another drawing.
    new ResizeObserver(() => this.panel.changed()).observe(body);
  }

  private draw(): void {
    const { question } = this;
    question.want();
    const { forecast, about, fault, waiting, early } = question;
    const known = forecast !== null && !early;
    this.form.attr('hidden', known && forecast.divisible ? null : '');
    this.answer.attr('hidden', known ? null : '').attr('aria-busy', String(waiting));
    if (fault !== '') this.status.text(fault);
    else if (early) this.status.text(t('What else it would have done can be asked when the run is over.'));
    else if (forecast === null) this.status.text(t('The run is being replayed…'));
    if (!known) return;
    this.fill(forecast.prediction.setting, forecast.withQ);
    const { verdict, rows, notes, chart, table } = whatIfModel(forecast, about);
    if (fault === '') this.status.text(verdict);
    const row = this.answer
      .select('tbody')
      .selectAll('tr')
      .data(rows)
      .join((enter) => {
        const tr = enter.append('tr');
        tr.append('th').attr('scope', 'row');
        tr.append('td').attr('class', 'recorded');
        tr.append('td').attr('class', 'predicted');
        return tr;
      });
    row.select('th').text(([name]) => name);
    row.select('.recorded').text(([, recorded]) => recorded);
    row.select('.predicted').text(([, , predicted]) => predicted);
    this.answer
      .select('.what-if-notes')
      .selectAll('li')
      .data(notes)
      .join('li')
      .text((note) => note);
    this.chartRoom.attr('hidden', chart === null ? '' : null);
    if (chart !== null) this.chart.draw(chart);
    this.numbers.draw([], [table]);
    if (!this.awaited || waiting) return;
    this.awaited = false;
    this.say(this.status.text());
  }

  /** The setting that was answered, save in the field that the user is writing in. */
  private fill(setting: WhatIf, withQ: boolean): void {
    this.policy.property('value', setting.policy);
    this.form.selectAll<HTMLInputElement, unknown>('input').each(function () {
      const name = this.name as Size;
      if (name === 'minQ') select(this.parentElement).attr('hidden', withQ ? null : '');
      if (this !== document.activeElement) this.value = setting[name] === null ? '' : String(setting[name]);
    });
  }

  /** What the fields say, each within its range; an empty one says nothing. */
  private ask(): void {
    const sizes: Partial<Record<Size, number>> = {};
    const known = fields();
    this.form.selectAll<HTMLInputElement, unknown>('input').each(function () {
      const field = known.find(({ name }) => name === this.name);
      if (field === undefined || Number.isNaN(this.valueAsNumber)) return;
      const value = Math.min(field.max, Math.max(field.min, this.valueAsNumber));
      sizes[field.name] = field.step === 1 ? Math.round(value) : value;
      this.value = String(sizes[field.name]);
    });
    const policy = this.policy.property('value') as WhatIf['policy'];
    this.awaited = true;
    this.question.ask({ ...sizes, policy });
  }
}
