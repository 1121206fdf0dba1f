import type { FromView, ToView } from '../src/protocol/view';
import { Analyses } from './analyses';
import { AnalysisPanels } from './analysisPanels';
import { ComparePanel } from './comparePanel';
import { FindingsPanel } from './findingsPanel';
import { titleOf } from './header';
import type { Item } from '../src/trace/item';
import { Panels, type Panel } from './panel';
import { RangeBrush } from './rangeBrush';
import type { RecordStore } from './store';
import type { Strip } from './strip';
import { WhatIfQuestion } from './whatIf';
import { WhatIfPanel } from './whatIfPanel';

/** What the analysis needs of the rest of the view. */
export interface AnalysisViewEvents {
  readonly post: (message: FromView) => void;
  /** The user wants to see an item. */
  readonly look: (item: Item) => void;
  /** First and last round that the list shows. */
  readonly seen: () => readonly [number, number];
  /** The round's panel is seen and idle. */
  readonly drawRound: () => void;
  /** Tells a screen reader. */
  readonly say: (sentence: string) => void;
  /** What is drawn in frames must be drawn anew. */
  readonly changed: () => void;
  /** The user folded or unfolded something. */
  readonly toggled: () => void;
}

/** What is told of what follows from the record. */
type AnalysisMessage = Extract<
  ToView,
  { type: 'analysis' | 'unanalysed' | 'forecast' | 'unforeseen' | 'comparison' }
>;

/** What of the analysis survives while the view is hidden. */
export interface Folding {
  /** Ids of the panels that are unfolded. */
  readonly unfolded: readonly string[];
  /** Whether the side panel shows the charts. */
  readonly open: boolean;
}

/**
 * All that is told of the run besides its rounds: findings, charts of all rounds or of chosen ones, the round looked
 * at, what another setting would have done, and the run beside another one.
 */
export class AnalysisView {
  private readonly analyses: Analyses;
  private readonly findings: FindingsPanel;
  private readonly brush: RangeBrush;
  private readonly panels: Panels;
  private readonly charts: AnalysisPanels;
  private readonly question: WhatIfQuestion;
  private readonly whatIf: WhatIfPanel;
  private readonly comparison: ComparePanel;

  /** @param strip the findings stand above it, the lane in which rounds are chosen in it */
  constructor(
    parent: HTMLElement,
    private readonly strip: Strip,
    private readonly store: RecordStore,
    events: AnalysisViewEvents,
  ) {
    const { post, look, say, toggled, changed } = events;
    this.analyses = new Analyses(store, post, () => {
      this.findings.panel.changed();
      this.charts.concludedAnew();
      this.panels.remark = this.analyses.remark;
      changed();
    });
    this.findings = new FindingsPanel(
      parent,
      store,
      this.analyses,
      {
        chart: (chart) => {
          this.panels.open = true;
          this.charts.reveal(chart);
        },
        item: look,
        change: (setting) => post({ type: 'change', setting }),
      },
      toggled,
    );
    strip.element.before(this.findings.panel.element);
    this.brush = new RangeBrush(strip.element, this.analyses, events.seen);
    this.panels = new Panels(parent, toggled);
    this.charts = new AnalysisPanels(this.panels, store, this.analyses, {
      show: (round) => look({ at: 'round', round }),
      drawRound: events.drawRound,
      toggled,
    });
    this.question = new WhatIfQuestion(store, post, () => this.whatIf.panel.changed());
    this.whatIf = new WhatIfPanel(this.panels, this.question, say, toggled);
    this.comparison = new ComparePanel(this.panels, () => titleOf(store), {
      choose: () => post({ type: 'command', command: 'compareTraces' }),
      show: (round) => look({ at: 'round', round }),
      toggled,
    });
  }

  /** Where the details of the round that is looked at stand when there is room. */
  get round(): Panel {
    return this.charts.round;
  }

  get element(): HTMLElement {
    return this.panels.element;
  }

  get folding(): Folding {
    return {
      unfolded: this.all.filter(({ open }) => open).map(({ element }) => element.id),
      open: this.panels.open,
    };
  }

  set folding({ unfolded, open }: Folding) {
    for (const panel of this.all) panel.open = unfolded.includes(panel.element.id);
    this.panels.open = open;
  }

  /** A wide page opens with the findings; the side panel has little room. */
  place(isWide: boolean): void {
    this.findings.panel.open = isWide;
  }

  take(answer: AnalysisMessage): void {
    switch (answer.type) {
      case 'analysis':
      case 'unanalysed':
        this.analyses.take(answer);
        break;
      case 'forecast':
      case 'unforeseen':
        this.question.take(answer);
        break;
      case 'comparison':
        if (answer.generation !== this.store.generation) break;
        this.panels.open = true;
        this.comparison.show(answer);
    }
  }

  /** The record is another one. */
  replaced(): void {
    this.analyses.reset();
    this.findings.reset();
    this.charts.replaced();
    this.question.reset();
    this.comparison.reset();
  }

  /** The record holds more, or is complete: who looks wants to know what follows. */
  grown(): void {
    if (this.findings.panel.shown) this.analyses.want('whole');
    this.charts.grown();
    this.whatIf.panel.changed();
  }

  /** The lane below the strip, where there is room for it. */
  drawBrush(): void {
    this.brush.draw(this.strip.places);
  }

  private get all(): readonly Panel[] {
    return [this.findings.panel, ...this.charts.all, this.whatIf.panel, this.comparison.panel];
  }
}
