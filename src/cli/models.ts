import { readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { cacheFolder } from '../models/cache';
import { defaultModelPath } from '../models/defaultModel';
import type { ModelRequest } from '../protocol/engine';
import { readFault, codeOf } from '../trace/files';
import type { LoadEngine } from './engine';
import { formatBytes } from './format';
import { EXIT, type Io } from './io';
import { ProgressLine } from './progressLine';

/** A folder of the cache that holds files. */
export interface CacheEntry {
  /** Relative to the cache, with forward slashes. */
  readonly path: string;
  readonly bytes: number;
  /** Bytes of downloads and conversions that have not ended, or never did. */
  readonly unfinishedBytes: number;
}

/** Lists the default model and what the cache holds. */
export async function listModels(json: boolean, io: Io): Promise<number> {
  const cache = cacheFolder();
  const file = defaultModelPath();
  const bytes = (await stat(file).catch(() => null))?.size ?? null;
  const entries = await cacheEntries(cache);
  if (json) {
    io.stdout(`${JSON.stringify({ default: { path: file, bytes }, cache, entries })}\n`);
    return EXIT.ok;
  }
  const state =
    bytes === null
      ? 'not there yet; `draftscope models --fetch` fetches it'
      : `${file} (${formatBytes(bytes)})`;
  io.stdout(`Default model  ${state}\nCache          ${cache}\n`);
  const width = Math.max(0, ...entries.map((entry) => formatBytes(entry.bytes).length));
  for (const entry of entries) {
    const unfinished =
      entry.unfinishedBytes === 0 ? '' : ` (${formatBytes(entry.unfinishedBytes)} of it unfinished)`;
    io.stdout(`  ${formatBytes(entry.bytes).padStart(width)}  ${entry.path}${unfinished}\n`);
  }
  return EXIT.ok;
}

/** Downloads and converts a model ahead of its first use, and loads it once as the proof that it runs. */
export async function fetchModel(
  request: ModelRequest,
  json: boolean,
  io: Io,
  loadEngine: LoadEngine,
): Promise<number> {
  const abort = new AbortController();
  const stopListening = io.onInterrupt(() => abort.abort());
  const progress = new ProgressLine(io);
  try {
    const engine = await loadEngine(request, {
      onProgress: (step) => progress.show(step),
      signal: abort.signal,
    });
    progress.clear();
    const { id, name, files } = engine.model;
    if (json) io.stdout(`${JSON.stringify({ model: id, name, weights: engine.weights, files })}\n`);
    else io.stdout(`${name} is ready with ${engine.weights} weights.\n`);
    await engine.dispose();
    return EXIT.ok;
  } finally {
    progress.clear();
    stopListening();
  }
}

/** The folders of models, of converted models and of imported heads, largest first. */
export async function cacheEntries(cache: string): Promise<CacheEntry[]> {
  const entries = new Map<string, { bytes: number; unfinishedBytes: number }>();
  for (const part of ['models', 'converted', 'heads']) {
    for (const file of await filesBelow(path.join(cache, part))) {
      // A download is deleted or renamed whenever it ends, also while the list is made.
      const found = await stat(file).catch(() => null);
      if (found === null) continue;
      const relative = path.relative(cache, file).split(path.sep);
      const unfinished = relative.findIndex((name) => name.endsWith('.partial'));
      const folder = relative.slice(0, unfinished < 0 ? -1 : unfinished).join('/');
      const entry = entries.get(folder) ?? { bytes: 0, unfinishedBytes: 0 };
      entry.bytes += found.size;
      if (unfinished >= 0) entry.unfinishedBytes += found.size;
      entries.set(folder, entry);
    }
  }
  return [...entries]
    .map(([folder, sizes]) => ({ path: folder, ...sizes }))
    .sort((a, b) => b.bytes - a.bytes || a.path.localeCompare(b.path));
}

async function filesBelow(folder: string): Promise<string[]> {
  try {
    const entries = await readdir(folder, { recursive: true, withFileTypes: true });
    return entries.filter((entry) => entry.isFile()).map((entry) => path.join(entry.parentPath, entry.name));
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return [];
    throw readFault(folder, error);
  }
}
