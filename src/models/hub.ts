import { HUB_URL, HubApiError, listFiles, modelInfo, type ListFileEntry } from '@huggingface/hub';
import { readFile, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { UserError } from '../errors';
import { t } from '../l10n';
import { cacheFolder, writeAtomically } from './cache';
import { cancelledError, throwIfCancelled } from './cancellation';
import { causeOf, download, type Fetch, type RemoteFile } from './download';
import { openHuggingFaceFolder } from './huggingFaceFolder';
import type { Model } from './model';
import type { ModelNaming, OpenOptions } from './openOptions';

/** `owner/name`, optionally `@revision` (a branch, a tag or a commit). */
const HUB_ID = /^(?<repo>[\w-][\w.-]*\/[\w-][\w.-]*)(?:@(?<revision>[\w./-]+))?$/;
const COMMIT = /^[0-9a-f]{40}$/;

export function isHubId(id: string): boolean {
  return HUB_ID.test(id);
}

export interface HubOptions extends OpenOptions, ModelNaming {
  /** A hub that does not answer its first question for so long counts as unreachable. */
  readonly answerMs?: number;
}

/** What is downloaded of a repository, besides its weights. */
const DESCRIPTIONS = new Set([
  'config.json',
  'generation_config.json',
  'tokenizer.json',
  'tokenizer_config.json',
  'chat_template.jinja',
  'model.safetensors.index.json',
]);
const WEIGHTS = /^model(-\d+-of-\d+)?\.safetensors$/;

const snapshotSchema = z.object({ files: z.array(z.object({ path: z.string(), bytes: z.number() })) });
type Snapshot = z.infer<typeof snapshotSchema>;

/**
 * Opens a model of the Hugging Face hub, downloading it the first time. A revision is resolved to its commit,
 * and a commit's files never change, so that what is in the cache is right. Where the hub cannot be reached,
 * the commit that the revision last stood for is used if it is in the cache.
 *
 * Reads HF_ENDPOINT for the hub's address and HF_TOKEN for private and gated models.
 *
 * @throws UserError `usage` for an unknown model, `network`, `disk`, `bad-file`, `unsupported`, `cancelled`
 */
export async function openHubModel(id: string, options: HubOptions = {}): Promise<Model> {
  const groups = HUB_ID.exec(id)?.groups;
  if (groups === undefined)
    throw new UserError('usage', t('{0} is not a hub id.', id), t('Write owner/name.'));
  const hub = new Hub(groups.repo, groups.revision ?? 'main', options);
  const folder = await hub.snapshotFolder();
  return openHuggingFaceFolder(folder, {
    ...options,
    id: options.id ?? id,
    name: options.name ?? groups.repo,
  });
}

/** One revision of one repository, for the time of a download. */
class Hub {
  private readonly endpoint = (process.env.HF_ENDPOINT || HUB_URL).replace(/\/+$/, '');
  private readonly token =
    process.env.HF_TOKEN || process.env.HF_HUB_TOKEN || process.env.HUGGING_FACE_HUB_TOKEN || '';
  private readonly folder: string;

  constructor(
    private readonly repo: string,
    private readonly revision: string,
    private readonly options: HubOptions,
  ) {
    if (!URL.canParse(this.endpoint))
      throw new UserError(
        'usage',
        t('HF_ENDPOINT is not an address: {0}.', this.endpoint),
        t('Correct or unset it.'),
      );
    const host = new URL(this.endpoint).host.replace(/[^\w.-]/g, '_');
    this.folder = path.join(cacheFolder(), 'hub', host, repo.replace('/', '--'));
  }

  /** The folder that holds the revision's files, all of them. */
  async snapshotFolder(): Promise<string> {
    let commit: string;
    try {
      commit = COMMIT.test(this.revision) ? this.revision : await this.resolveCommit();
    } catch (error) {
      const known = error instanceof UserError && error.code === 'network' ? await this.lastCommit() : null;
      if (known === null || !(await this.isWhole(known))) throw error;
      return this.commitFolder(known);
    }
    if (!(await this.isWhole(commit))) await this.fetchFiles(commit);
    if (commit !== this.revision)
      await writeAtomically(this.revisionFile(), (partial) => writeFile(partial, commit));
    return this.commitFolder(commit);
  }

  private commitFolder(commit: string): string {
    return path.join(this.folder, commit);
  }

  private revisionFile(): string {
    return path.join(this.folder, 'revisions', encodeURIComponent(this.revision));
  }

  private manifest(commit: string): string {
    return path.join(this.commitFolder(commit), 'snapshot.json');
  }

  private async lastCommit(): Promise<string | null> {
    return readFile(this.revisionFile(), 'utf8').catch(() => null);
  }

  /** Whether everything that was downloaded of a commit is still there. */
  private async isWhole(commit: string): Promise<boolean> {
    let snapshot: Snapshot;
    try {
      snapshot = snapshotSchema.parse(JSON.parse(await readFile(this.manifest(commit), 'utf8')));
    } catch {
      return false;
    }
    for (const file of snapshot.files) {
      const found = await stat(path.join(this.commitFolder(commit), file.path)).catch(() => null);
      if (found?.size !== file.bytes) return false;
    }
    return true;
  }

  private async resolveCommit(): Promise<string> {
    const { sha } = await this.ask(() =>
      modelInfo({
        name: this.repo,
        revision: this.revision,
        additionalFields: ['sha'],
        hubUrl: this.endpoint,
        fetch: this.impatientFetch,
      }),
    );
    if (!COMMIT.test(sha))
      throw new UserError(
        'network',
        t('{0} does not say which commit {1} stands for.', this.endpoint, this.repo),
        t('Check HF_ENDPOINT.'),
      );
    return sha;
  }

  private async fetchFiles(commit: string): Promise<void> {
    const files = this.choose(await this.ask(() => this.list(commit)));
    const total = files.reduce((sum, file) => sum + file.size, 0);
    let before = 0;
    for (const file of files) {
      throwIfCancelled(this.options.signal);
      const target = path.join(this.commitFolder(commit), file.path);
      const remote: RemoteFile = {
        url: `${this.endpoint}/${this.repo}/resolve/${commit}/${file.path}`,
        bytes: file.size,
        hash: file.lfs ? { kind: 'sha256', value: file.lfs.oid } : { kind: 'git', value: file.oid ?? '' },
      };
      const onBytes = (bytes: number) =>
        this.options.onProgress?.({
          phase: 'download',
          message: t('Downloading {0}: {1}', this.repo, file.path),
          done: before + bytes,
          total,
        });
      const there = await stat(target).catch(() => null);
      if (there?.size !== file.size)
        await download(remote, target, {
          fetch: this.fetch,
          signal: this.options.signal,
          onBytes,
          refusal: (status) => ([401, 403, 404].includes(status) ? this.refusal(status) : null),
        });
      before += file.size;
    }
    const snapshot: Snapshot = { files: files.map(({ path, size }) => ({ path, bytes: size })) };
    await writeAtomically(this.manifest(commit), (partial) => writeFile(partial, JSON.stringify(snapshot)));
  }

  private async list(commit: string): Promise<ListFileEntry[]> {
    const files: ListFileEntry[] = [];
    const repo = { type: 'model', name: this.repo } as const;
    for await (const file of listFiles({
      repo,
      revision: commit,
      hubUrl: this.endpoint,
      fetch: this.impatientFetch,
    }))
      files.push(file);
    return files;
  }

  private choose(files: readonly ListFileEntry[]): ListFileEntry[] {
    const names = new Set(files.map((file) => file.path));
    for (const needed of ['config.json', 'tokenizer.json'])
      if (!names.has(needed))
        throw new UserError(
          'unsupported',
          t('{0} has no {1}.', this.repo, needed),
          t('Choose another model.'),
        );
    if (!files.some((file) => WEIGHTS.test(file.path)))
      throw new UserError(
        'unsupported',
        t('{0} has no safetensors weights.', this.repo),
        files.some((file) => file.path.endsWith('.gguf'))
          ? t('Download one of its GGUF files and give its path.')
          : t('Choose another model.'),
      );
    // A repository that has both forms holds the same weights twice.
    const single = names.has('model.safetensors');
    return files.filter(
      (file) =>
        (DESCRIPTIONS.has(file.path) && !(single && file.path.endsWith('.index.json'))) ||
        (single ? file.path === 'model.safetensors' : WEIGHTS.test(file.path)),
    );
  }

  /** The token goes to the hub only, never to the servers that it sends the download to. */
  private readonly fetch: Fetch = (input, init) => {
    const url = input instanceof Request ? input.url : String(input);
    const headers = new Headers(init?.headers);
    if (this.token !== '' && url.startsWith(`${this.endpoint}/`))
      headers.set('Authorization', `Bearer ${this.token}`);
    return fetch(input, { ...init, headers });
  };

  private readonly impatientFetch: Fetch = async (input, init) => {
    const { signal, answerMs = 5000 } = this.options;
    const timeout = AbortSignal.timeout(answerMs);
    return this.fetch(input, { ...init, signal: signal ? AbortSignal.any([signal, timeout]) : timeout });
  };

  /** A question to the hub's API, its errors in the user's terms. */
  private async ask<T>(question: () => Promise<T>): Promise<T> {
    try {
      return await question();
    } catch (error) {
      if (this.options.signal?.aborted) throw cancelledError();
      if (error instanceof HubApiError) throw this.refusal(error.statusCode, error);
      const why = whyUnanswered(error);
      throw new UserError(
        'network',
        t('The Hugging Face hub at {0} cannot be reached ({1}).', this.endpoint, why),
        t('Check the connection and HF_ENDPOINT, or choose a model on this machine.'),
        { cause: error },
      );
    }
  }

  private refusal(status: number, cause?: unknown): UserError {
    const revision = this.revision === 'main' ? '' : t(' with the revision {0}', this.revision);
    switch (status) {
      case 401:
      case 403:
        return new UserError(
          'network',
          t(
            '{0} does not give access to {1}: it does not exist, or is private or gated.',
            this.endpoint,
            this.repo,
          ),
          t('Check its name, or set HF_TOKEN to a token that may read it.'),
          { cause },
        );
      case 404:
        return new UserError(
          'usage',
          t('There is no model {0}{1} at {2}.', this.repo, revision, this.endpoint),
          t('Check its name.'),
          { cause },
        );
      default:
        return new UserError(
          'network',
          t('The Hugging Face hub at {0} answered {1}.', this.endpoint, status),
          t('Try again later.'),
          { cause },
        );
    }
  }
}

function whyUnanswered(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error.name === 'TimeoutError') return t('it does not answer');
  // Everything that fetch itself throws is a TypeError; the rest comes from reading the answer.
  return error instanceof TypeError ? causeOf(error) : t('it does not answer as a hub does');
}
