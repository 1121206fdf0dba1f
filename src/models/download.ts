import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { open, rm, type FileHandle } from 'node:fs/promises';
import path from 'node:path';
import { UserError } from '../errors';
import { t } from '../l10n';
import { finishPartial, releasePartial, resumePartial } from './cache';
import { cancelledError, throwIfCancelled } from './cancellation';
import { writeError } from './fileErrors';

/** A `fetch` that knows who asks: it adds what the server wants to know and gives up on silence. */
export type Fetch = typeof fetch;

/** What the server says of a file before it is downloaded; a download that differs is refused. */
export interface RemoteFile {
  readonly url: string;
  readonly bytes: number;
  /** `sha256` of the content, or git's hash of a small file (SHA-1 over `blob <size>\0<content>`). */
  readonly hash: { readonly kind: 'sha256' | 'git'; readonly value: string };
}

export interface DownloadOptions {
  readonly fetch: Fetch;
  readonly signal?: AbortSignal;
  /** Told how much of the file is there. */
  readonly onBytes?: (bytes: number) => void;
  /** The error for an answer that trying again would not change, such as 403; null tries again. */
  readonly refusal?: (status: number) => UserError | null;
  /** A transfer that brings nothing for so long is broken. */
  readonly stallMs?: number;
}

/** Broken transfers in a row, each without a single new byte, after which a download gives up. */
const MOST_FAILURES = 3;

/** The transfer broke; what came of it is kept. */
class BrokenTransfer extends Error {}

/**
 * Downloads a file to `finished`: continues what an earlier run left, resumes when the connection breaks,
 * checks the hash, and only then gives the file its name.
 *
 * @throws UserError `network` when the connection stays broken (the part is kept), `bad-file` when the content
 *   is not what was promised (the part is removed), `disk`, `cancelled` (the part is kept)
 */
export async function download(
  remote: RemoteFile,
  finished: string,
  options: DownloadOptions,
): Promise<void> {
  const { partial, bytes } = await resumePartial(finished);
  let hash: string;
  try {
    await transfer(remote, partial, bytes, options);
    hash = await hashOf(partial, remote, options.signal);
  } catch (error) {
    await releasePartial(partial);
    throw writeError(error, path.dirname(finished));
  }
  if (hash !== remote.hash.value) {
    await rm(partial, { force: true });
    throw new UserError(
      'bad-file',
      t(
        '{0} arrived damaged (its hash is not the one the server gave) and was removed.',
        path.basename(finished),
      ),
      t('Try again.'),
    );
  }
  await finishPartial(partial, finished);
}

async function transfer(
  remote: RemoteFile,
  partial: string,
  alreadyThere: number,
  options: DownloadOptions,
): Promise<void> {
  const file = await open(partial, 'a+');
  try {
    let done = alreadyThere;
    if (done > remote.bytes) {
      await file.truncate(0);
      done = 0;
    }
    let failures = 0;
    options.onBytes?.(done);
    while (done < remote.bytes) {
      const before = done;
      try {
        for await (const chunk of chunksFrom(remote, file, done, options)) {
          if (chunk.restarted) done = 0;
          done += chunk.bytes;
          options.onBytes?.(done);
        }
        if (done < remote.bytes) throw new BrokenTransfer(t('the connection ended early'));
      } catch (error) {
        if (!(error instanceof BrokenTransfer)) throw error;
        failures = done > before ? 0 : failures + 1;
        if (failures === MOST_FAILURES)
          throw new UserError(
            'network',
            t('{0} could not be downloaded: {1}.', path.basename(remote.url), error.message),
            t('Check the connection and try again; what has arrived is kept.'),
            { cause: error },
          );
      }
    }
  } finally {
    await file.close();
  }
}

/** Asks for the rest of the file and appends it, chunk by chunk. */
async function* chunksFrom(
  remote: RemoteFile,
  file: FileHandle,
  start: number,
  options: DownloadOptions,
): AsyncGenerator<{ readonly bytes: number; readonly restarted: boolean }> {
  const { signal, stallMs = 30_000 } = options;
  throwIfCancelled(signal);
  const stalled = new AbortController();
  const watch = setTimeout(() => stalled.abort(), stallMs);
  const signals = signal ? [signal, stalled.signal] : [stalled.signal];
  try {
    const response = await options.fetch(remote.url, {
      headers: start > 0 ? { Range: `bytes=${start}-` } : {},
      signal: AbortSignal.any(signals),
    });
    const refused = response.ok ? null : (options.refusal?.(response.status) ?? null);
    if (refused !== null) throw refused;
    if (!response.ok || response.body === null)
      throw new BrokenTransfer(t('the server answered {0}', response.status));
    // A server that does not resume sends everything again.
    let restarted = start > 0 && response.status !== 206;
    if (restarted) await file.truncate(0);
    for await (const chunk of response.body as unknown as AsyncIterable<Uint8Array>) {
      watch.refresh();
      await file.appendFile(chunk);
      yield { bytes: chunk.length, restarted };
      restarted = false;
    }
  } catch (error) {
    if (signal?.aborted) throw cancelledError();
    if (stalled.signal.aborted) throw new BrokenTransfer(t('nothing came for {0} seconds', stallMs / 1000));
    // What fetch and its streams throw is a TypeError; everything else comes from the disk.
    if (error instanceof TypeError) throw new BrokenTransfer(causeOf(error), { cause: error });
    throw error;
  } finally {
    clearTimeout(watch);
  }
}

/** fetch says only that it failed; why stands in the cause. */
export function causeOf(error: Error): string {
  const { cause } = error;
  if (!(cause instanceof Error)) return error.message;
  return 'code' in cause && typeof cause.code === 'string' ? cause.code : cause.message;
}

async function hashOf(file: string, remote: RemoteFile, signal?: AbortSignal): Promise<string> {
  const { kind } = remote.hash;
  const hash = createHash(kind === 'git' ? 'sha1' : 'sha256');
  if (kind === 'git') hash.update(`blob ${remote.bytes}\0`);
  for await (const chunk of createReadStream(file, { highWaterMark: 1 << 20 })) {
    throwIfCancelled(signal);
    hash.update(chunk as Buffer);
  }
  return hash.digest('hex');
}
