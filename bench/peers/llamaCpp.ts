import { median } from '../statistics';
import { importFrom } from './package';
import type { Decoded, LoadedPeer, PeerSetup } from './protocol';

/** Forwards that count, after one to warm up: as many as our own v(T) takes. */
const REPEATS = 5;

/** What is used here of node-llama-cpp's interface. */
interface NodeLlamaCpp {
  readonly getLlama: (options: {
    gpu: false;
    build: 'never';
    maxThreads: number;
    logLevel: 'error';
  }) => Promise<{
    loadModel(options: { modelPath: string }): Promise<{
      createContext(options: { contextSize: number; threads: number; sequences: 1 }): Promise<{
        getSequence(): LlamaSequence;
      }>;
    }>;
  }>;
}

interface LlamaSequence {
  readonly nextTokenIndex: number;
  readonly contextTokens: readonly number[];
  clearHistory(): Promise<void>;
  eraseContextTokenRanges(ranges: { start: number; end: number }[]): Promise<void>;
  evaluate(
    tokens: readonly number[],
    options: { temperature: 0; yieldEogToken: true },
  ): AsyncGenerator<number, void>;
  evaluateWithoutGeneratingNewTokens(tokens: readonly number[]): Promise<void>;
  controlledEvaluate(
    input: readonly (number | readonly [number, { generateNext: { token: true } }])[],
  ): Promise<readonly ({ readonly next: { readonly token?: number | null } } | undefined)[]>;
}

/** llama.cpp through node-llama-cpp, on the CPU, with the library that its package brings. */
export async function loadLlamaCpp({ packages, model, threads, context }: PeerSetup): Promise<LoadedPeer> {
  const { getLlama } = await importFrom<NodeLlamaCpp>(packages, 'node-llama-cpp');
  const llama = await getLlama({ gpu: false, build: 'never', maxThreads: threads, logLevel: 'error' });
  const loaded = await llama.loadModel({ modelPath: model });
  const sequence = (
    await loaded.createContext({ contextSize: context, threads, sequences: 1 })
  ).getSequence();
  return {
    decode: (prompt, count) => decode(sequence, prompt, count),
    forward: (past, rows) => forward(sequence, past, rows),
  };
}

/** Its own loop of greedy decoding, `evaluate`. */
async function decode(sequence: LlamaSequence, prompt: readonly number[], count: number): Promise<Decoded> {
  await sequence.clearHistory();
  const tokens: number[] = [];
  let first = 0;
  let last = 0;
  for await (const token of sequence.evaluate(prompt, { temperature: 0, yieldEogToken: true })) {
    tokens.push(token);
    last = performance.now();
    if (tokens.length === 1) first = last;
    if (tokens.length === count) break;
  }
  return { tokens, us: (last - first) * 1000 };
}

/**
 * A batch with a greedy token wanted at every position, `controlledEvaluate`: the nearest that its interface in
 * JavaScript has to verifying a draft. The rows are a chain, as it knows no trees.
 */
async function forward(sequence: LlamaSequence, past: readonly number[], rows: number): Promise<number> {
  if (!isAt(sequence, past)) {
    await sequence.clearHistory();
    await sequence.evaluateWithoutGeneratingNewTokens(past);
  }
  const input = past.slice(0, rows).map((token) => [token, { generateNext: { token: true } }] as const);
  const times: number[] = [];
  for (let run = 0; run <= REPEATS; run++) {
    const start = performance.now();
    const output = await sequence.controlledEvaluate(input);
    if (run > 0) times.push((performance.now() - start) * 1000);
    const scored = output.filter((item) => typeof item?.next.token === 'number').length;
    if (scored !== rows) throw new Error(`llama.cpp gave ${scored} tokens for ${rows} positions`);
    await sequence.eraseContextTokenRanges([{ start: past.length, end: sequence.nextTokenIndex }]);
  }
  return median(times);
}

/** Whether the sequence holds these tokens and no more. */
function isAt({ contextTokens }: LlamaSequence, past: readonly number[]): boolean {
  return contextTokens.length === past.length && contextTokens.every((token, i) => token === past[i]);
}
