import os from 'node:os';
import { version } from '../../package.json';
import { adaptivePolicy } from '../decoding/adaptive';
import { chainPolicy, fixedPolicy, type BudgetPolicy } from '../decoding/budget';
import { costAwarePolicy } from '../decoding/costAware';
import { CostModel } from '../decoding/costModel';
import { Experience } from '../decoding/experience';
import { createSampler } from '../decoding/sampling';
import type { AcceptanceRule } from '../decoding/walk';
import { UserError } from '../errors';
import { t } from '../l10n';
import { throwIfCancelled } from '../models/cancellation';
import { layersAmong } from '../models/graph/decoder';
import type { Model } from '../models/model';
import { openModel } from '../models/open';
import type {
  Drafted,
  GenerationInput,
  GenerationRequest,
  ModelRequest,
  Progress,
  Provider,
  WeightForm,
} from '../protocol/engine';
import {
  TRACE_SCHEMA,
  type FinishReason,
  type Round,
  type TraceHeader,
  type TraceSummary,
} from '../trace/schema';
import { summarise } from '../trace/summary';
import { TraceWriter } from '../trace/writer';
import { chooseAcceptance } from './chooseAcceptance';
import { chooseWeights, type ChosenWeights } from './chooseWeights';
import { candidates, fastest, reasonNow, type ChosenProvider } from './chooseProvider';
import { convertedWeights } from './convert';
import type { DrafterContext, DrafterDescription } from './drafter';
import { findDrafter } from './drafters/catalogue';
import { DrafterMemory } from './drafters/memory';
import { generate } from './generate';
import type { Head } from './heads/head';
import { openHead, type HeadRequest, type LoadedHead } from './heads/openHead';
import { KeptDraftModel } from './keptDraftModel';
import { loadTarget } from './loadTarget';
import type { MeasuredCost } from './measureCost';
import { probeProcess, type ProbeRunner } from './probe';
import { whileNoted } from './providerDeath';
import { PROVIDERS } from './providers';
import { draftRecord, roundRecord } from './roundRecord';
import { Sequence } from './sequence';
import { runtimeVersion, threadCount } from './session';
import type { Target } from './target';
import { TextStream } from './textStream';

export type EngineProgress = (progress: Progress) => void;

/** What happens during a generation, in order: prefill progress, the header, then drafts and rounds. */
export type GenerationEvent =
  | { readonly type: 'progress'; readonly progress: Progress }
  | { readonly type: 'header'; readonly header: TraceHeader }
  | { readonly type: 'drafted'; readonly drafted: Drafted }
  /** `text` is what the round released: whole characters only, so it may lag behind the tokens. */
  | { readonly type: 'round'; readonly round: Round; readonly text: string };

export interface GenerationResult {
  readonly header: TraceHeader;
  readonly rounds: readonly Round[];
  readonly summary: TraceSummary;
  readonly promptTokens: readonly number[];
  /** Token ids of the output; the end token is there if one was produced. */
  readonly tokens: readonly number[];
  readonly text: string;
  /** What the rounds had not released yet when the output ended. */
  readonly lastText: string;
  readonly finishReason: FinishReason;
  /** Why the trace file is incomplete; the generation itself does not stop for it. */
  readonly traceProblem: UserError | null;
}

export interface GenerationOptions {
  readonly onEvent?: (event: GenerationEvent) => void;
  readonly signal?: AbortSignal;
}

/**
 * A loaded model that generates. One generation at a time; the keys and values of one are kept for the next,
 * so that a conversation's earlier turns are not run again.
 */
export class Engine {
  private readonly drafterMemory: DrafterMemory;
  /** What policies learned of each drafter, by its id. */
  private readonly experiences = new Map<string, Experience>();
  private readonly draftModel = new KeptDraftModel();
  /** The head that was last asked for, by what it was asked for with. */
  private head: (LoadedHead & Pick<HeadRequest, 'kind' | 'folder'>) | null = null;

  private constructor(
    readonly model: Model,
    private readonly chosenWeights: ChosenWeights,
    private readonly target: Target,
    private readonly chosen: ChosenProvider,
    private cost: CostHere,
  ) {
    this.drafterMemory = new DrafterMemory(model.config.vocabulary);
  }

