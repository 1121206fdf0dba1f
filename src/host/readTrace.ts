import type { TraceIndex } from '../trace/traceIndex';
import { systemClock, type Clock } from './coalescer';
import type { GenerationRecord } from './record';

/** Milliseconds between two looks at what was read so far: each takes time from the reading. */
const LOOK_MS = 150;

/**
 * Reads a trace to the end of what its file holds, and shows it meanwhile.
 *
 * @throws UserError as `TraceIndex.advance` does; what was read stays on show
 */
export async function readTraceInto(
  record: GenerationRecord,
  title: string,
  index: TraceIndex,
  signal?: AbortSignal,
  clock: Pick<Clock, 'now'> = systemClock,
): Promise<void> {
  let shown = -Infinity;
  await index.advance({
    signal,
    onProgress: (done, total) => {
      if (index.state.header === null || clock.now() - shown < LOOK_MS) return;
      shown = clock.now();
      record.show(title, index, { done, total });
    },
  });
  record.show(title, index);
}
