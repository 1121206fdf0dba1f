import type { OnProgress } from './model';

/** What every long step of opening a model takes. */
export interface OpenOptions {
  readonly onProgress?: OnProgress;
  /** Stops a download or a check; the promise is then rejected with `cancelled`. */
  readonly signal?: AbortSignal;
}

/** How a model is called; by default after its path. */
export interface ModelNaming {
  readonly id?: string;
  readonly name?: string;
}
