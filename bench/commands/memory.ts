import { readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { UserError } from '../../src/errors';
import { convertedWeights } from '../../src/engine/convert';
import { EngineProcess } from '../../src/host/engineProcess';
import { WEIGHTS_FILE } from '../../src/models/graph/weightsFile';
import type { LlamaConfig, Model } from '../../src/models/model';
import { openModel } from '../../src/models/open';
import {
  weightsSchema,
  type EngineEvent,
  type EngineRequest,
  type WeightForm,
} from '../../src/protocol/engine';
import { root } from '../options';
import { mappedBytes, parseStatus, type ProcessMemory } from '../processMemory';
import { devQuestions, passage, request } from '../questions';
import { note, type Report } from '../report';
import type { Row } from '../table';
import { benchmark } from './command';

/** The context at the end, and how much of it is generated. */
const CONTEXT = 1000;
const GENERATED = 64;

/** How the context is filled: plainly, and with drafts of 16 nodes, which that drafter always has. */
const MODES = [
  { mode: 'plain', drafter: 'none', nodes: 0 },
  { mode: '16-node drafts', drafter: 'token-recycling', nodes: 16 },
];

/** Readings of one engine process's life. */
export interface MemoryRun {
  readonly weights: WeightForm;
  readonly mode: string;
  /** Bytes of the weights file that is decoded. */
  readonly weightsBytes: number;
  /** Bytes of keys and values at the end. */
  readonly kvBytes: number;
  /** Before anything was loaded, after loading, and at the end. */
  readonly started: ProcessMemory;
  readonly loaded: ProcessMemory;
  readonly ended: ProcessMemory;
  /** Bytes of the weights file that are resident through its mapping at the end. */
  readonly mapped: number;
}

export const memoryCommand = benchmark<object>(
  'memory',
  'peak resident memory of an engine process over its weights file (Linux)',
  [],
  memory,
);

async function memory(): Promise<Report> {
  if (process.platform !== 'linux')
    throw new UserError(
      'unsupported',
      'The memory benchmark reads /proc, which only Linux has.',
      'Run it there.',
    );
  const model = await openModel('default');
  try {
    const runs: MemoryRun[] = [];
    for (const weights of weightsSchema.options) {
      for (const mode of MODES) {
        note(`measuring ${weights}, ${mode.mode}`);
        runs.push(await measure(model, weights, mode));
      }
    }
    return memoryReport(runs);
  } finally {
    await model.close();
  }
}

async function measure(
  model: Model,
  weights: WeightForm,
  { mode, drafter, nodes }: (typeof MODES)[number],
): Promise<MemoryRun> {
  // Converted here, so that the measured process only loads.
  const { folder } = await convertedWeights(model, weights, () => undefined);
  const file = path.join(folder, WEIGHTS_FILE);
  const { text } = passage(await devQuestions(root, Infinity), model.tokenizer, CONTEXT - GENERATED);
  const engine = new EngineProcess({
    script: path.join(root, 'dist', 'engine.js'),
    startTimeoutMs: 60_000,
    log: note,
  });
  try {
    await engine.ready;
    const started = await memoryOf(engine);
    const source = { model: 'default', weights, provider: 'cpu', threads: 0 } as const;
    await answered(engine, { type: 'load', id: 1, ...source });
    const loaded = await memoryOf(engine);
    const budget = { policy: 'fixed', nodes, depth: nodes } as const;
    const settings = { drafter, temperature: 0, maxTokens: GENERATED, budget };
    const generation = request({ kind: 'raw', text }, 0, settings);
    await answered(engine, { type: 'generate', id: 2, ...source, ...generation });
    return {
      weights,
      mode,
      weightsBytes: (await stat(file)).size,
      kvBytes: CONTEXT * kvBytesPerToken(model.config),
      started,
      loaded,
      ended: await memoryOf(engine),
      mapped: mappedBytes(await readFile(`/proc/${engine.pid}/smaps`, 'utf8'), file),
    };
  } finally {
    await engine.stop(2000);
  }
}

/** Sends a request and waits for its last word. */
async function answered(engine: EngineProcess, sent: EngineRequest & { readonly id: number }): Promise<void> {
  const lastWord: EngineEvent['type'] = sent.type === 'load' ? 'loaded' : 'finished';
  await new Promise<void>((resolve, reject) => {
    const stop = engine.events.subscribe((event) => {
      if (event.type === 'error') reject(new UserError(event.code, event.message, event.hint));
      else if (event.type === lastWord) {
        stop();
        resolve();
      }
    });
    void engine.ended.then(reject);
    engine.send(sent);
  });
}

async function memoryOf({ pid }: EngineProcess): Promise<ProcessMemory> {
  return parseStatus(await readFile(`/proc/${pid}/status`, 'utf8'));
}

/** fp32 keys and values of every layer. */
function kvBytesPerToken({ layers, kvHeads, headDim }: LlamaConfig): number {
  return 2 * layers * kvHeads * headDim * Float32Array.BYTES_PER_ELEMENT;
}

/** Table and figures: the peak over the weights file's bytes, and what it is made of. */
export function memoryReport(runs: readonly MemoryRun[]): Report {
  const over = ({ ended, weightsBytes }: MemoryRun): number => ended.peak / weightsBytes;
  const rows: Row[] = runs.map((run) => {
    const { weights, mode, weightsBytes, kvBytes, started, loaded, ended, mapped } = run;
    const atLoad = loaded.anonymous - started.anonymous;
    const generating = ended.anonymous - loaded.anonymous;
    return {
      weights,
      mode,
      'file (MB)': megabytes(weightsBytes),
      'peak (MB)': megabytes(ended.peak),
      'peak over file': over(run).toFixed(2),
      'runtime alone': megabytes(started.resident),
      'file mapped': megabytes(mapped),
      'copies made at load': megabytes(atLoad),
      'grown while generating': megabytes(generating),
      'the rest': megabytes(ended.peak - started.resident - mapped - atLoad - generating),
      'keys and values among it': megabytes(kvBytes),
      'peak by the end of loading': megabytes(loaded.peak),
    };
  });
  const figures: Record<string, number> = {};
  for (const weights of weightsSchema.options) {
    const own = runs.filter((run) => run.weights === weights);
    if (own.length > 0) figures[`memory.peakOverWeights.${weights}`] = Math.max(...own.map(over));
  }
  const quantised = runs.filter(({ weights }) => weights !== 'fp32');
  if (quantised.length > 0) figures['memory.peakOverWeights'] = Math.max(...quantised.map(over));
  return { figures, rows };
}

function megabytes(bytes: number): string {
  return (bytes / 1e6).toFixed(0);
}
