import type { OnProgress } from '../models/model';
import { afterFailure, type ChosenProvider } from './chooseProvider';
import type { ConvertedWeights } from './convertedWeights';
import type { MeasuredCost } from './measureCost';
import { whileNoted } from './providerDeath';
import { openDecoder } from './providers';
import { Target } from './target';

/** A target that has run here, and where that is. */
export interface LoadedTarget {
  readonly target: Target;
  readonly chosen: ChosenProvider;
  /** v(T) there. */
  readonly cost: MeasuredCost;
}

/** How the target, or a draft model beside it, is loaded. */
export interface LoadOptions {
  readonly onProgress: OnProgress;
  readonly signal?: AbortSignal;
  /** How decoders are opened; tests have their own. */
  readonly open?: typeof openDecoder;
}

/**
 * Loads the target where it was chosen to run and measures v(T) there, or on the CPU where `auto`'s choice fails at
 * either: measuring runs more rows over a longer text than the trials before it did, so that memory may run out only
 * then. Both are done under the provider's note, which tells the next start where the process dies of it.
 *
 * @throws UserError `cancelled`; what loading and measuring throw where the provider was asked for by name, and on the
 *   CPU
 */
export async function loadTarget(
  weights: ConvertedWeights,
  threads: number,
  chosen: ChosenProvider,
  options: LoadOptions,
): Promise<LoadedTarget> {
  const load = (choice: ChosenProvider) =>
    whileNoted(choice.used, () => loadMeasured(weights, threads, choice, options));
  try {
    return await load(chosen);
  } catch (error) {
    return load(afterFailure(chosen, error));
  }
}

async function loadMeasured(
  weights: ConvertedWeights,
  threads: number,
  chosen: ChosenProvider,
  { onProgress, signal, open }: LoadOptions,
): Promise<LoadedTarget> {
  const { wanted, used, trees } = chosen;
  const target = await Target.load(weights, threads, used, { trees, fallsBack: wanted === 'auto', open });
  try {
    return { target, chosen, cost: await target.measuredCost(onProgress, signal) };
  } catch (error) {
    // What is broken may not even let go; what broke it is to be told.
    await target.dispose().catch(() => undefined);
    throw error;
  }
}
