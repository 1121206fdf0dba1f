import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readFile, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { t } from '../l10n';
import { cacheFolder, writeAtomically } from './cache';
import { throwIfCancelled } from './cancellation';
import { readError } from './fileErrors';
import type { OpenOptions } from './openOptions';

/**
 * SHA-256 of a file in lower-case hexadecimal, read in pieces.
 *
 * @throws UserError `bad-file` or `disk` when it cannot be read, `cancelled`
 */
export async function sha256OfFile(file: string, options: OpenOptions = {}): Promise<string> {
  const hash = createHash('sha256');
  const message = t('Checking {0}', path.basename(file));
  try {
    const total = (await stat(file)).size;
    let done = 0;
    for await (const chunk of createReadStream(file, { highWaterMark: 1 << 20 })) {
      throwIfCancelled(options.signal);
      const bytes = chunk as Buffer;
      hash.update(bytes);
      done += bytes.length;
      options.onProgress?.({ phase: 'load', message, done, total });
    }
  } catch (error) {
    throw readError(error, file);
  }
  return hash.digest('hex');
}

const rememberedSchema = z.object({
  path: z.string(),
  bytes: z.number(),
  modified: z.number(),
  sha256: z.string(),
});

/**
 * SHA-256 of a file that is opened again and again: computed once and remembered in the cache folder until
 * the file's size or time of change differs.
 *
 * @throws as `sha256OfFile`
 */
export async function rememberedSha256(file: string, options: OpenOptions = {}): Promise<string> {
  const absolute = path.resolve(file);
  const key = createHash('sha256').update(absolute).digest('hex');
  const memory = path.join(cacheFolder(), 'hashes', `${key}.json`);
  const found = await stat(absolute).catch((error: unknown) => {
    throw readError(error, file);
  });
  const state = { path: absolute, bytes: found.size, modified: found.mtimeMs };

  const remembered = await recall(memory);
  if (
    remembered?.path === state.path &&
    remembered.bytes === state.bytes &&
    remembered.modified === state.modified
  )
    return remembered.sha256;

  const sha256 = await sha256OfFile(file, options);
  // Only a saving of time: where the cache cannot be written, the file is hashed again next time.
  await writeAtomically(memory, (partial) => writeFile(partial, JSON.stringify({ ...state, sha256 }))).catch(
    () => {},
  );
  return sha256;
}

async function recall(memory: string): Promise<z.infer<typeof rememberedSchema> | null> {
  try {
    return rememberedSchema.parse(JSON.parse(await readFile(memory, 'utf8')));
  } catch {
    return null;
  }
}
