import { select } from 'd3';
import type { ChartStory } from '../src/trace/charts/chart';
import type { Analyses, Conclusion } from './analyses';
import { ChartView } from './chartView';
import { conclusionOf } from './conclusionOf';
import { Numbers } from './numbers';
import type { Panel, Panels } from './panel';

export interface ChartPanelOptions {
  readonly id: string;
  readonly title: string;
  readonly analyses: Analyses;
  /** What there is to tell. */
  readonly story: (conclusion: Conclusion) => ChartStory;
  /** The user wants to see a round. */
  readonly show: (round: number) => void;
  readonly toggled: () => void;
}

/** A panel of one chart: what one sees in a sentence, the drawing, and the numbers behind it for who asks. */
export class ChartPanel {
  readonly panel: Panel;
  private readonly summary;
  private readonly view: ChartView;
  private readonly numbers: Numbers;

  constructor(
    panels: Panels,
    private readonly options: ChartPanelOptions,
  ) {
    const { id, title, show, toggled } = options;
    this.panel = panels.add({ id, title, draw: () => this.draw(), toggled });
    const { body, actions } = this.panel;
    this.summary = select(body).append('p').attr('class', 'summary');
    this.view = new ChartView(select(body).append('div').node()!, title, show);
    this.numbers = new Numbers(actions, body, title);
    // Another width is another drawing.
    new ResizeObserver(() => this.panel.changed()).observe(body);
  }

  private draw(): void {
    const { analyses, story } = this.options;
    const shown = conclusionOf(analyses, this.panel, this.summary);
    if (shown === null) return;
    const { chart, summary, formulas, tables } = story(shown);
    this.summary.text(summary);
    this.view.draw(chart);
    this.numbers.draw(formulas, tables);
  }
}
