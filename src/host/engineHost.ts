import { sentenceOf, UserError } from '../errors';
import { t } from '../l10n';
import {
  engineRequestSchema,
  type CudaOffer,
  type EngineEvent,
  type EngineRequest,
  type GenerationRequest,
  type ModelRequest,
} from '../protocol/engine';
import { Emitter } from './emitter';
import { EngineProcess } from './engineProcess';

type EventOf<T extends EngineEvent['type']> = Extract<EngineEvent, { type: T }>;

export type LoadedEvent = EventOf<'loaded'>;
export type FinishedEvent = EventOf<'finished'>;
/** What a request may say before its last word. A `generate` that loads its model first says `loaded` too. */
export type RunEvent = EventOf<'progress' | 'loaded' | 'header' | 'drafted' | 'round'>;
type LastWord = 'loaded' | 'finished' | 'cudaOffer' | 'cudaFetched';

export interface EngineHostOptions {
  /** The engine's bundle. */
  readonly script: string;
  readonly log: (line: string) => void;
  /** What the engine's environment has besides this process's own. */
  readonly environment?: Readonly<Record<string, string>>;
  /** How long a new process may take to say `hello`. */
  readonly startTimeoutMs?: number;
  /** How long a cancelled request may run on before its process is ended: a native call cannot be interrupted. */
  readonly cancelGraceMs?: number;
  /** How long each step of a shutdown may take: message, SIGTERM, SIGKILL. */
  readonly shutdownGraceMs?: number;
}

export interface RunOptions {
  readonly onEvent?: (event: RunEvent) => void;
  readonly signal?: AbortSignal;
}

interface Running {
  readonly id: number;
  receive(event: EngineEvent): void;
}

/**
 * The engine as the extension sees it: `load` and `generate`, one after the other, in a process that is
 * started by the first request and again by the first request after its death.
 *
 * Invariants: at most one process and one running request; every promise given out settles, whatever becomes
 * of the process; every rejection is a `UserError`.
 */
export class EngineHost {
  /** Tells why a process ended that nobody asked to end. */
  readonly died = new Emitter<UserError>();

  private process: EngineProcess | null = null;
  private running: Running | null = null;
  private tail: Promise<void> = Promise.resolve();
  private lastId = 0;
  private disposed = false;

  constructor(private readonly options: EngineHostOptions) {}

  /** The process id of the engine that is alive now, if any. */
  get pid(): number | undefined {
    return this.process?.pid;
  }

  load(request: ModelRequest, options: RunOptions = {}): Promise<LoadedEvent> {
    return this.enqueue((id) => ({ type: 'load', id, ...request }), 'loaded', options);
  }

  /** Resolves also when cancelled after the first round: the summary then says so. */
  generate(request: ModelRequest & GenerationRequest, options: RunOptions = {}): Promise<FinishedEvent> {
    return this.enqueue((id) => ({ type: 'generate', id, ...request }), 'finished', options);
  }

  /** What a fetch of CUDA's libraries would bring. */
  async offerCuda(options: RunOptions = {}): Promise<CudaOffer> {
    return (await this.enqueue((id) => ({ type: 'offerCuda', id }), 'cudaOffer', options)).offer;
  }

  /** Fetches CUDA's libraries, to which the user has agreed. The next request starts a process that has them. */
  async fetchCuda(options: RunOptions = {}): Promise<CudaOffer> {
    return (await this.enqueue((id) => ({ type: 'fetchCuda', id }), 'cudaFetched', options)).offer;
  }

  /** Forgets what drafters learned from earlier outputs; an engine that does not run has learned nothing. */
  forget(): void {
    this.process?.send({ type: 'forget' });
  }

  /** Ends the process, gracefully if it lets us. Requests under way reject as cancelled. */
  async dispose(): Promise<void> {
    this.disposed = true;
    await this.process?.stop(this.shutdownGraceMs);
  }

  private get shutdownGraceMs(): number {
    return this.options.shutdownGraceMs ?? 2000;
  }

