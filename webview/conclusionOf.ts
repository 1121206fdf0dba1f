import type { BaseType, Selection } from 'd3';
import type { Analyses, Conclusion } from './analyses';
import type { Panel } from './panel';

/**
 * What a panel draws: asks for it, and says in the panel's summary why there is none yet.
 *
 * @returns null while it is being worked out; what the panel held stays out of sight until then
 */
export function conclusionOf<E extends BaseType, P extends BaseType>(
  analyses: Analyses,
  { body }: Panel,
  summary: Selection<E, unknown, P, unknown>,
): Conclusion | null {
  analyses.want('shown');
  const { shown } = analyses;
  body.classList.toggle('is-waiting', shown === null);
  if (shown === null) summary.text(analyses.waitingText);
  return shown;
}
