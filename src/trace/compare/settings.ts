import type { TraceHeader } from '../schema';

/** Something that the two runs were given differently. */
export interface SettingDifference {
  readonly name: string;
  readonly a: string;
  readonly b: string;
}

/** What can make two runs differ, by the names of the command line where it has one. */
const READINGS: readonly (readonly [
  name: string,
  read: (header: TraceHeader) => string | number | boolean,
])[] = [
  ['model', ({ model }) => model.name],
  ['model files', ({ model }) => model.files.map(({ sha256 }) => sha256.slice(0, 12)).join(' ')],
  ['weights', ({ weights }) => weights],
  ['provider', ({ provider }) => provider],
  ['threads', ({ threads }) => threads],
  ['drafter', ({ drafter }) => drafter.id],
  ['acceptance rule', ({ acceptance }) => acceptance.rule],
  ['temperature', ({ sampler }) => sampler.temperature],
  ['top-k', ({ sampler }) => sampler.topK],
  ['top-p', ({ sampler }) => sampler.topP],
  ['min-p', ({ sampler }) => sampler.minP],
  ['repetition penalty', ({ sampler }) => sampler.repetitionPenalty],
  ['seed', ({ sampler }) => sampler.seed],
  ['processor', ({ machine }) => machine.cpu],
  ['cores', ({ machine }) => machine.cores],
  ['draftscope', ({ versions }) => versions.draftscope],
  ['onnxruntime', ({ versions }) => versions.onnxruntime],
];

export function settingDifferences(a: TraceHeader, b: TraceHeader): SettingDifference[] {
  return READINGS.flatMap(([name, read]) => {
    const [one, other] = [String(read(a)), String(read(b))];
    return one === other ? [] : [{ name, a: one, b: other }];
  });
}