  private async enqueue<T extends LastWord>(
    build: (id: number) => EngineRequest,
    lastWord: T,
    options: RunOptions,
  ): Promise<EventOf<T>> {
    const id = ++this.lastId;
    const request = validated(build(id));
    const turn = this.tail;
    let release = (): void => undefined;
    this.tail = new Promise((resolve) => (release = resolve));
    try {
      await unlessAborted(turn, options.signal);
      const process = this.alive();
      await unlessAborted(process.ready, options.signal);
      const answer = await this.converse(process, id, request, lastWord, options);
      if (lastWord === 'cudaFetched') await process.stop(this.shutdownGraceMs);
      return answer;
    } finally {
      // A request that was cancelled in the queue must not let its successor overtake the running one.
      void turn.then(release);
    }
  }

  /** The living process, or a new one. */
  private alive(): EngineProcess {
    if (this.disposed) throw new UserError('cancelled', t('The engine was shut down.'));
    if (this.process !== null) return this.process;
    const process = new EngineProcess({
      script: this.options.script,
      startTimeoutMs: this.options.startTimeoutMs ?? 30_000,
      log: this.options.log,
      environment: this.options.environment,
    });
    this.process = process;
    process.events.subscribe((event) => this.dispatch(event));
    void process.ended.then((reason) => {
      this.process = null;
      if (reason.code !== 'cancelled') this.died.emit(reason);
    });
    return process;
  }

  private converse<T extends LastWord>(
    process: EngineProcess,
    id: number,
    request: EngineRequest,
    lastWord: T,
    { onEvent, signal }: RunOptions,
  ): Promise<EventOf<T>> {
    let grace: NodeJS.Timeout | undefined;
    const onAbort = () => {
      process.send({ type: 'cancel', id });
      grace = setTimeout(
        () => process.kill(new UserError('cancelled', t('The engine did not stop in time and was ended.'))),
        this.options.cancelGraceMs ?? 10_000,
      );
    };
    return new Promise<EventOf<T>>((resolve, reject) => {
      this.running = {
        id,
        receive: (event) => {
          if (event.type === 'error') reject(new UserError(event.code, event.message, event.hint));
          else if (event.type === lastWord) resolve(event as EventOf<T>);
          else if (isRunEvent(event)) onEvent?.(event);
        },
      };
      void process.ended.then(reject);
      process.send(request);
      signal?.addEventListener('abort', onAbort);
      if (signal?.aborted) onAbort();
    }).finally(() => {
      clearTimeout(grace);
      signal?.removeEventListener('abort', onAbort);
      this.running = null;
    });
  }

  private dispatch(event: EngineEvent): void {
    if (event.type === 'hello') return;
    if (event.type === 'error' && event.id === null) {
      this.options.log(new UserError(event.code, event.message, event.hint).sentence);
      return;
    }
    if (this.running === null || event.id !== this.running.id) {
      this.options.log(`A ${event.type} event came after the end of its request (${event.id}).`);
      return;
    }
    try {
      this.running.receive(event);
    } catch (error) {
      // A listener's defect must not take the extension host's message pump with it.
      this.options.log(`A listener failed on a ${event.type} event: ${sentenceOf(error)}`);
    }
  }
}

function isRunEvent(event: EngineEvent): event is RunEvent {
  return ['progress', 'loaded', 'header', 'drafted', 'round'].includes(event.type);
}

/** The engine checks again; a request that cannot pass there is not worth starting a process for. */
function validated(request: EngineRequest): EngineRequest {
  const parsed = engineRequestSchema.safeParse(request);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new UserError(
    'usage',
    t("The request's {0} is not valid: {1}.", issue.path.join('.'), issue.message),
  );
}

/** `promise`, or a `cancelled` error as soon as the signal is aborted. */
function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return promise;
  return new Promise((resolve, reject) => {
    const onAbort = () => reject(new UserError('cancelled', t('Cancelled before it began.')));
    if (signal.aborted) {
      onAbort();
      return;
    }
    signal.addEventListener('abort', onAbort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort));
  });
}
