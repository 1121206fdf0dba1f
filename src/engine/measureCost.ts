import { readFile, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { z } from 'zod';
import type { CostPoint } from '../decoding/costModel';
import { writeAtomically } from '../models/cache';
import { throwIfCancelled } from '../models/cancellation';
import type { OnProgress } from '../models/model';
import type { Provider } from '../protocol/engine';
import { digest, type ConvertedWeights } from './convertedWeights';
import { causal } from './decoderSession';
import type { KvDecoder } from './kvDecoder';
import { runtimeVersion } from './session';

/** Where v(T) is measured; between, it is interpolated. */
const ROWS = [1, 2, 4, 8, 16, 32, 64];
const PASTS = [128, 512];

/** Forwards at each point after one to warm up; the median counts. */
const REPEATS = 5;

/** Where forwards run. */
interface Place {
  readonly provider: Provider;
  readonly threads: number;
}

const pointsSchema = z
  .array(z.object({ rows: z.number(), past: z.number(), us: z.number().positive() }))
  .min(1);

/**
 * What a forward of this model costs on this machine at various numbers of rows and two context lengths:
 * measured now, or read from beside the weights where the same machine, threads and runtime measured it before.
 */
export async function measuredCost(
  weights: ConvertedWeights,
  decoder: KvDecoder,
  place: Place,
  onProgress: OnProgress,
  signal?: AbortSignal,
): Promise<CostPoint[]> {
  const file = path.join(weights.folder, `cost-${machineKey(place)}.json`);
  const known = pointsSchema.safeParse(await readJson(file));
  if (known.success) return known.data;
  const points = await measureCost(decoder, onProgress, signal);
  const text = JSON.stringify(points);
  await writeAtomically(file, (partial) => writeFile(partial, text));
  return points;
}

/** Measures what forwards cost, now: about a hundred of them. */
export async function measureCost(
  decoder: KvDecoder,
  onProgress: OnProgress,
  signal?: AbortSignal,
): Promise<CostPoint[]> {
  const { context } = decoder.config;
  const counts = ROWS.filter((rows) => rows <= context);
  const pasts = new Set(PASTS.map((past) => Math.min(past, context - Math.max(...counts))));
  const points: CostPoint[] = [];
  for (const past of pasts) {
    const sequence = await decoder.blank(past);
    for (const rows of counts) {
      throwIfCancelled(signal);
      onProgress({
        phase: 'load',
        message: 'Measuring what a forward costs here',
        done: points.length,
        total: pasts.size * counts.length,
      });
      points.push({ rows, past, us: await medianForward(sequence, rows) });
    }
    await sequence.dispose();
  }
  return points;
}

/** What a forward of `rows` tokens costs, in microseconds: the median of a few after one to warm up. */
export async function medianForward(sequence: KvDecoder, rows: number): Promise<number> {
  const each = Array.from({ length: rows }, (_, i) => i);
  const input = {
    tokens: each.map(() => 0),
    positions: each.map((i) => sequence.length + i),
    visible: causal,
    rows: each,
    probes: each.slice(1).flatMap((row) => [row, 0]),
  };
  const wanted = ['top.token', 'top.probability', 'probe.probability'];
  const times: number[] = [];
  for (let run = 0; run <= REPEATS; run++) {
    const start = performance.now();
    await sequence.forward(input, wanted);
    if (run > 0) times.push((performance.now() - start) * 1000);
  }
  times.sort((a, b) => a - b);
  return times[Math.floor(times.length / 2)];
}

/** What decides about speed beside the weights. */
function machineKey({ provider, threads }: Place): string {
  const cpu = [os.cpus()[0]?.model, os.availableParallelism(), process.arch];
  const parts = [...cpu, threads, runtimeVersion, ...(provider === 'cpu' ? [] : [provider])];
  return digest(JSON.stringify(parts));
}

async function readJson(file: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(file, 'utf8'));
  } catch {
    // Not measured yet, or cut off: it is measured now.
    return null;
  }
}
