import type { LoadEngine } from '../../src/cli/engine';
import type { GenerationResult } from '../../src/engine/engine';
import type { Model } from '../../src/models/model';
import type { GenerationRequest, ModelRequest } from '../../src/protocol/engine';
import type { Round } from '../../src/trace/schema';
import { summarise } from '../../src/trace/summary';
import { sampleTrace } from './sampleTrace';

/** An engine without a model: it "generates" the sample trace and remembers what it was asked for. */
export class FakeEngine {
  modelRequest: ModelRequest | null = null;
  request: GenerationRequest | null = null;
  disposed = 0;
  /** What else the result says. */
  result: Partial<GenerationResult> = {};
  /** Called before each round. */
  beforeRound: (index: number) => void = () => undefined;

  readonly load: LoadEngine = (modelRequest, { onProgress }) => {
    this.modelRequest = modelRequest;
    onProgress({ phase: 'load', message: 'Loading the sample', done: 0, total: null });
    const { model } = sampleTrace().header;
    const files = model.files.map((file) => ({ ...file, path: `/models/${file.name}` }));
    return Promise.resolve({
      // What the commands read of a model is these; the rest is never called.
      model: { id: model.id, name: model.name, files } as unknown as Model,
      weights: modelRequest.weights === 'auto' ? 'file' : modelRequest.weights,
      provider: 'cpu',
      generate: (request, { onEvent, signal } = {}) => {
        this.request = request;
        const { header, rounds } = sampleTrace();
        onEvent?.({
          type: 'progress',
          progress: { phase: 'prefill', message: 'Reading the prompt', done: 4, total: 4 },
        });
        onEvent?.({ type: 'header', header });
        const done: Round[] = [];
        let text = '';
        for (const round of rounds) {
          this.beforeRound(round.index);
          if (signal?.aborted) break;
          done.push(round);
          const released = TEXTS[round.index];
          text += released;
          onEvent?.({ type: 'round', round, text: released });
        }
        const finishReason = done.length < rounds.length ? 'cancelled' : 'stop';
        const lastText = done.length < rounds.length ? '' : LAST_TEXT;
        return Promise.resolve({
          header,
          rounds: done,
          summary: summarise(header, done, finishReason),
          promptTokens: header.prompt.tokens,
          tokens: done.flatMap((round) => round.emitted),
          text: text + lastText,
          lastText,
          finishReason,
          traceProblem: null,
          ...this.result,
        });
      },
      dispose: () => {
        this.disposed += 1;
        return Promise.resolve();
      },
    });
  };
}

/** What the sample's rounds release: the third one ends with a text that might begin a stop text. */
const TEXTS = [' four', ' five🌱', 'One', ' six'];
const LAST_TEXT = ' two';
