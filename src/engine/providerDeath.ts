import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { cacheFolder, isAlive } from '../models/cache';
import type { Provider } from '../protocol/engine';
import { machineKey } from './providerReport';

/**
 * A fault in a driver ends the process, and there is nobody left to say so. Hence a note in the cache folder for
 * as long as a provider works: one that is there without its process tells of a death, and `auto` then takes
 * another provider. Whoever ends the process by force leaves the same note; asking again removes it.
 */

const folder = (): string => path.join(cacheFolder(), 'providers');
const stem = (provider: Provider): string => `running-${provider}-${machineKey()}-`;

/** Does the work under a note, which goes when the work ends, whatever it ends with. */
export async function whileNoted<T>(provider: Provider, work: () => Promise<T>): Promise<T> {
  if (provider === 'cpu') return work();
  const note = path.join(folder(), `${stem(provider)}${process.pid}`);
  // Only a precaution: where the cache cannot be written, the work is done without.
  await mkdir(folder(), { recursive: true })
    .then(() => writeFile(note, ''))
    .catch(() => undefined);
  try {
    return await work();
  } finally {
    await rm(note, { force: true }).catch(() => undefined);
  }
}

/** Whether a process died while this provider worked in it. */
export async function diedBefore(provider: Provider): Promise<boolean> {
  return (await notes(provider)).some((note) => !isAlive(processOf(provider, note)));
}

/** Forgets such deaths. */
export async function forgiveDeaths(provider: Provider): Promise<void> {
  for (const note of await notes(provider)) {
    if (!isAlive(processOf(provider, note))) await rm(path.join(folder(), note), { force: true });
  }
}

async function notes(provider: Provider): Promise<string[]> {
  const names = await readdir(folder()).catch(() => []);
  return names.filter((name) => name.startsWith(stem(provider)));
}

const processOf = (provider: Provider, note: string): number => Number(note.slice(stem(provider).length));
