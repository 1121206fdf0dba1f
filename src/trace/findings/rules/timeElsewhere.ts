import { t } from '../../../l10n';
import { formatDuration, percent } from '../../words';
import { evidence, type Rule } from '../finding';

const SAMPLING = 0.05;
const HOST = 0.1;
const PREFILL = 0.5;

/** Choosing tokens takes a share of the time that one can see. */
export const samplingCost: Rule = {
  id: 'samplingCost',
  find({ statistics, header }) {
    const { t_us: time } = statistics.summary;
    if (time.total === 0 || time.sample < SAMPLING * time.total) return null;
    const share = time.sample / time.total;
    const why =
      header.sampler.temperature === 0
        ? ''
        : t(': above temperature 0 the whole law of each row is copied out of the target and drawn from');
    return {
      sentence: t('Choosing tokens takes {0} of the time{1}.', percent(share), why),
      evidence: evidence({ sampleShare: share }, { chart: 'time' }),
      gain: null,
      setting: null,
      weight: share,
    };
  },
};

/** Time between the phases: the trace's lines, messages to the view, whatever else the process does. */
export const hostOverhead: Rule = {
  id: 'hostOverhead',
  find({ statistics, rounds }) {
    const { total } = statistics.summary.t_us;
    if (total === 0 || statistics.rest < HOST * total) return null;
    const share = statistics.rest / total;
    return {
      sentence: t(
        "{0} of the time lies between the phases, {1} a round: messages, the trace's lines, and whatever else ran in the engine's process.",
        percent(share),
        formatDuration(statistics.rest / rounds.length),
      ),
      evidence: evidence({ restShare: share }, { chart: 'time' }),
      gain: null,
      setting: null,
      weight: share,
    };
  },
};

/** Reading the prompt took longer than writing the answer. */
export const prefill: Rule = {
  id: 'prefill',
  find({ statistics, header }) {
    const { prefill: reading, total } = statistics.summary.t_us;
    if (reading + total === 0 || reading < PREFILL * (reading + total)) return null;
    const share = reading / (reading + total);
    return {
      sentence: t(
        'Reading the prompt took {0} of the whole time, {1} for {2} tokens: speculation shortens only the rest.',
        percent(share),
        formatDuration(reading),
        header.prompt.tokens.length - header.prefill.reused,
      ),
      evidence: evidence({ prefillShare: share }, { chart: 'time' }),
      gain: null,
      setting: null,
      weight: share * 0.5,
    };
  },
};