  /**
   * Opens the model, converts its weights at the first use of this form, loads them, and measures what forwards
   * cost here where that is not known yet.
   */
  static async load(
    request: ModelRequest,
    options: {
      readonly onProgress?: EngineProgress;
      readonly signal?: AbortSignal;
      /** How providers are tried; tests have their own. */
      readonly probe?: ProbeRunner;
    } = {},
  ): Promise<Engine> {
    const onProgress: EngineProgress = options.onProgress ?? (() => undefined);
    const model = await openModel(request.model, { onProgress, signal: options.signal });
    try {
      const choosing = { probe: options.probe ?? probeProcess(), onProgress, signal: options.signal };
      // What cannot run is said before anything is converted for it.
      const chosenWeights = await chooseWeights(model, request, choosing);
      const able = await candidates(request.provider, chosenWeights.used, choosing);
      const weights = await convertedWeights(model, chosenWeights.used, onProgress, options.signal);
      const threads = threadCount(request.threads);
      const choice = await fastest(able, weights, threads, choosing);
      throwIfCancelled(options.signal);
      onProgress({ phase: 'load', message: t('Loading {0}', model.name), done: 0, total: null });
      const { target, chosen, cost } = await loadTarget(weights, threads, choice, choosing);
      return new Engine(model, chosenWeights, target, chosen, costHere(target, cost));
    } catch (error) {
      await model.close();
      throw error;
    }
  }

  get weights(): WeightForm {
    return this.chosenWeights.used;
  }

  /** Why these weights, where they were not asked for by name. */
  get weightsReason(): string | undefined {
    const { wanted, reason } = this.chosenWeights;
    return wanted === 'auto' ? reason : undefined;
  }

  get provider(): string {
    return this.target.provider;
  }

  generate(request: GenerationRequest, options: GenerationOptions = {}): Promise<GenerationResult> {
    return whileNoted(this.target.provider, () => this.run(request, options));
  }

