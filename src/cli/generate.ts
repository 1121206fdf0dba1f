import { chooseAcceptance } from '../engine/chooseAcceptance';
import { findDrafter } from '../engine/drafters/catalogue';
import type { GenerationEvent, GenerationResult } from '../engine/engine';
import { UserError } from '../errors';
import type { GenerationRequest, ModelRequest } from '../protocol/engine';
import { refuseExisting, setAside } from '../trace/writer';
import type { LoadEngine } from './engine';
import { counted } from './format';
import { EXIT, type Io } from './io';
import { ProgressLine } from './progressLine';
import { agreementLine, fallbackSentence } from './traceReport';
import { readPrompt, type PromptOptions } from './prompt';

export interface GenerateOptions extends PromptOptions {
  readonly model: ModelRequest;
  readonly generation: Omit<GenerationRequest, 'input'>;
  /** Keep an earlier trace of that name under another one, instead of refusing. */
  readonly replace: boolean;
  readonly json: boolean;
}

/**
 * Generates, and writes the text as it comes or, at the end, one JSON object. An interruption ends it after
 * the round that runs.
 *
 * @returns the exit code
 */
export async function generateCommand(
  options: GenerateOptions,
  io: Io,
  loadEngine: LoadEngine,
): Promise<number> {
  const { trace, drafter, acceptance = 'auto', sampler } = options.generation;
  // Whatever can be refused is refused before the model is loaded.
  const input = await readPrompt(options, io);
  chooseAcceptance(acceptance, sampler, findDrafter(drafter).description);
  if (trace !== null && !options.replace) refuseTrace(trace);

  const abort = new AbortController();
  const stopListening = io.onInterrupt(() => {
    io.stderr('\nStopping after the round that runs. Interrupt again to end at once.\n');
    abort.abort();
  });
  const progress = new ProgressLine(io);
  try {
    const { signal } = abort;
    const engine = await loadEngine(options.model, { onProgress: (step) => progress.show(step), signal });
    try {
      const earlier = trace !== null && options.replace ? setAside(trace) : null;
      if (earlier !== null) io.stderr(`The earlier trace is now ${earlier}.\n`);
      const onEvent = (event: GenerationEvent) => {
        if (event.type === 'progress') return progress.show(event.progress);
        progress.clear();
        if (event.type === 'round' && !options.json) io.stdout(event.text);
      };
      const result = await engine.generate({ ...options.generation, input }, { signal, onEvent });
      progress.clear();
      return report(result, options, io);
    } finally {
      await engine.dispose();
    }
  } finally {
    progress.clear();
    stopListening();
  }
}

function report(result: GenerationResult, { json, generation }: GenerateOptions, io: Io): number {
  if (json) {
    io.stdout(`${JSON.stringify(jsonResult(result))}\n`);
  } else {
    io.stdout(result.text.endsWith('\n') ? result.lastText : `${result.lastText}\n`);
    io.stderr(`${statistic(result)}\n`);
    const { fallback } = result.summary;
    if (fallback !== undefined) io.stderr(`${fallbackSentence(fallback)}.\n`);
    const { weights, weights_choice: choice, weights_agreement: agreement } = result.header;
    if (choice !== undefined && choice.wanted !== weights)
      io.stderr(`Weights ${weights}: ${choice.reason}.\n`);
    else if (agreement !== undefined) io.stderr(`${agreementLine(result.header)}.\n`);
  }
  if (result.traceProblem !== null) io.stderr(`draftscope: ${result.traceProblem.sentence}\n`);
  else if (generation.trace !== null) io.stderr(`The trace is in ${generation.trace}.\n`);
  if (result.finishReason === 'cancelled') return EXIT.cancelled;
  return result.traceProblem === null ? EXIT.ok : EXIT.failure;
}

/** What `--json` prints. The measures are the summary's, over the rounds' own time. */
function jsonResult({ header, summary, promptTokens, tokens, text, finishReason }: GenerationResult) {
  return {
    promptTokens,
    tokens,
    text,
    finishReason,
    rounds: summary.rounds,
    acceptanceLength: summary.acceptanceLength,
    tokensPerSecond: summary.tokensPerSecond,
    drafter: header.drafter.id,
    head: header.drafter.head,
    weights: header.weights,
    weightsAgreement: header.weights_agreement,
    provider: header.provider,
    model: header.model.id,
    modelName: header.model.name,
    modelFiles: header.model.files,
    threads: header.threads,
    acceptance: header.acceptance,
    sampler: header.sampler,
    drafted: summary.drafted,
    accepted: summary.accepted,
    t_us: summary.t_us,
    moved: summary.moved,
    fallback: summary.fallback,
  };
}

function statistic({ header, summary, finishReason }: GenerationResult): string {
  const speed = measure(' at', summary.tokensPerSecond, 1, ' tokens/s');
  const tau = measure(', acceptance length', summary.acceptanceLength, 2, '');
  const rounds = counted(summary.rounds, 'round');
  const setting = `${header.drafter.id}, ${header.weights} weights, ${header.provider}`;
  return `${counted(summary.tokens, 'token')}${speed}${tau} (${rounds}, ${setting}); finish reason ${finishReason}.`;
}

/** A measure with its words, nothing where it is not there: a run that was cancelled before its first round. */
function measure(before: string, value: number | null, digits: number, after: string): string {
  return value === null ? '' : `${before} ${value.toFixed(digits)}${after}`;
}

function refuseTrace(file: string): void {
  try {
    refuseExisting(file);
  } catch (error) {
    if (!(error instanceof UserError) || error.code !== 'usage') throw error;
    throw new UserError(
      'usage',
      error.message,
      'Choose another name for --trace, or add --replace, which keeps the earlier file under another name.',
    );
  }
}
