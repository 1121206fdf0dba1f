import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { UserError } from '../../src/errors';
import { writeAtomically } from '../../src/models/cache';
import { runProcess, type PythonCommand } from '../../src/models/python';
import { note } from '../report';
import type { PeerName } from './protocol';

/** What a peer is installed from: exact versions, so that a figure says what it was compared with. */
interface PeerPackages {
  readonly version: string;
  readonly specifiers: readonly string[];
  readonly options: readonly string[];
}

const BINARIES: Readonly<Record<string, string | undefined>> = {
  'linux-x64': 'linux-x64',
  'linux-arm64': 'linux-arm64',
  'win32-x64': 'win-x64',
  'win32-arm64': 'win-arm64',
  'darwin-x64': 'mac-x64',
  'darwin-arm64': 'mac-arm64-metal',
};

const LLAMA = '3.22.1';
const TRANSFORMERS = '4.3.1';

/**
 * @throws UserError `unsupported` where there is no binary package for this platform
 */
function packagesOf(peer: PeerName): PeerPackages {
  switch (peer) {
    case 'llama.cpp': {
      const specifiers = [`node-llama-cpp@${LLAMA}`, `@node-llama-cpp/${cpuBinary()}@${LLAMA}`];
      // Its optional packages are 670 MB of binaries for GPUs beside the one for the CPU, which is named.
      return { version: `node-llama-cpp ${LLAMA}`, specifiers, options: ['--omit=optional'] };
    }
    case 'transformers.js':
      return {
        version: `transformers.js ${TRANSFORMERS}`,
        specifiers: [`@huggingface/transformers@${TRANSFORMERS}`],
        options: [],
      };
  }
}

/** For example `node-llama-cpp 3.22.1`. */
export function peerVersion(peer: PeerName): string {
  return packagesOf(peer).version;
}

/**
 * Installs a peer below `parent`, once: peers are no dependencies of ours, and no install script of theirs runs.
 *
 * @returns the folder whose `node_modules` holds it
 * @throws UserError `network` when npm cannot fetch it
 */
export async function installPeer(peer: PeerName, parent: string): Promise<string> {
  const { version, specifiers, options } = packagesOf(peer);
  const folder = path.join(parent, peer);
  // Written when npm is through, so an interrupted installation is done again.
  const stamp = path.join(folder, 'installed.json');
  const wanted = JSON.stringify(specifiers);
  if ((await readFile(stamp, 'utf8').catch(() => '')) === wanted) return folder;
  note(`installing ${version}`);
  await mkdir(folder, { recursive: true });
  await writeFile(path.join(folder, 'package.json'), '{ "private": true }');
  const { ok, output } = await runProcess(npm(), [
    // prettier-ignore
    ...['install', '--prefix', folder, '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error',
      '--fetch-retries=1', '--fetch-retry-mintimeout=1000'],
    ...options,
    ...specifiers,
  ]);
  if (!ok) {
    const reason = /^npm (?:error|ERR!) code (\S+)/m.exec(output)?.[1] ?? 'npm gave no reason';
    throw new UserError(
      'network',
      `npm could not install ${version}, a peer of this benchmark: ${reason}.`,
      'Check the connection and the registry that npm uses, or leave the peers out with --no-peers.',
    );
  }
  await writeAtomically(stamp, (partial) => writeFile(partial, wanted));
  return folder;
}

/** The npm that started this process, if one did. */
function npm(): PythonCommand {
  const started = process.env.npm_execpath ?? '';
  return started.endsWith('.js') ? [process.execPath, started] : ['npm'];
}

/** The part of a package's name that stands for this platform's binary without a GPU's libraries. */
function cpuBinary(): string {
  const { platform, arch } = process;
  const found = BINARIES[`${platform}-${arch}`];
  if (found !== undefined) return found;
  throw new UserError(
    'unsupported',
    `node-llama-cpp has no binary for ${platform} on ${arch}.`,
    'Leave the peers out with --no-peers.',
  );
}
