import { UserError } from '../errors';

/** What a long step throws when its signal was aborted. */
export function cancelledError(): UserError {
  return new UserError('cancelled', 'Cancelled.');
}

export function throwIfCancelled(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw cancelledError();
}
