import { t } from '../../l10n';
import type { TraceHeader } from '../schema';

/** Something that the two runs were given differently. */
export interface SettingDifference {
  readonly name: string;
  readonly a: string;
  readonly b: string;
}

type Reading = readonly [name: string, read: (header: TraceHeader) => string | number | boolean];

/** What can make two runs differ, by the names of the command line where it has one. */
function readings(): readonly Reading[] {
  return [
    [t('model'), ({ model }) => model.name],
    [t('model files'), ({ model }) => model.files.map(({ sha256 }) => sha256.slice(0, 12)).join(' ')],
    [t('weights'), ({ weights }) => weights],
    [t('provider'), ({ provider }) => provider],
    [t('threads'), ({ threads }) => threads],
    [t('drafter'), ({ drafter }) => drafter.id],
    [t('acceptance rule'), ({ acceptance }) => acceptance.rule],
    [t('temperature'), ({ sampler }) => sampler.temperature],
    [t('top-k'), ({ sampler }) => sampler.topK],
    [t('top-p'), ({ sampler }) => sampler.topP],
    [t('min-p'), ({ sampler }) => sampler.minP],
    [t('repetition penalty'), ({ sampler }) => sampler.repetitionPenalty],
    [t('seed'), ({ sampler }) => sampler.seed],
    [t('processor'), ({ machine }) => machine.cpu],
    [t('cores'), ({ machine }) => machine.cores],
    [t('draftscope'), ({ versions }) => versions.draftscope],
    [t('onnxruntime'), ({ versions }) => versions.onnxruntime],
  ];
}

export function settingDifferences(a: TraceHeader, b: TraceHeader): SettingDifference[] {
  return readings().flatMap(([name, read]) => {
    const [one, other] = [String(read(a)), String(read(b))];
    return one === other ? [] : [{ name, a: one, b: other }];
  });
}
