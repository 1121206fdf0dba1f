import { select } from 'd3';
import { t } from '../src/l10n';
import { ICONS, type Icon } from './icons';
import type { RecordStore } from './store';
import { SPEEDS, type Speed, type TimeTravel } from './timeTravel';
import { duration } from '../src/trace/labels';
import { setAttributes, setHidden, setText } from './write';

const SPEED_NAMES: Record<Speed, string> = { 4: '4×', 1: '1×', [1 / 4]: '¼×', [1 / 16]: '¹⁄₁₆×' };

interface Action {
  readonly icon: Icon;
  readonly name: string;
  /** The key that does the same, as `aria-keyshortcuts` writes it; empty for none. */
  readonly key: string;
  readonly run: () => void;
}

/** The bar that moves the record through its time: steps, play, speed, a slider, and the way back to now. */
export class Transport {
  /** The buttons and the speed; what else belongs there may stand behind them. */
  readonly tools: HTMLElement;
  private readonly root;
  private readonly play;
  private readonly slider;
  private readonly readout;
  private readonly now;

  constructor(
    parent: HTMLElement,
    private readonly store: RecordStore,
    private readonly travel: TimeTravel,
  ) {
    this.root = select(parent)
      .append('div')
      .attr('class', 'transport')
      .attr('role', 'group')
      .attr('aria-label', t('Time'));
    const tools = this.root.append('div').attr('class', 'transport-tools');
    this.tools = tools.node()!;
    const before: Action[] = [
      { icon: 'first', name: t('First round'), key: '', run: () => travel.to(0) },
      {
        icon: 'previousRejection',
        name: t('Previous rejection'),
        key: '<',
        run: () => travel.toRejection(-1),
      },
      { icon: 'previous', name: t('Previous round'), key: ',', run: () => travel.by(-1) },
    ];
    const after: Action[] = [
      { icon: 'next', name: t('Next round'), key: '.', run: () => travel.by(1) },
      { icon: 'nextRejection', name: t('Next rejection'), key: '>', run: () => travel.toRejection(1) },
      { icon: 'last', name: t('Last round: now'), key: '', run: () => travel.toNow() },
    ];
    for (const action of before) this.button(action);
    this.play = this.button({ icon: 'play', name: '', key: 'Space', run: () => travel.toggle() });
    for (const action of after) this.button(action);
    tools
      .append('select')
      .attr('class', 'transport-speed')
      .attr('aria-label', t('Speed: recorded seconds a second'))
      .on('change', (event: Event) => {
        travel.speed = SPEEDS[(event.target as HTMLSelectElement).selectedIndex];
      })
      .selectAll('option')
      .data(SPEEDS)
      .join('option')
      .property('selected', (speed) => speed === travel.speed)
      .text((speed) => SPEED_NAMES[speed]);
    this.slider = this.root
      .append('input')
      .attr('type', 'range')
      .attr('class', 'transport-slider')
      .attr('min', 0)
      .attr('aria-label', t('Last round that had ended'))
      .on('input', (event: Event) => travel.to((event.target as HTMLInputElement).valueAsNumber));
    this.readout = this.root.append('span').attr('class', 'transport-readout');
    this.now = this.root
      .append('button')
      .attr('class', 'link transport-now')
      .attr('aria-keyshortcuts', 'Escape')
      .attr('title', t('Show all that has happened (Escape)'))
      .text(t('Back to now'))
      .on('click', () => travel.toNow());
  }

  get element(): HTMLElement {
    return this.root.node()!;
  }

  draw(): void {
    const { store, travel } = this;
    setHidden(this.root, store.count === 0);
    const name = travel.playing ? t('Pause') : t('Play');
    setAttributes(this.play, { 'aria-label': name, title: t('{0} ({1})', name, t('Space')) });
    setAttributes(this.play.select('path'), { d: ICONS[travel.playing ? 'pause' : 'play'] });
    const words = this.words();
    setAttributes(this.slider, {
      max: store.count - 1,
      'aria-valuetext': travel.playing ? t('playing') : words,
    });
    const value = String(Math.max(0, travel.round));
    const slider = this.slider.node()!;
    if (slider.value !== value) slider.value = value;
    setText(this.readout, words);
    setHidden(this.now, store.moment === null);
  }

  private words(): string {
    const { store, travel } = this;
    if (store.moment === null) return t('now: {0} rounds, {1}', store.count, duration(travel.time));
    const at = duration(travel.time);
    if (store.moment.drafted) return t('round {0} is being verified, {1}', store.moment.rounds, at);
    if (travel.round < 0) return t('before round 0, {0}', at);
    return t('after round {0} of {1}, {2}', travel.round, store.count, at);
  }

  private button({ icon, name, key, run }: Action) {
    const button = select(this.tools)
      .append('button')
      .attr('class', 'icon')
      .attr('aria-label', name)
      .attr('aria-keyshortcuts', key === '' ? null : key)
      .attr('title', key === '' ? name : t('{0} ({1})', name, key))
      .on('click', run);
    button
      .append('svg')
      .attr('width', 16)
      .attr('height', 16)
      .attr('viewBox', '0 0 16 16')
      .attr('aria-hidden', 'true')
      .append('path')
      .attr('d', ICONS[icon]);
    return button;
  }
}
