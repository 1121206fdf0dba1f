import { sentenceOf, UserError } from '../errors';
import {
  ENGINE_PROTOCOL,
  engineRequestSchema,
  providerSchema,
  type EngineEvent,
  type EngineRequest,
  type ModelRequest,
  type Progress,
} from '../protocol/engine';
import { cudaOffer, fetchCudaLibraries } from './cudaLibraries';
import { Engine } from './engine';
import { speakAsTold } from './language';
import { PROBE_ARGUMENT, serveProbe } from './probe';

/**
 * The engine's process. It answers requests one after another; a cancellation and a shutdown are heard between
 * two rounds. When its parent goes away it ends too, after the round that runs: the trace file is whole up to it.
 */

speakAsTold(process.env);

type Job = Extract<EngineRequest, { type: 'load' | 'generate' | 'offerCuda' | 'fetchCuda' }>;

let loaded: { readonly engine: Engine; readonly key: string } | null = null;
let running: { readonly id: number; readonly abort: AbortController } | null = null;
let drained: Promise<void> = Promise.resolve();
const queue: Job[] = [];

function send(event: EngineEvent): void {
  // Without a parent there is nobody to tell; `disconnect` ends the process.
  if (process.connected) process.send?.(event);
}

function sendError(id: number | null, error: unknown): void {
  const known = error instanceof UserError;
  send({
    type: 'error',
    id,
    code: known ? error.code : 'engine',
    message: known ? error.message : sentenceOf(error),
    hint: known ? error.hint : '',
  });
}

/**
 * The engine for a request's model, weights and threads: the loaded one, or a new one in its place. Weights that
 * suit the drafter are chosen anew for another one.
 */
async function engineFor(request: ModelRequest, id: number, signal: AbortSignal): Promise<Engine> {
  const { model, weights, provider, threads, drafter } = request;
  const key = JSON.stringify([model, weights, provider, threads, weights === 'auto' ? drafter : null]);
  if (loaded?.key === key) return loaded.engine;
  const old = loaded;
  loaded = null;
  // Two models at once may not fit into memory.
  await old?.engine.dispose();
  const engine = await Engine.load(request, {
    signal,
    onProgress: (progress) => send({ type: 'progress', id, progress }),
  });
  loaded = { engine, key };
  return engine;
}

async function run(job: Job, signal: AbortSignal): Promise<void> {
  const { id } = job;
  switch (job.type) {
    case 'offerCuda':
      return send({ type: 'cudaOffer', id, offer: cudaOffer() });
    case 'fetchCuda': {
      const onProgress = (progress: Progress): void => send({ type: 'progress', id, progress });
      return send({ type: 'cudaFetched', id, offer: await fetchCudaLibraries({ signal, onProgress }) });
    }
    case 'load': {
      const engine = await engineFor(job, id, signal);
      return send({
        type: 'loaded',
        id,
        model: engine.model.id,
        name: engine.model.name,
        weights: engine.weights,
        because: engine.weightsReason,
      });
    }
    case 'generate': {
      const engine = await engineFor(job, id, signal);
      const result = await engine.generate(job, { signal, onEvent: (event) => send({ ...event, id }) });
      send({
        type: 'finished',
        id,
        summary: result.summary,
        finishReason: result.finishReason,
        text: result.lastText,
        traceProblem: result.traceProblem?.sentence ?? null,
      });
    }
  }
}

async function drain(): Promise<void> {
  for (let job = queue.shift(); job !== undefined; job = queue.shift()) {
    const abort = new AbortController();
    running = { id: job.id, abort };
    try {
      await run(job, abort.signal);
    } catch (error) {
      sendError(job.id, error);
    }
    running = null;
  }
}

function cancel(id: number): void {
  if (running?.id === id) return running.abort.abort();
  const waiting = queue.findIndex((job) => job.id === id);
  if (waiting < 0) return;
  queue.splice(waiting, 1);
  sendError(id, new UserError('cancelled', 'Cancelled.'));
}

function serve(): void {
  process.on('message', (message: unknown) => {
    const parsed = engineRequestSchema.safeParse(message);
    if (!parsed.success) return sendError(null, new Error(`not a request: ${parsed.error.message}`));
    const request = parsed.data;
    switch (request.type) {
      case 'load':
      case 'generate':
      case 'offerCuda':
      case 'fetchCuda':
        queue.push(request);
        if (running === null) drained = drain();
        return;
      case 'cancel':
        return cancel(request.id);
      case 'forget':
        return loaded?.engine.clearDrafterMemory();
      case 'shutdown':
        process.disconnect();
    }
  });

  process.on('disconnect', () => {
    queue.length = 0;
    running?.abort.abort();
    // The running generation ends its trace first; the runtime's threads would keep the process alive.
    void drained.finally(() => process.exit(0));
  });

  send({ type: 'hello', protocol: ENGINE_PROTOCOL, pid: process.pid });
}

// Started to try a provider, which may cost it its life, it does that alone.
const [, , argument, provider] = process.argv;
if (argument === PROBE_ARGUMENT) serveProbe(providerSchema.parse(provider));
else serve();
