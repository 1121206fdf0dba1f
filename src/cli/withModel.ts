import type { Model } from '../models/model';
import { openModel } from '../models/open';
import type { OpenOptions } from '../models/openOptions';
import type { Io } from './io';
import { ProgressLine } from './progressLine';

/**
 * Opens a model for a command that does not generate, shows the progress of its work, and ends it when the user
 * interrupts.
 *
 * @param work is given how to report progress and when to stop; its own output begins once the line is cleared
 */
export async function withModel<T>(
  id: string,
  io: Io,
  work: (model: Model, options: Required<OpenOptions>, clear: () => void) => Promise<T>,
): Promise<T> {
  const abort = new AbortController();
  const stopListening = io.onInterrupt(() => abort.abort());
  const progress = new ProgressLine(io);
  const options = { onProgress: progress.show.bind(progress), signal: abort.signal };
  try {
    const model = await openModel(id, options);
    try {
      return await work(model, options, () => progress.clear());
    } finally {
      await model.close();
    }
  } finally {
    progress.clear();
    stopListening();
  }
}
