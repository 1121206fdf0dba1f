/** The messages between a benchmark and a peer's process: a setup, then tasks one after another. */
export type PeerName = 'llama.cpp' | 'transformers.js';

export interface PeerSetup {
  readonly peer: PeerName;
  /** The folder whose `node_modules` holds the peer. */
  readonly packages: string;
  /** A GGUF file for llama.cpp, a model folder for transformers.js. */
  readonly model: string;
  readonly threads: number;
  /** Tokens that must fit. */
  readonly context: number;
}

export type PeerTask =
  /** Greedy decoding after a prompt, end tokens ignored. */
  | { readonly kind: 'decode'; readonly prompt: readonly number[]; readonly count: number }
  /** One forward over `rows` tokens after `past` cached ones, the most probable token wanted at each. */
  | { readonly kind: 'forward'; readonly past: readonly number[]; readonly rows: number };

export type PeerAnswer =
  | { readonly kind: 'ready' }
  | { readonly kind: 'decoded'; readonly decoded: Decoded }
  | { readonly kind: 'timed'; readonly us: number }
  | { readonly kind: 'failed'; readonly reason: string };

/** Tokens that were decoded, and the microseconds from the first of them to the last: no prefill is in it. */
export interface Decoded {
  readonly tokens: readonly number[];
  readonly us: number;
}

/** A peer that has its model loaded. */
export interface LoadedPeer {
  decode(prompt: readonly number[], count: number): Promise<Decoded>;
  /** Absent where the peer's interface gives no way to it. */
  forward?(past: readonly number[], rows: number): Promise<number>;
}