  private async run(request: GenerationRequest, options: GenerationOptions): Promise<GenerationResult> {
    const onEvent = options.onEvent ?? (() => undefined);
    const { tokenizer, config } = this.model;
    const sampler = createSampler(request.sampler);
    const onProgress: EngineProgress = (progress) => onEvent({ type: 'progress', progress });
    if (this.cost.provider !== this.target.provider) {
      // It failed in an earlier text, and runs elsewhere since.
      this.cost = costHere(this.target, await this.target.measuredCost(onProgress, options.signal));
    }
    const entry = findDrafter(request.drafter);
    const acceptance = chooseAcceptance(request.acceptance ?? 'auto', request.sampler, entry.description);
    const openDraftModel = () => {
      const { model, target, weights: form } = this;
      const { weights, provider, threads } = target;
      const fallsBack = this.chosen.wanted === 'auto';
      const draftTarget = { model, form, weights, provider, threads, fallsBack };
      return this.draftModel.open(request.draftModel, draftTarget, { onProgress, signal: options.signal });
    };
    const openHead: DrafterContext['openHead'] = (kind, load) =>
      this.openHead({ kind, folder: request.head, load }, onProgress, options.signal);
    const drafter = await entry.create({
      memory: this.drafterMemory,
      sampler,
      demand: this.demandOf(acceptance),
      trees: this.target.capabilities.trees,
      openDraftModel,
      openHead,
      headTree: request.headTree ?? 'dynamic',
      signal: options.signal,
    });
    const draftModel = entry.description.needs === 'draftModel' ? this.draftModel.loaded : null;
    const policy = this.withinCapabilities(
      this.policy(request.budget, drafter.description),
      drafter.description,
    );
    const prompt = this.promptText(request.input);
    const promptTokens = this.encode(prompt, request.input.kind === 'raw');

    const created = new Date();
    const clock = startClock();
    const reused = await this.target.prefill(
      promptTokens,
      (done) => onProgress(prefillProgress(done, promptTokens.length)),
      options.signal,
      drafter,
    );
    await drafter.reset(promptTokens);

    const header: TraceHeader = {
      type: 'header',
      schema: TRACE_SCHEMA,
      created: created.toISOString(),
      versions: { draftscope: version, onnxruntime: runtimeVersion, node: process.versions.node },
      model: {
        id: this.model.id,
        name: this.model.name,
        architecture: this.model.architecture,
        files: this.model.files.map(({ name, bytes, sha256 }) => ({ name, bytes, sha256 })),
        vocabulary: config.vocabulary,
        context: config.context,
      },
      weights: this.weights,
      weights_choice: { wanted: this.chosenWeights.wanted, reason: this.chosenWeights.reason },
      ...(this.chosenWeights.agreement === null ? {} : { weights_agreement: this.chosenWeights.agreement }),
      provider: this.provider,
      provider_choice: {
        wanted: this.chosen.wanted,
        reason: reasonNow(this.chosen, this.target.fault, draftModel?.fault ?? null),
      },
      threads: this.target.threads,
      cost: { ...this.cost.measured, points: this.cost.measured.points.map((point) => ({ ...point })) },
      drafter: {
        id: drafter.description.id,
        name: drafter.description.name,
        qIsLaw: drafter.description.qIsLaw && acceptance.demand !== 'any',
        ...(draftModel === null ? {} : { model: draftModel.facts }),
        ...(typeof entry.description.needs === 'object' ? { head: this.head?.facts } : {}),
      },
      acceptance: { rule: acceptance.id, lossless: acceptance.lossless },
      sampler: { ...request.sampler },
      limits: {
        maxTokens: request.maxTokens,
        context: config.context,
        endTokens: [...tokenizer.endTokens],
        stop: [...request.stop],
      },
      clock: { source: 'monotonic clock of the engine process', unit: 'us' },
      machine: machine(),
      prompt: { tokens: promptTokens, text: prompt },
      prefill: { reused, t_us: Math.round(clock()) },
    };
    const trace = new TraceRecorder(request.trace, header);
    onEvent({ type: 'header', header });

    const textStream = new TextStream(tokenizer, request.stop);
    const limits = { maxTokens: request.maxTokens, context: config.context, endTokens: tokenizer.endTokens };
    const sequence = new Sequence(promptTokens, limits, textStream);
    const rounds: Round[] = [];
    let text = '';
    try {
      await generate(
        { target: this.target, drafter, policy, acceptance, sampler, sequence, clock },
        {
          drafted: (index, draft) =>
            onEvent({ type: 'drafted', drafted: draftRecord(index, draft, tokenizer) }),
          round: (result) => {
            const round = roundRecord(result, tokenizer);
            trace.round(round);
            rounds.push(round);
            text += result.text;
            onEvent({ type: 'round', round, text: result.text });
          },
        },
        options.signal,
      );
      const finishReason = sequence.finished ?? 'cancelled';
      const summary = summarise(header, rounds, finishReason);
      trace.finish(summary);
      const lastText = textStream.finish();
      text += lastText;
      return {
        header,
        rounds,
        summary,
        promptTokens,
        tokens: sequence.output,
        text,
        lastText,
        finishReason,
        traceProblem: trace.problem,
      };
    } finally {
      trace.close();
      await drafter.dispose();
    }
  }

  /** Makes drafters forget what earlier generations taught them. */
  clearDrafterMemory(): void {
    this.drafterMemory.clear();
  }

  async dispose(): Promise<void> {
    await this.draftModel.dispose();
    await this.head?.head.dispose();
    await this.target.dispose();
    await this.model.close();
  }

  /** The loaded head of that kind and folder, or it in place of the one that is loaded. */
  private async openHead(
    request: HeadRequest,
    onProgress: EngineProgress,
    signal?: AbortSignal,
  ): Promise<Head> {
    const { kind, folder } = request;
    if (this.head !== null && this.head.kind === kind && this.head.folder === folder) return this.head.head;
    const old = this.head;
    this.head = null;
    await old?.head.dispose();
    const { model, target } = this;
    const loaded = await openHead(
      request,
      { model, weights: target.weights, threads: target.threads },
      { onProgress, signal },
    );
    const { provider } = target;
    if (layersAmong(loaded.head.reads).length > 0 && PROVIDERS[provider].rows === 'device') {
      await loaded.head.dispose();
      throw new UserError(
        'unsupported',
        t(
          'The {0} head in {1} reads states from within the model, which {2} does not hand out.',
          ...[kind, loaded.facts.folder, PROVIDERS[provider].name],
        ),
        t('Choose the provider cpu, or a head that reads the last states.'),
      );
    }
    this.head = { ...loaded, kind, folder };
    return loaded.head;
  }

  /** Where the provider verifies no trees, siblings are not drawn in the first place: a chain is a tree too. */
  private demandOf({ demand }: AcceptanceRule): DrafterContext['demand'] {
    return demand === 'drawnTree' && !this.target.capabilities.trees ? 'drawnChain' : demand;
  }

