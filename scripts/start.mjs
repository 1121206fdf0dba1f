// `npm start`: everything set up, and VS Code open on a sample folder with Draftscope in it.
// `npm start -- --browser` takes the browser form even where a desktop VS Code is installed.
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { cp, mkdir, readFile, writeFile } from 'node:fs/promises';
import net from 'node:net';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { undoOnSignals } from './lib/cleanup.mjs';
import { codeCommand } from './lib/desktop.mjs';
import { inRoot, root, tools } from './lib/paths.mjs';
import { Obstacle, fail, once, fingerprint, run, say, step } from './lib/steps.mjs';
import * as setup from './setup.mjs';

const usualPort = 8765;
const home = path.join(tools, 'start');
const workspace = path.join(home, 'workspace');

async function main() {
  const { values } = parseArgs({ options: { browser: { type: 'boolean', default: false } } });
  setup.checkNode();
  const command = values.browser ? undefined : codeCommand();
  await setup.dependencies();
  await setup.build();
  const vsix = await setup.packageExtension();
  await setup.defaultModel().catch((error) => {
    if (!(error instanceof Obstacle)) throw error;
    say(`${error.message}\nDraftscope will try again at the first generation.`);
  });
  // The user's own changes in the sample folder stay.
  await cp(inRoot('scripts/sample-workspace'), workspace, { recursive: true, force: false });
  await (command === undefined ? openInBrowser(vsix) : openOnDesktop(command, vsix));
}

async function openOnDesktop(command, vsix) {
  const shell = process.platform === 'win32';
  await step('Installing Draftscope into VS Code', () =>
    run(command, ['--install-extension', vsix, '--force'], { shell }),
  );
  await step('Opening the sample folder in VS Code', () =>
    run(command, [workspace, path.join(workspace, 'README.md')], { shell }),
  );
  say('\nDraftscope is in your VS Code; `code --uninstall-extension draftscope.draftscope` removes it.');
}

async function openInBrowser(vsix) {
  await setup.vscodeServer();
  const { installExtension, startServer, writeUserSettings } = await import('./lib/vscodeServer.mjs');
  await once({
    title: 'Installing Draftscope into the browser form of VS Code',
    stamp: path.join(home, 'extensions', '.draftscope-stamp'),
    key: await fingerprint([vsix]),
    work: async () => {
      await writeUserSettings(home, { 'workbench.startupEditor': 'readme' });
      await installExtension(home, vsix);
    },
  });
  const server = await step("Starting VS Code's server", async () =>
    startServer(home, { port: await freePort(), token: await ownToken() }),
  );
  const address = `${server.address}/?${new URLSearchParams({ tkn: await ownToken(), folder: workspace })}`;
  say(`
Draftscope runs in VS Code at

  ${address}

Open that address in a browser on this machine; Ctrl+C here ends it.
For a desktop VS Code: code --install-extension ${path.relative(process.cwd(), vsix)}
`);
  await server.died;
  throw new Obstacle(`VS Code's server ended by itself:\n${server.log().trim()}`);
}

/** The usual port, so that the address stays the same from run to run, or 0 (any) where it is taken. */
function freePort() {
  return new Promise((resolve) => {
    const probe = net.createServer();
    probe.on('error', () => resolve(0));
    probe.listen(usualPort, '127.0.0.1', () => probe.close(() => resolve(usualPort)));
  });
}

/** Who has it may run anything as this user, so it is kept where only this user reads it. */
async function ownToken() {
  const file = path.join(home, 'token');
  if (!existsSync(file)) {
    await mkdir(home, { recursive: true });
    await writeFile(file, randomBytes(16).toString('hex'), { mode: 0o600 });
  }
  return readFile(file, 'utf8');
}

process.chdir(root);
undoOnSignals(0);
main().catch(fail);
