import { readFile, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { z } from 'zod';
import type { CostPoint } from '../decoding/costModel';
import { median } from '../decoding/order';
import { t } from '../l10n';
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
/** Numbers of rows without which there is no curve, however slow the model. */
const FEWEST_ROWS = 3;

/** Forwards at each point after one to warm up, where there is time. */
const REPEATS = 5;
/** A measurement in which half of the points took this many times their shortest time was disturbed. */
const DISTURBED = 1.25;

/** A forward that takes less than this part of what is remembered shows that the machine was busy then. */
const OUTDATED = 0.7;

/** Nobody should have to wait longer for a curve than this, in milliseconds. */
const TIME_BOUND = 2500;
/** Part of it after which no larger number of rows is begun: what is left is for repeating. */
const FIRST_PASS_SHARE = 0.4;

/** Where forwards run. */
interface Place {
  readonly provider: Provider;
  readonly threads: number;
}

/** v(T) as it was measured: a full grid of numbers of rows and past lengths. */
export interface MeasuredCost {
  readonly points: readonly CostPoint[];
  /** ISO 8601 time of the measurement. */
  readonly measured: string;
  /** Whether it was read from beside the weights. */
  readonly cached: boolean;
}

const storedSchema = z.object({
  measured: z.string(),
  points: z.array(z.object({ rows: z.number(), past: z.number(), us: z.number().positive() })).min(1),
});

/** What was measured before of these weights by the same machine, threads and runtime; null where nothing was. */
export async function knownCost(weights: ConvertedWeights, place: Place): Promise<MeasuredCost | null> {
  const known = storedSchema.safeParse(await readJson(costFile(weights, place)));
  return known.success ? { ...known.data, cached: true } : null;
}

/**
 * What a forward of this model costs on this machine at various numbers of rows and two context lengths: read from
 * beside the weights where it is known and still holds, else measured now, and kept there unless the machine was busy
 * meanwhile.
 *
 * @throws UserError `cancelled`
 */
export async function measuredCost(
  weights: ConvertedWeights,
  decoder: KvDecoder,
  place: Place,
  onProgress: OnProgress,
  signal?: AbortSignal,
): Promise<MeasuredCost> {
  const known = await knownCost(weights, place);
  if (known !== null && (await holds(known, decoder))) return known;
  const { points, disturbed } = await measureCost(decoder, onProgress, signal);
  const measured = new Date().toISOString();
  if (!disturbed) {
    const text = JSON.stringify({ measured, points });
    // A folder that cannot be written costs the next start a measurement, no more.
    await writeAtomically(costFile(weights, place), (partial) => writeFile(partial, text)).catch(
      () => undefined,
    );
  }
  return { points, measured, cached: false };
}

/**
 * Whether no forward is now far cheaper than what was measured: a machine that is evenly busy shows no scatter, so it
 * can leave a curve behind that is far too dear.
 */
async function holds({ points: [{ rows, past, us }] }: MeasuredCost, decoder: KvDecoder): Promise<boolean> {
  const sequence = await decoder.blank(past);
  try {
    return Math.min(...(await timesOf(sequence, rows))) > OUTDATED * us;
  } finally {
    await sequence.dispose();
  }
}

/**
 * Measures what forwards cost, now, all points in turn so that a machine that drifts hits them alike. A slow model
 * is measured less often and at fewer numbers of rows, so that it takes no longer: once FIRST_PASS_SHARE of the bound has
 * passed, no number of rows above 4 is begun, and beyond the last one measured the cost model carries its line on.
 *
 * @param bound milliseconds
 * @throws UserError `cancelled`
 */
export async function measureCost(
  decoder: KvDecoder,
  onProgress: OnProgress,
  signal?: AbortSignal,
  bound = TIME_BOUND,
): Promise<{ readonly points: CostPoint[]; readonly disturbed: boolean }> {
  const { context } = decoder.config;
  const counts = ROWS.filter((rows) => rows <= context);
  const lengths = [...new Set(PASTS.map((past) => Math.min(past, context - Math.max(...counts))))];
  const sequences: KvDecoder[] = [];
  try {
    for (const past of lengths) sequences.push(await decoder.blank(past));
    const begun = performance.now();
    const spent = () => performance.now() - begun;
    const message = t('Measuring what a forward costs here');
    const time = (sequence: KvDecoder, rows: number): Promise<number> => {
      throwIfCancelled(signal);
      onProgress({ phase: 'load', message, done: Math.min(spent(), bound), total: bound });
      return timeForward(sequence, rows);
    };

    const points: { rows: number; past: number; sequence: KvDecoder; times: number[] }[] = [];
    for (const [at, rows] of counts.entries()) {
      if (at >= FEWEST_ROWS && spent() > FIRST_PASS_SHARE * bound) break;
      for (const sequence of sequences) {
        await time(sequence, rows);
        points.push({ rows, past: sequence.length, sequence, times: [] });
      }
    }
    for (let pass = 0; pass < REPEATS && (pass === 0 || spent() < bound); pass++) {
      for (const { sequence, rows, times } of points) times.push(await time(sequence, rows));
    }
    const rough = points.filter(({ times }) => median(times) > DISTURBED * Math.min(...times));
    return {
      // Whatever disturbs a forward makes it longer, so that the shortest time is what it costs.
      points: points.map(({ rows, past, times }) => ({ rows, past, us: Math.min(...times) })),
      disturbed: 2 * rough.length > points.length,
    };
  } finally {
    for (const sequence of sequences) await sequence.dispose();
  }
}

/** What a forward of `rows` tokens costs, in microseconds: the median of a few after one to warm up. */
export async function medianForward(sequence: KvDecoder, rows: number): Promise<number> {
  return median(await timesOf(sequence, rows));
}

async function timesOf(sequence: KvDecoder, rows: number): Promise<number[]> {
  await timeForward(sequence, rows);
  const times: number[] = [];
  for (let run = 0; run < REPEATS; run++) times.push(await timeForward(sequence, rows));
  return times;
}

/** One forward as a round runs it, in microseconds. */
async function timeForward(sequence: KvDecoder, rows: number): Promise<number> {
  const each = Array.from({ length: rows }, (_, i) => i);
  const input = {
    tokens: each.map(() => 0),
    positions: each.map((i) => sequence.length + i),
    visible: causal,
    rows: each,
    probes: each.slice(1).flatMap((row) => [row, 0]),
  };
  const start = performance.now();
  await sequence.forward(input, ['top.token', 'top.probability', 'probe.probability']);
  return (performance.now() - start) * 1000;
}

/** Where the curve of these weights on this machine is kept. */
export const costFile = (weights: Pick<ConvertedWeights, 'folder'>, place: Place): string =>
  path.join(weights.folder, `curve-${machineKey(place)}.json`);

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
