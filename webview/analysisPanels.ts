import { t } from '../src/l10n';
import type { ChartStory } from '../src/trace/charts/chart';
import { costStory, type Forward } from '../src/trace/charts/costChart';
import { depthStory } from '../src/trace/charts/depthChart';
import { entropyStory } from '../src/trace/charts/entropyChart';
import { lengthsStory } from '../src/trace/charts/lengthsChart';
import type { EvidentChart } from '../src/trace/findings/finding';
import type { Statistics } from '../src/trace/statistics/statistics';
import type { Analyses, Conclusion } from './analyses';
import { ChartPanel } from './chartPanel';
import { Facts } from './facts';
import { HitsPanel } from './hitsPanel';
import { MetricsPanel } from './metricsPanel';
import type { Panel, Panels } from './panel';
import type { RecordStore } from './store';
import type { Range } from './supply';
import { TimePanel } from './timePanel';

export interface AnalysisEvents {
  /** The user wants to see a round. */
  readonly show: (round: number) => void;
  /** The round's panel is seen and idle. */
  readonly drawRound: () => void;
  readonly toggled: () => void;
}

/** The panels beside the rounds: the charts of the run, or of the part of it that is chosen, and the round looked at. */
export class AnalysisPanels {
  /** Where the details of the round that is looked at stand. */
  readonly round: Panel;
  private readonly charts: Readonly<Record<EvidentChart, Panel>>;
  private readonly metrics: Panel;
  private readonly facts: Panel;

  constructor(
    panels: Panels,
    private readonly store: RecordStore,
    private readonly analyses: Analyses,
    { show, drawRound, toggled }: AnalysisEvents,
  ) {
    const chart = (id: string, title: string, story: (conclusion: Conclusion) => ChartStory) =>
      new ChartPanel(panels, { id, title, analyses, story, show, toggled }).panel;
    const counted = (id: string, title: string, story: (statistics: Statistics) => ChartStory) =>
      chart(id, title, ({ analysis }) => story(analysis.statistics));
    const cost = chart('cost', t('The cost of a forward, v(T)'), ({ analysis, about }) =>
      costStory(analysis.cost, this.forwards(about), analysis.statistics.counts.budget),
    );
    const hits = new HitsPanel(panels, analyses, toggled).panel;
    this.round = panels.add({
      id: 'round',
      title: t('Round and token'),
      whole: true,
      draw: drawRound,
      toggled,
    });
    const depths = counted('depths', t('Acceptance by position'), depthStory);
    const lengths = counted('lengths', t('Accepted lengths'), (s) => lengthsStory(s.acceptedLengths));
    const entropy = counted('entropy', t('Entropy against acceptance'), (s) => entropyStory(s.entropy));
    const time = new TimePanel(panels, analyses, toggled).panel;
    this.charts = { cost, hits, depths, lengths, entropy, time };
    this.metrics = new MetricsPanel(panels, analyses, toggled).panel;
    this.facts = new Facts(panels, store, toggled).panel;
  }

  get all(): readonly Panel[] {
    return [...this.concluded, this.round, this.facts];
  }

  /** The conclusions became others. */
  concludedAnew(): void {
    for (const panel of this.concluded) panel.changed();
  }

  /** The record is another one. */
  replaced(): void {
    this.facts.changed();
    this.concludedAnew();
  }

  /** The record holds more: who is looked at wants to know what follows. */
  grown(): void {
    if (this.concluded.some((panel) => panel.shown)) this.analyses.want('shown');
  }

  reveal(chart: EvidentChart): void {
    this.charts[chart].reveal();
  }

  private get concluded(): readonly Panel[] {
    return [...Object.values(this.charts), this.metrics];
  }

  /** The rounds' own forwards, from their columns. */
  private forwards([first, last]: Range): Forward[] {
    const { nodes, pruned, verify } = this.store.columns.column;
    return Array.from({ length: Math.max(0, Math.min(last, this.store.count) - first) }, (_, i) => {
      const round = first + i;
      return { round, rows: 1 + nodes[round] - pruned[round], us: verify[round] };
    });
  }
}