  private policy(
    { policy, ...limits }: GenerationRequest['budget'],
    { id, divisible, weighsTime }: DrafterDescription,
  ): BudgetPolicy {
    switch (policy) {
      case 'fixed':
        return fixedPolicy(limits);
      case 'adaptive':
        return adaptivePolicy(limits);
      case 'costAware': {
        const experience = this.experiences.get(id) ?? new Experience();
        this.experiences.set(id, experience);
        return costAwarePolicy(this.cost.model, limits, { divisible, weighsTime, experience });
      }
    }
  }

  /**
   * Where the provider verifies no trees, drafts are cut to chains.
   *
   * @throws UserError `unsupported` for a drafter whose drafts cannot be cut
   */
  private withinCapabilities(policy: BudgetPolicy, { divisible, name }: DrafterDescription): BudgetPolicy {
    if (this.target.capabilities.trees) return policy;
    if (divisible) return chainPolicy(policy, this.provider);
    throw new UserError(
      'unsupported',
      t(
        '{0} needs a tree verified whole, which {1} does not do here.',
        name,
        PROVIDERS[this.target.provider].name,
      ),
      t('Choose another drafter, or the provider cpu.'),
    );
  }

  private promptText(input: GenerationInput): string {
    const isEmpty = input.kind === 'chat' ? input.messages.length === 0 : input.text === '';
    if (isEmpty) throw new UserError('usage', t('The prompt is empty.'), t('Give some text to continue.'));
    if (input.kind === 'raw') return input.text;
    if (!this.model.hasChatTemplate) {
      throw new UserError(
        'usage',
        t('{0} has no chat template, so it cannot answer a turn.', this.model.name),
        t('Continue the text as it stands instead (raw).'),
      );
    }
    const turns = input.kind === 'chat' ? input.messages : [{ role: 'user' as const, content: input.text }];
    return this.model.renderChat(turns);
  }

  /** A chat template writes the text's opening tokens itself; raw text gets them here. */
  private encode(prompt: string, raw: boolean): number[] {
    const { tokenizer, config } = this.model;
    const tokens = [...(raw ? tokenizer.startTokens : []), ...tokenizer.encode(prompt)];
    const { context } = config;
    if (tokens.length === 0)
      throw new UserError('usage', t('The prompt is empty.'), t('Give some text to continue.'));
    if (tokens.length >= context) {
      throw new UserError(
        'usage',
        t(
          'The prompt has {0} tokens, but {1} has a context of {2}.',
          tokens.length,
          this.model.name,
          context,
        ),
        t('Shorten the prompt or choose a model with a longer context.'),
      );
    }
    return tokens;
  }
}

/** The trace file of a generation, if one was asked for. A file that cannot be written never ends a generation. */
class TraceRecorder {
  problem: UserError | null = null;
  private readonly writer: TraceWriter | null;

  /** @throws UserError when the file cannot be started: nothing has been generated yet */
  constructor(file: string | null, header: TraceHeader) {
    this.writer = file === null ? null : TraceWriter.create(file, header);
  }

  round(round: Round): void {
    this.attempt((writer) => writer.round(round));
  }

  finish(summary: TraceSummary): void {
    this.attempt((writer) => writer.finish(summary));
  }

  close(): void {
    this.writer?.close();
  }

  private attempt(write: (writer: TraceWriter) => void): void {
    if (this.writer === null || this.problem !== null) return;
    try {
      write(this.writer);
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      this.problem = error;
    }
  }
}

/** What forwards cost where the target runs now. */
interface CostHere {
  readonly provider: Provider;
  readonly measured: MeasuredCost;
  /** v(T), kept current from every generation's rounds. */
  readonly model: CostModel;
}

function costHere({ provider }: Target, measured: MeasuredCost): CostHere {
  return { provider, measured, model: new CostModel(measured.points) };
}

/** Microseconds since now, monotonic. */
function startClock(): () => number {
  const start = performance.now();
  return () => (performance.now() - start) * 1000;
}

function prefillProgress(done: number, total: number): Progress {
  return { phase: 'prefill', message: t('Reading the prompt'), done, total };
}

function machine(): TraceHeader['machine'] {
  const cpus = os.cpus();
  return {
    platform: process.platform,
    arch: process.arch,
    cpu: cpus[0]?.model.trim() ?? 'unknown',
    cores: os.availableParallelism(),
    memoryBytes: os.totalmem(),
  };
}
