import { select } from 'd3';
import { t } from '../src/l10n';
import type { TraceHeader } from '../src/trace/schema';
import { statusLine } from './statusLine';
import type { RecordStore } from './store';
import { readings, type Reading } from './tally';
import { setAttributes, setHidden, setText } from './write';

/** The numbers, what ran, and what is happening now. */
export class Header {
  private readonly root;

  constructor(
    parent: HTMLElement,
    private readonly cancel: () => void,
  ) {
    this.root = select(parent).append('header').attr('class', 'header');
    this.root.append('h1').attr('class', 'title');
    this.root.append('ul').attr('class', 'readings').attr('aria-label', t('Measurements'));
    this.root.append('div').attr('class', 'run');
    const status = this.root.append('div').attr('class', 'status');
    status.append('span').attr('class', 'status-text');
    status
      .append('button')
      .attr('class', 'link')
      .text(t('Cancel'))
      .on('click', () => this.cancel());
    this.root
      .append('div')
      .attr('class', 'progress')
      .attr('role', 'progressbar')
      .attr('aria-valuemin', 0)
      .attr('aria-valuemax', 100)
      .append('div');
  }

  draw(store: RecordStore): void {
    setText(this.root.select('.title'), titleOf(store));
    this.drawReadings(readings(store.pastTally));
    const word = this.root
      .select('.run')
      .selectAll('span')
      .data(store.header === null ? [] : runWords(store.header))
      .join('span');
    setAttributes(word, { class: (part) => part.kind, title: (part) => part.title });
    setText(word, (part) => part.text);
    this.drawStatus(store);
  }

  private drawReadings(data: readonly Reading[]): void {
    this.root
      .select('.readings')
      .selectAll('li')
      .data([...data])
      .join((enter) => {
        const item = enter.append('li').attr('class', 'reading').attr('tabindex', 0);
        const value = item.append('span').attr('class', 'reading-value');
        value.append('span').attr('class', 'reading-number');
        value.append('span').attr('class', 'reading-unit');
        item.append('span').attr('class', 'reading-label');
        item
          .append('span')
          .attr('class', 'tooltip')
          .attr('role', 'tooltip')
          .attr('id', (_, i) => `formula${i}`);
        return item.attr('aria-describedby', (_, i) => `formula${i}`);
      })
      .each(function (reading) {
        const item = select(this);
        setText(item.select('.reading-number'), reading.value);
        setText(item.select('.reading-unit'), reading.unit === '' ? '' : ` ${reading.unit}`);
        setText(item.select('.reading-label'), reading.label);
        setText(item.select('.tooltip'), reading.formula);
      });
  }

  private drawStatus(store: RecordStore): void {
    const line = statusLine(store);
    const status = this.root.select('.status');
    setAttributes(status, { 'data-tone': line.tone });
    setHidden(status, line.text === '');
    setText(status.select('.status-text'), line.text);
    setHidden(status.select('button'), line.tone !== 'busy');
    const progress = this.root.select('.progress');
    setHidden(progress, line.progress === undefined);
    if (line.progress === undefined) return;
    progress.classed('is-open', line.progress === null);
    setAttributes(progress, {
      'aria-label': line.text,
      'aria-valuenow': line.progress === null ? null : Math.round(100 * line.progress),
    });
    const { progress: part } = line;
    progress.select('div').style('width', () => (part === null ? null : `${100 * part}%`));
  }
}

/** A trace's file name; a live generation has none. */
export function titleOf({ title }: Pick<RecordStore, 'title'>): string {
  return title === '' ? t('Generation') : title;
}

/** What the header says, for where there is no room for its layout: what ran, then the numbers. */
export function headerLines({ header, pastTally }: Pick<RecordStore, 'header' | 'pastTally'>): string[] {
  const run = header === null ? [] : [runWords(header).map(({ text }) => text)];
  const numbers = readings(pastTally).map(({ label, value, unit }) => `${label} ${value} ${unit}`.trim());
  return [...run, numbers].map((words) => words.join(' · '));
}

interface RunWord {
  readonly kind: 'fact' | 'lossy';
  readonly text: string;
  readonly title: string;
}

/** Weights, drafter, sampler, model; a lossy rule is named so. */
function runWords(header: TraceHeader): RunWord[] {
  const { sampler, acceptance, drafter, weights, model } = header;
  const words: RunWord[] = [
    { kind: 'fact', text: drafter.name, title: t('Drafter: proposes tokens') },
    { kind: 'fact', text: model.name, title: t('Target: the model that verifies them') },
    { kind: 'fact', text: weights, title: t("Form of the target's weights: {0}", weights) },
    {
      kind: 'fact',
      text: sampler.temperature === 0 ? t('greedy') : t('T {0}, seed {1}', sampler.temperature, sampler.seed),
      title: t('Sampler; acceptance rule {0}', acceptance.rule),
    },
  ];
  if (!acceptance.lossless) {
    words.unshift({
      kind: 'lossy',
      text: t('lossy'),
      title: t("The rule {0} does not keep the target's law", acceptance.rule),
    });
  }
  return words;
}
