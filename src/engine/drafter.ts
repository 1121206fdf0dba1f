import type { Budget } from '../decoding/budget';
import type { DraftTree } from '../decoding/draftTree';
import type { Sampler } from '../decoding/sampling';
import type { Scored } from '../decoding/scored';
import type { DraftDemand, Walk } from '../decoding/walk';
import type { HeadKind } from '../models/heads/card';
import type { StateOutput } from '../models/graph/decoder';
import type { HeadTree } from '../protocol/engine';
import type { DraftModel } from './draftModel';
import type { DrafterMemory } from './drafters/memory';
import type { Head, LoadHead } from './heads/head';
import type { Traffic } from './kvDecoder';

/** What a drafter is and what it needs, read by the catalogue's users: commands, settings, CLI, view. */
export interface DrafterDescription {
  readonly id: string;
  readonly name: string;
  readonly kind: 'none' | 'n-gram' | 'heads' | 'model';
  /** One sentence for a quick pick or a help text. */
  readonly summary: string;
  /**
   * What it needs beside the text. `draftModel`: a second model, which the request names. `head`: a head that was
   * trained for the target, and the target's states.
   */
  readonly needs: 'nothing' | 'draftModel' | { readonly head: HeadKind };
  /**
   * Whether it can draw its tokens from a law that it hands out (what speculative sampling needs); otherwise `q` is
   * only a score. It does so where the context's `demand` asks for it.
   */
  readonly qIsLaw: boolean;
  /** Whether a part of a draft can be verified without the rest. Lookahead's window is of use as a whole only. */
  readonly divisible: boolean;
  /** Whether it spends its own time by what the budget's price says that time is worth. */
  readonly weighsTime?: boolean;
}

/** The sequence as a drafter sees it. */
export interface SequenceState {
  /** Prompt and output so far; the last one is the root token. */
  readonly tokens: readonly number[];
}

/** Reads the target's own states, of every token but the root: that one's are there after its round. */
export interface StateReader {
  /** Which of them; several stand side by side. */
  readonly reads: readonly StateOutput[];
  /**
   * Begins a text that is about to be read.
   *
   * @returns of the text's first tokens, how many states it kept from an earlier one: it is to be read from there on
   */
  begin(tokens: readonly number[]): number;
  /** The states `[n, width]` of the text's tokens from `start` on, which come in order. */
  read(start: number, states: Float32Array): void | Promise<void>;
}

/** Reads what the target thinks most probable after tokens of the prompt, as far as these are run. */
export interface CandidateReader {
  /**
   * After which tokens of a text, all but its last one, it wants to know, by place and rising: each one costs a row of
   * the vocabulary's projection. It is not told of those whose keys and values are there from an earlier text.
   */
  wanted(tokens: readonly number[]): readonly number[];
  /** @param candidates by falling probability */
  read(token: number, candidates: Int32Array): void;
}

/** Proposes a draft each round and learns what became of it. One file a drafter, one line in the catalogue. */
export interface Drafter {
  readonly description: DrafterDescription;
  /** Who reads the target's states, where the drafter needs them: while the prompt is run, before `reset`. */
  readonly states?: StateReader;
  /** Who reads the target's candidates after the prompt's tokens, for a drafter that learns from them: likewise. */
  readonly candidates?: CandidateReader;
  /** Bytes moved to and from a device on which it runs a model; null, or not there, where it runs none on one. */
  readonly traffic?: Traffic | null;
  /** Starts over on a new sequence: the prompt's tokens. */
  reset(tokens: readonly number[]): void | Promise<void>;
  /** At most `budget.nodes` nodes and `budget.depth` levels; an empty draft means a plain step. */
  propose(state: SequenceState, budget: Budget): DraftTree | Promise<DraftTree>;
  /**
   * Told after each round what was kept.
   *
   * @param draft what the target scored; among several drafters it may be another one's
   */
  commit(walk: Walk, scored: Scored, draft: DraftTree): void | Promise<void>;
  dispose(): void | Promise<void>;
}

/** What a drafter is made of, the same for all. */
export interface DrafterContext {
  /** What the engine's drafters keep between generations. */
  readonly memory: DrafterMemory;
  /** The generation's sampler: the law and the numbers that the target draws by. */
  readonly sampler: Sampler;
  /** How the acceptance rule needs the tokens of a draft to be chosen. */
  readonly demand: DraftDemand;
  /**
   * Whether trees can be run where the target and the draft model do; otherwise no drafter runs one, and what is offered
   * as one is cut to a chain.
   */
  readonly trees: boolean;
  /**
   * The draft model that the request names, loaded at its first use and kept by the engine: it is not the drafter's
   * to dispose of.
   *
   * @throws UserError `usage` when the request names none or its tokenizer is not the target's, and what opening
   *   a model throws
   */
  openDraftModel(): Promise<DraftModel>;
  /**
   * The head of that kind which the request names, or else the one that comes with the program for the target; kept by
   * the engine, as the draft model is.
   *
   * @param load makes one of its parts
   * @throws UserError where there is none that fits, and for one that is damaged
   */
  openHead(kind: HeadKind, load: LoadHead): Promise<Head>;
  /** How a head's guesses become a tree. */
  readonly headTree: HeadTree;
  /** Ends long work of the drafter's own, such as reading the prompt. */
  readonly signal?: AbortSignal;
}

/** A line of the catalogue: what a drafter is, and how to make one. */
export interface DrafterEntry {
  readonly description: DrafterDescription;
  /** A new drafter without a sequence; `reset` gives it one. */
  create(context: DrafterContext): Drafter | Promise<Drafter>;
}
