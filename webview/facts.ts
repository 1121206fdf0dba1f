import { select } from 'd3';
import { t } from '../src/l10n';
import type { TraceHeader } from '../src/trace/schema';
import type { Panel, Panels } from './panel';
import type { RecordStore } from './store';
import { duration } from '../src/trace/labels';
import { agreementText, headFacts } from '../src/trace/runFacts';
import { counted } from '../src/trace/words';

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
    this.root.select('summary').text(t('Prompt, {0}', counted(header.prompt.tokens.length, 'token')));
    this.root.select('pre').text(header.prompt.text);
  }
}

/** Why something was taken, where somebody else chose it than the user. */
function choiceFacts(used: string, choice: TraceHeader['provider_choice']): [string, string][] {
  if (choice === undefined || choice.wanted === used) return [];
  return [[t('because'), `${choice.wanted}: ${choice.reason}`]];
}

/** The header's facts as label and value. */
export function headerFacts(header: TraceHeader): [string, string][] {
  const { sampler, machine, prefill } = header;
  const cuts = [
    sampler.topK > 0 ? t('top-k {0}', sampler.topK) : '',
    sampler.topP < 1 ? t('top-p {0}', sampler.topP) : '',
    sampler.minP > 0 ? t('min-p {0}', sampler.minP) : '',
    sampler.repetitionPenalty !== 1 ? t('repetition penalty {0}', sampler.repetitionPenalty) : '',
  ];
  const law =
    sampler.temperature === 0
      ? t('greedy')
      : t('temperature {0}, seed {1}', sampler.temperature, sampler.seed);
  const agreement = agreementText(header);
  const cached = prefill.reused > 0 ? t(' ({0} were in the cache)', counted(prefill.reused, 'token')) : '';
  return [
    [t('model'), header.model.name],
    [t('weights'), header.weights],
    ...choiceFacts(header.weights, header.weights_choice),
    ...(agreement === null ? [] : [[t('agreement with fp32'), agreement] satisfies [string, string]]),
    [t('provider'), `${header.provider}, ${counted(header.threads, 'thread')}`],
    ...choiceFacts(header.provider, header.provider_choice),
    [t('drafter'), header.drafter.name],
    ...(header.drafter.head === undefined ? [] : headFacts(header.drafter.head)),
    [
      t('acceptance'),
      `${header.acceptance.rule}, ${header.acceptance.lossless ? t('lossless') : t('lossy')}`,
    ],
    [t('sampler'), [law, ...cuts].filter((part) => part !== '').join(', ')],
    [t('limit'), t('{0}, context {1}', counted(header.limits.maxTokens, 'token'), header.limits.context)],
    [t('prefill'), duration(prefill.t_us) + cached],
    [t('machine'), `${machine.cpu}, ${counted(machine.cores, 'core')}, ${machine.platform} ${machine.arch}`],
    [t('recorded'), header.created.replace('T', ' ').replace(/\.\d+Z$/, ' UTC')],
    [
      t('made by'),
      t('Draftscope {0}, ONNX Runtime {1}', header.versions.draftscope, header.versions.onnxruntime),
    ],
  ];
}
