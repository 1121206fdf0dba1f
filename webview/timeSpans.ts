import type { PhaseTimes } from '../src/decoding/metrics';
import { t } from '../src/l10n';

export type Phase = 'host' | 'draft' | 'verify' | 'sample' | 'commit';

/** One phase of a round, or of all of them together. */
export interface TimeSpan {
  readonly phase: Phase;
  readonly name: string;
  /** What is done in it. */
  readonly meaning: string;
  /** Microseconds. */
  readonly us: number;
  /** Where it begins and how long it is, as shares of the whole. */
  readonly start: number;
  readonly share: number;
}

/**
 * Where the time went, phase after phase, as the trace has it: the phases follow one another and end a round, and
 * what no phase accounts for stands ahead of them.
 */
export function timeSpans(times: PhaseTimes): TimeSpan[] {
  const { draft, verify, sample, commit, total } = times;
  const phases = draft + verify + sample + commit;
  // A damaged trace may claim phases longer than the whole.
  const whole = Math.max(total, phases);
  let at = 0;
  const span = (phase: Phase, name: string, us: number, meaning: string): TimeSpan => {
    const start = whole > 0 ? at / whole : 0;
    at += us;
    return { phase, name, meaning, us, start, share: whole > 0 ? us / whole : 0 };
  };
  return [
    span(
      'host',
      t('host'),
      whole - phases,
      t(
        "Between the phases: the line of the trace, messages, and whatever else ran in the engine's process.",
      ),
    ),
    span('draft', t('draft'), draft, t('The drafter proposes.')),
    span(
      'verify',
      t('build, verify'),
      verify,
      t(
        "The forward's inputs are built, and the target scores all nodes in it. The trace does not tell the two apart.",
      ),
    ),
    span('sample', t('sample'), sample, t('The tokens are chosen and the draft is walked along.')),
    span('commit', t('commit'), commit, t('The accepted rows are kept, and the drafter learns of them.')),
  ];
}
