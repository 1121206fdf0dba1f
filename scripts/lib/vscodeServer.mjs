// VS Code's own server: the workbench in a browser, extensions in the real Node extension host.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { serverFolder, serverNode } from '../setup.mjs';
import { undoLater } from './cleanup.mjs';
import { Obstacle, run } from './steps.mjs';

const main = path.join(serverFolder, 'out', 'server-main.js');

/** The folders of one server under `folder`: its data, its extensions, its sockets. */
function layout(folder) {
  return {
    data: path.join(folder, 'server'),
    extensions: path.join(folder, 'extensions'),
    runtime: path.join(folder, 'runtime'),
  };
}

/** Settings that keep the window on the subject. */
const quietSettings = {
  'chat.disableAIFeatures': true,
  'extensions.autoCheckUpdates': false,
  'extensions.ignoreRecommendations': true,
  'git.openRepositoryInParentFolders': 'never',
  'security.workspace.trust.enabled': false,
  'telemetry.telemetryLevel': 'off',
  'update.mode': 'none',
  'workbench.secondarySideBar.defaultVisibility': 'hidden',
  'workbench.startupEditor': 'none',
  'workbench.tips.enabled': false,
};

/** Writes the user's settings of a new server; those of an old one are the user's own. */
export async function writeUserSettings(folder, settings = {}) {
  const file = path.join(layout(folder).data, 'data', 'User', 'settings.json');
  if (existsSync(file)) return;
  await mkdir(path.dirname(file), { recursive: true });
  await writeFile(file, JSON.stringify({ ...quietSettings, ...settings }, null, 2));
}

export async function installExtension(folder, vsix) {
  const { data, extensions } = layout(folder);
  await run(
    serverNode,
    [main, '--install-extension', vsix, '--force', '--extensions-dir', extensions, '--server-data-dir', data],
    { env: serverEnvironment(folder), obstacle: `VS Code could not install ${vsix}.` },
  );
}

/**
 * Starts a server on 127.0.0.1 whose files all live under `folder`.
 *
 * @param options.token what a browser must bring to be let in; without one, everyone on this machine is.
 * @param options.testDriver lets the page's address ask for an extension's tests; it silences dialogs.
 */
export async function startServer(folder, { port = 0, token, testDriver = false, env = {} } = {}) {
  const { data, extensions, runtime } = layout(folder);
  await mkdir(runtime, { recursive: true, mode: 0o700 });
  const args = [
    main,
    ...['--host', '127.0.0.1', '--port', String(port)],
    ...(token === undefined ? ['--without-connection-token'] : ['--connection-token', token]),
    ...['--server-data-dir', data, '--extensions-dir', extensions],
    '--accept-server-license-terms',
    '--disable-workspace-trust',
    '--disable-telemetry',
    // Otherwise a login shell's environment replaces this one in the extension host.
    '--force-disable-user-env',
    ...(testDriver ? ['--enable-smoke-test-driver'] : []),
  ];
  // Its own process group, so that the extension host and the engine end with it.
  const child = spawn(serverNode, args, {
    cwd: folder,
    detached: true,
    env: { ...serverEnvironment(folder), ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const ended = new Promise((resolve) => child.on('close', resolve));
  let asked = false;
  const stop = undoLater(() => {
    asked = true;
    return endGroup(child, ended);
  });
  let log = '';
  const listening = new Promise((resolve) => {
    const read = (data) => {
      log += data;
      const found = /Extension host agent listening on (\d+)/.exec(log);
      if (found) resolve(Number(found[1]));
    };
    child.stdout.on('data', read);
    child.stderr.on('data', read);
  });
  const agreed = await Promise.race([listening, ended.then(() => undefined)]);
  if (agreed === undefined) throw new Obstacle(`VS Code's server did not start:\n${log.trim()}`);
  return {
    port: agreed,
    address: `http://127.0.0.1:${agreed}`,
    /** Settles when the server ends although nobody asked it to. */
    died: new Promise((resolve) => void ended.then(() => asked || resolve())),
    log: () => log,
    stop,
  };
}

async function endGroup(child, ended) {
  if (child.exitCode === null && child.signalCode === null) signalGroup(child.pid, 'SIGTERM');
  const impatience = setTimeout(() => signalGroup(child.pid, 'SIGKILL'), 5000);
  await ended;
  clearTimeout(impatience);
  // The server is gone; what it started may still be on its way out.
  signalGroup(child.pid, 'SIGKILL');
}

function signalGroup(pid, signal) {
  try {
    process.kill(-pid, signal);
  } catch (error) {
    if (error.code !== 'ESRCH') throw error;
  }
}

function serverEnvironment(folder) {
  return {
    ...process.env,
    // No gallery: the window asks nobody for extensions.
    EXTENSIONS_GALLERY: '{}',
    // VS Code puts its sockets here rather than into the system's temporary folder.
    XDG_RUNTIME_DIR: layout(folder).runtime,
  };
}
