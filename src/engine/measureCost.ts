import { readFile, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { z } from 'zod';
import type { CostPoint } from '../decoding/costModel';
import { writeAtomically } from '../models/cache';
import { throwIfCancelled } from '../models/cancellation';
import type { OnProgress } from '../models/model';
import { digest, type ConvertedWeights } from './convertedWeights';
import { causal, type DecoderSession } from './decoderSession';
import { KvCache } from './kvCache';
import { runtimeVersion } from './session';

/** Where v(T) is measured; between, it is interpolated. */
const ROWS = [1, 2, 4, 8, 16, 32, 64];
const PASTS = [128, 512];

/** Forwards at each point after one to warm up; the median counts. */
const REPEATS = 5;

const pointsSchema = z
  .array(z.object({ rows: z.number(), past: z.number(), us: z.number().positive() }))
  .min(1);

/**
 * What a forward of this model costs on this machine at various numbers of rows and two context lengths:
 * measured now, or read from beside the weights where the same machine, threads and runtime measured it before.
 */
export async function measuredCost(
  weights: ConvertedWeights,
  session: DecoderSession,
  threads: number,
  onProgress: OnProgress,
  signal?: AbortSignal,
): Promise<CostPoint[]> {
  const file = path.join(weights.folder, `cost-${machineKey(threads)}.json`);
  const known = pointsSchema.safeParse(await readJson(file));
  if (known.success) return known.data;
  const points = await measureCost(weights, session, onProgress, signal);
  const text = JSON.stringify(points);
  await writeAtomically(file, (partial) => writeFile(partial, text));
  return points;
}

/** Measures what forwards cost, now: about a hundred of them. */
export async function measureCost(
  weights: ConvertedWeights,
  session: DecoderSession,
  onProgress: OnProgress,
  signal?: AbortSignal,
): Promise<CostPoint[]> {
  const { context } = weights.config;
  const counts = ROWS.filter((rows) => rows <= context);
  const pasts = new Set(PASTS.map((past) => Math.min(past, context - Math.max(...counts))));
  const points: CostPoint[] = [];
  for (const past of pasts) {
    const cache = emptyRows(weights, past);
    for (const rows of counts) {
      throwIfCancelled(signal);
      onProgress({
        phase: 'load',
        message: 'Measuring what a forward costs here',
        done: points.length,
        total: pasts.size * counts.length,
      });
      points.push({ rows, past, us: await medianForward(session, cache, rows) });
    }
  }
  return points;
}

async function medianForward(session: DecoderSession, cache: KvCache, rows: number): Promise<number> {
  const each = Array.from({ length: rows }, (_, i) => i);
  const input = {
    tokens: each.map(() => 0),
    positions: each.map((i) => cache.length + i),
    visible: causal,
    rows: each,
    probes: each.slice(1).flatMap((row) => [row, 0]),
  };
  const wanted = ['top.token', 'top.probability', 'probe.probability'];
  const times: number[] = [];
  for (let run = 0; run <= REPEATS; run++) {
    const start = performance.now();
    await session.forward(cache, input, wanted);
    if (run > 0) times.push((performance.now() - start) * 1000);
  }
  times.sort((a, b) => a - b);
  return times[Math.floor(times.length / 2)];
}

/** A cache of `past` rows of zeros: a forward costs the same whatever the numbers are. */
function emptyRows({ config }: ConvertedWeights, past: number): KvCache {
  const cache = new KvCache(config);
  const zeros = new Float32Array(cache.width);
  const slabs = new Map(Array.from({ length: cache.slabs }, (_, slab) => [slab, zeros]));
  cache.append(slabs, new Array<number>(past).fill(0));
  return cache;
}

/** What decides about speed beside the weights. */
function machineKey(threads: number): string {
  const parts = [os.cpus()[0]?.model, os.availableParallelism(), process.arch, threads, runtimeVersion];
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
