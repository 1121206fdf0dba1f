import { sentenceOf, UserError } from '../errors';
import { t } from '../l10n';
import type { CudaOffer, GenerationRequest, ModelRequest, Progress } from '../protocol/engine';
import { Emitter } from './emitter';
import type { TraceHeader } from '../trace/schema';
import type { EngineHost, FinishedEvent, LoadedEvent, RunEvent } from './engineHost';
import type { GenerationRecord, RecordState } from './record';

/** How the engine is, for the status bar. */
export type Health =
  /** No model is loaded; the next command loads one. */
  | { readonly kind: 'idle' }
  | {
      readonly kind: 'ready';
      readonly model: string;
      readonly weights: string;
      /** Why these weights, where they were not asked for by name. */
      readonly because?: string;
    }
  | { readonly kind: 'working'; readonly progress: Progress }
  | { readonly kind: 'generating' }
  | { readonly kind: 'error'; readonly message: string };

const waiting = (): Health => ({
  kind: 'working',
  progress: { phase: 'load', message: t('Waiting for the engine'), done: 0, total: null },
});

/**
 * What the user does with the engine: one piece of work at a time, which can be cancelled. Keeps the record
 * and the engine's health in step with it.
 */
export class Session {
  readonly changed = new Emitter<Health>();

  private current: Health = { kind: 'idle' };
  private loaded: { readonly name: string; readonly weights: string; readonly because?: string } | null =
    null;
  private work: { readonly abort: AbortController; readonly settled: Promise<void> } | null = null;

  constructor(
    private readonly engine: Pick<
      EngineHost,
      'load' | 'generate' | 'forget' | 'offerCuda' | 'fetchCuda' | 'died'
    >,
    readonly record: GenerationRecord,
  ) {
    engine.died.subscribe((reason) => {
      this.loaded = null;
      this.become({ kind: 'error', message: reason.sentence });
    });
  }

  get health(): Health {
    return this.current;
  }

  get busy(): boolean {
    return this.work !== null;
  }

  load(request: ModelRequest): Promise<LoadedEvent> {
    return this.exclusively(async (signal) => {
      const end = await this.engine.load(request, { signal, onEvent: (event) => this.follow(event) });
      this.loaded = end;
      return end;
    });
  }

  /**
   * @param onText gets the text as it is released, in order, and the record with the rounds that it comes from
   * @throws UserError when the generation has no summary; the record keeps what there is of it
   */
  generate(
    request: ModelRequest & GenerationRequest,
    onText: (text: string, record: RecordState) => void,
  ): Promise<FinishedEvent> {
    return this.exclusively(async (signal) => {
      this.record.begin(request.trace);
      const onEvent = (event: RunEvent) => {
        this.follow(event);
        if (event.type !== 'loaded') this.record.apply(event);
        if (event.type === 'round') onText(event.text, this.record.state);
      };
      try {
        const end = await this.engine.generate(request, { signal, onEvent });
        this.record.apply(end);
        onText(end.text, this.record.state);
        return end;
      } catch (error) {
        const leftNothing = this.record.state.header === null;
        if (leftNothing && isCancellation(error)) this.record.clear();
        else this.record.fail(sentenceOf(error));
        throw error;
      }
    });
  }

  /** What a fetch of CUDA's libraries would bring. */
  offerCuda(): Promise<CudaOffer> {
    return this.exclusively((signal) => this.engine.offerCuda({ signal }));
  }

  /** Fetches CUDA's libraries, to which the user has agreed. No model is loaded afterwards: its process ends. */
  fetchCuda(): Promise<CudaOffer> {
    return this.exclusively(async (signal) => {
      const offer = await this.engine.fetchCuda({ signal, onEvent: (event) => this.follow(event) });
      this.loaded = null;
      return offer;
    });
  }

  /** Lets drafters begin anew: nothing of earlier outputs helps them any more. */
  forget(): void {
    this.engine.forget();
  }

  /** Resolves when the running work has ended, whatever it ended with. */
  async cancel(): Promise<void> {
    this.work?.abort.abort();
    await this.work?.settled;
  }

  private async exclusively<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    if (this.work !== null) {
      throw new UserError(
        'usage',
        t('Draftscope is still at work.'),
        t('Wait for its end, or cancel it first.'),
      );
    }
    const abort = new AbortController();
    let settle = (): void => undefined;
    this.work = { abort, settled: new Promise((resolve) => (settle = resolve)) };
    this.become(waiting());
    try {
      const result = await work(abort.signal);
      this.end(this.rest());
      return result;
    } catch (error) {
      this.end(isCancellation(error) ? this.rest() : { kind: 'error', message: sentenceOf(error) });
      throw error;
    } finally {
      settle();
    }
  }

  private end(health: Health): void {
    this.work = null;
    this.become(health);
  }

  private rest(): Health {
    if (this.loaded === null) return { kind: 'idle' };
    const { name, weights, because } = this.loaded;
    return { kind: 'ready', model: name, weights, ...(because === undefined ? {} : { because }) };
  }

  private follow(event: RunEvent): void {
    switch (event.type) {
      case 'progress':
        this.become({ kind: 'working', progress: event.progress });
        break;
      case 'loaded':
        this.loaded = event;
        break;
      case 'header':
        this.loaded = loadedBy(event.header);
        this.become({ kind: 'generating' });
        break;
      case 'drafted':
      case 'round':
        if (this.current.kind !== 'generating') this.become({ kind: 'generating' });
        break;
    }
  }

  private become(health: Health): void {
    this.current = health;
    this.changed.emit(health);
  }
}

export function isCancellation(error: unknown): boolean {
  return error instanceof UserError && error.code === 'cancelled';
}

function loadedBy({ model, weights, weights_choice: choice }: TraceHeader) {
  const chosen = choice !== undefined && choice.wanted !== weights;
  return { name: model.name, weights, ...(chosen ? { because: choice.reason } : {}) };
}
