import { select } from 'd3';
import type { ChartStory } from '../src/trace/charts/chart';
import { ChartView } from './chartView';
import { Numbers } from './numbers';
import type { Panel, Panels } from './panel';
import { waitingText } from './waiting';

export interface ChartPanelOptions {
  readonly id: string;
  readonly title: string;
  /** What there is to tell; null while it is not known. Asking for it makes it known. */
  readonly story: () => ChartStory | null;
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
  private readonly story: () => ChartStory | null;

  constructor(panels: Panels, { id, title, story, show, toggled }: ChartPanelOptions) {
    this.story = story;
    this.panel = panels.add({ id, title, draw: () => this.draw(), toggled });
    const { body, actions } = this.panel;
    this.summary = select(body).append('p').attr('class', 'summary');
    this.view = new ChartView(select(body).append('div').node()!, title, show);
    this.numbers = new Numbers(actions, body, title);
    // Another width is another drawing.
    new ResizeObserver(() => this.panel.changed()).observe(body);
  }

  private draw(): void {
    const story = this.story();
    this.summary.text(story?.summary ?? waitingText());
    select(this.panel.body).classed('is-waiting', story === null);
    if (story === null) return;
    this.view.draw(story.chart);
    this.numbers.draw(story.formulas, story.tables);
  }
}
