import { select } from 'd3';
import { t } from '../src/l10n';
import type { TraceHeader } from '../src/trace/schema';
import type { Panel, Panels } from './panel';
import type { RecordStore } from './store';
import { count, duration } from '../src/trace/labels';

/** What ran: everything one needs to run it again. */
export class Facts {
  readonly panel: Panel;
  private readonly root;

  constructor(
    panels: Panels,
    private readonly store: RecordStore,
    toggled: () => void,
  ) {
    this.panel = panels.add({
      id: 'about',
      title: t('What ran'),
      whole: true,
      draw: () => this.draw(),
      toggled,
    });
    this.root = select(this.panel.body);
    this.root.append('dl').attr('class', 'facts');
    const prompt = this.root.append('details').attr('hidden', '');
    prompt.append('summary');
    prompt.append('pre').attr('tabindex', 0);
  }

  private draw(): void {
    const { header } = this.store;
    const row = this.root
      .select('.facts')
      .selectAll('div')
      .data(header === null ? [] : headerFacts(header))
      .join((enter) => {
        const div = enter.append('div');
        div.append('dt');
        div.append('dd');
        return div;
      });
    row.select('dt').text(([label]) => label);
    row.select('dd').text(([, value]) => value);
    this.root.select('details').attr('hidden', header === null ? '' : null);
    if (header === null) return;
    this.root.select('summary').text(`Prompt, ${count(header.prompt.tokens.length, 'token')}`);
    this.root.select('pre').text(header.prompt.text);
  }
}

/** Why something was taken, where somebody else chose it than the user. */
function choiceFacts(used: string, choice: TraceHeader['provider_choice']): [string, string][] {
  if (choice === undefined || choice.wanted === used) return [];
  return [['because', `${choice.wanted}: ${choice.reason}`]];
}

/** The header's facts as label and value. */
export function headerFacts(header: TraceHeader): [string, string][] {
  const { sampler, machine, prefill } = header;
  const cuts = [
    sampler.topK > 0 ? `top-k ${sampler.topK}` : '',
    sampler.topP < 1 ? `top-p ${sampler.topP}` : '',
    sampler.minP > 0 ? `min-p ${sampler.minP}` : '',
    sampler.repetitionPenalty !== 1 ? `repetition penalty ${sampler.repetitionPenalty}` : '',
  ];
  const law =
    sampler.temperature === 0 ? 'greedy' : `temperature ${sampler.temperature}, seed ${sampler.seed}`;
  const cached = prefill.reused > 0 ? ` (${count(prefill.reused, 'token')} were in the cache)` : '';
  return [
    ['model', header.model.name],
    ['weights', header.weights],
    ...choiceFacts(header.weights, header.weights_choice),
    ['provider', `${header.provider}, ${count(header.threads, 'thread')}`],
    ...choiceFacts(header.provider, header.provider_choice),
    ['drafter', header.drafter.name],
    ['acceptance', `${header.acceptance.rule}, ${header.acceptance.lossless ? 'lossless' : 'lossy'}`],
    ['sampler', [law, ...cuts].filter((part) => part !== '').join(', ')],
    ['limit', `${count(header.limits.maxTokens, 'token')}, context ${header.limits.context}`],
    ['prefill', duration(prefill.t_us) + cached],
    ['machine', `${machine.cpu}, ${count(machine.cores, 'core')}, ${machine.platform} ${machine.arch}`],
    ['recorded', header.created.replace('T', ' ').replace(/\.\d+Z$/, ' UTC')],
    ['made by', `Draftscope ${header.versions.draftscope}, ONNX Runtime ${header.versions.onnxruntime}`],
  ];
}
