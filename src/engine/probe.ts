import { fork } from 'node:child_process';
import path from 'node:path';
import { sentenceOf } from '../errors';
import { cancelledError } from '../models/cancellation';
import type { Provider } from '../protocol/engine';
import type { ConvertedWeights } from './convertedWeights';
import { libraryFault } from './cudaLibraries';
import { causal } from './decoderSession';
import type { KvDecoder } from './kvDecoder';
import { medianForward } from './measureCost';
import { openDecoder } from './providers';
import { selfTest, type Capabilities } from './selfTest';

/** The argument that makes the engine's bundle a probe instead: it answers one task and ends. */
export const PROBE_ARGUMENT = '--probe';

/** What a provider is tried for. */
export type ProbeTask =
  | { readonly kind: 'selfTest' }
  | { readonly kind: 'time'; readonly weights: ConvertedWeights; readonly threads: number };

/** What one token and a draft of `TIMED_NODES` cost, in microseconds. */
export interface ForwardTimes {
  readonly token: number;
  readonly draft: number;
}

/**
 * What a few tokens lead to under the model's own weights: for each of them its most probable successors. A self-test
 * passes on a small model; kernels for larger shapes are others.
 */
export interface Scores {
  /** `[rows, topK]` */
  readonly token: readonly number[];
  readonly probability: readonly number[];
}

export const TIMED_NODES = 8;
export const SCORED_TOKENS = 16;
const TIMED_PAST = 128;

/** The task's answer, or why there is none. Whatever a driver does to the process is such a reason. */
export type ProbeAnswer =
  | { readonly kind: 'capabilities'; readonly capabilities: Capabilities }
  | { readonly kind: 'times'; readonly times: ForwardTimes; readonly scores: Scores }
  | { readonly kind: 'failed'; readonly reason: string };

export type ProbeRunner = (provider: Provider, task: ProbeTask, signal?: AbortSignal) => Promise<ProbeAnswer>;

/** A driver that compiles its shaders takes seconds; one that hangs takes for ever. */
const LIMIT_MS: Readonly<Record<ProbeTask['kind'], number>> = { selfTest: 180_000, time: 180_000 };

/** Of what a probe's process wrote to stderr, the part that is looked through for a reason. */
const KEPT_WORDS = 4000;
/** The last words of a process that died, in a reason. */
const LAST_WORDS = 300;

/**
 * Tries a provider in a process of its own.
 *
 * @param script the engine's bundle; every bundle that holds this code lies beside it
 * @throws UserError `cancelled`
 */
export function probeProcess(script = path.join(__dirname, 'engine.js'), limits = LIMIT_MS): ProbeRunner {
  return (provider, task, signal) =>
    new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(cancelledError());
      const child = fork(script, [PROBE_ARGUMENT, provider], {
        env: { ...process.env, ELECTRON_RUN_AS_NODE: '1' },
        execArgv: [],
        serialization: 'advanced',
        stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
      });
      let words = '';
      let settled = false;
      const settle = (finish: () => void): void => {
        if (settled) return;
        settled = true;
        clearTimeout(timer);
        signal?.removeEventListener('abort', onAbort);
        child.kill('SIGKILL');
        finish();
      };
      const fail = (reason: string): void => settle(() => resolve({ kind: 'failed', reason }));
      const onAbort = (): void => settle(() => reject(cancelledError()));
      const timer = setTimeout(
        () => fail(refusal ?? `no answer within ${limits[task.kind] / 1000} seconds`),
        limits[task.kind],
      );
      signal?.addEventListener('abort', onAbort, { once: true });
      child.stderr?.on('data', (data: Buffer) => (words = (words + data.toString()).slice(-KEPT_WORDS)));
      child.on('error', (error) => fail(sentenceOf(error)));
      // Why a library could not be loaded is written to stderr only, all of which is there at the end.
      let refusal: string | null = null;
      child.on('message', (message) => {
        const answer = message as ProbeAnswer;
        if (answer.kind === 'failed') refusal = answer.reason;
        else settle(() => resolve(answer));
      });
      child.on('close', (code, killer) => {
        if (refusal === null) fail(deathReason(code, killer, words));
        else fail(libraryFault(words) ?? refusal);
      });
      child.send(task, () => undefined);
    });
}

function deathReason(code: number | null, killer: NodeJS.Signals | null, words: string): string {
  const end = killer === null ? `ended with exit code ${code}` : `was ended by ${killer}`;
  const last = (words.trim().split('\n').at(-1) ?? '').slice(-LAST_WORDS);
  return `the process that tried it ${end}${last === '' ? '' : ` (${last})`}`;
}

/** The child's side: waits for its task, answers it and ends. */
export function serveProbe(provider: Provider): void {
  process.once('disconnect', () => process.exit());
  process.once('message', (task: ProbeTask) => {
    void answer(provider, task)
      .catch((error: unknown): ProbeAnswer => ({ kind: 'failed', reason: sentenceOf(error) }))
      .then((message) => process.send?.(message, () => process.exit(0)));
  });
}

async function answer(provider: Provider, task: ProbeTask): Promise<ProbeAnswer> {
  switch (task.kind) {
    case 'selfTest':
      return { kind: 'capabilities', capabilities: await selfTest(provider) };
    case 'time': {
      const decoder = await openDecoder(task.weights, provider, task.threads);
      const past = Math.min(TIMED_PAST, decoder.config.context - TIMED_NODES - 1);
      const sequence = await decoder.blank(past);
      const times = {
        token: await medianForward(sequence, 1),
        draft: await medianForward(sequence, TIMED_NODES + 1),
      };
      return { kind: 'times', times, scores: await scoresOf(decoder) };
    }
  }
}

async function scoresOf(decoder: KvDecoder): Promise<Scores> {
  const rows = Array.from({ length: SCORED_TOKENS }, (_, i) => i);
  const tokens = rows.map((i) => (7 * i + 3) % decoder.config.vocabulary);
  const input = { tokens, positions: rows, visible: causal, rows, probes: [] };
  const results = await decoder.forward(input, ['top.token', 'top.probability']);
  return {
    token: Array.from(results['top.token'].data as BigInt64Array, Number),
    probability: Array.from(results['top.probability'].data as Float32Array),
  };
}
