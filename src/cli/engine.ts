import type { Engine, EngineProgress } from '../engine/engine';
import type { ModelRequest } from '../protocol/engine';

/** What the commands use of a loaded engine. */
export type LoadedEngine = Pick<Engine, 'model' | 'weights' | 'provider' | 'generate' | 'dispose'>;

export type LoadEngine = (
  request: ModelRequest,
  options: { readonly onProgress: EngineProgress; readonly signal: AbortSignal },
) => Promise<LoadedEngine>;

/** Brings the runtime into the process only when a model is run: a trace opens without it. */
export const loadEngine: LoadEngine = async (request, options) => {
  const { Engine } = await import('../engine/engine');
  return Engine.load(request, options);
};
