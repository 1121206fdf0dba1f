import { select } from 'd3';
import { t } from '../src/l10n';
import type { Analyses } from './analyses';
import { conclusionOf } from './conclusionOf';
import type { Panel, Panels } from './panel';
import { SpanTable } from './spanTable';
import { timeSpans } from './timeSpans';
import { duration } from '../src/trace/labels';

/** Where the time of all rounds together went. */
export class TimePanel {
  readonly panel: Panel;
  private readonly summary;
  private readonly spans: SpanTable;

  constructor(
    panels: Panels,
    private readonly analyses: Analyses,
    toggled: () => void,
  ) {
    this.panel = panels.add({
      id: 'time',
      title: t('Where the time went'),
      draw: () => this.draw(),
      toggled,
    });
    this.summary = select(this.panel.body).append('p').attr('class', 'summary');
    this.spans = new SpanTable(this.panel.body);
    select(this.panel.body)
      .append('p')
      .attr('class', 'remark')
      .text(
        t('Share = time of the phase in all rounds ÷ time of the rounds; host = what no phase accounts for.'),
      );
  }

  private draw(): void {
    const shown = conclusionOf(this.analyses, this.panel, this.summary);
    if (shown === null) return;
    const { prefill, ...times } = shown.analysis.statistics.summary.t_us;
    this.summary.text(
      t(
        'The rounds took {0}, {1} each; the prompt took {2} before them.',
        duration(times.total),
        duration(times.total / Math.max(1, shown.analysis.statistics.summary.rounds)),
        duration(prefill),
      ),
    );
    this.spans.draw(t('Time of all rounds by phase'), timeSpans(times));
  }
}
