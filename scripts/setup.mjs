// The steps that `npm start` and `npm test` share. Each says what it does, and does nothing twice.
// Only Node's own modules are used up to the point where the dependencies are there.
import { rm } from 'node:fs/promises';
import path from 'node:path';
import { inRoot, tools } from './lib/paths.mjs';
import { Obstacle, fingerprint, npm, once, run, say, step } from './lib/steps.mjs';

/** VS Code's server and the Node it needs, pinned: both come from npm, as binaries. */
const NODE = '24.21.0';
const CODE_SERVER = '4.139.1';

const nodePackage = `node-${process.platform}-${process.arch}`;

/** Where VS Code's server is once `vscodeServer` has run. */
export const serverNode = path.join(tools, 'node_modules', nodePackage, 'bin', 'node');
export const serverFolder = path.join(tools, 'node_modules', 'code-server', 'lib', 'vscode');

const oldestNode = [20, 19];

export function checkNode() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major > oldestNode[0] || (major === oldestNode[0] && minor >= oldestNode[1])) return;
  throw new Obstacle(
    `This is Node ${process.versions.node}; Draftscope needs ${oldestNode.join('.')} or newer. Install it and try again.`,
  );
}

/** The dependencies of package-lock.json. */
export async function dependencies() {
  await once({
    title: 'Installing the npm packages of package-lock.json',
    // Inside node_modules: whoever deletes that folder deletes the stamp.
    stamp: inRoot('node_modules', '.draftscope-stamp'),
    key: await fingerprint(['package-lock.json']),
    work: () =>
      npm(['ci'], {
        obstacle: 'npm could not install the packages. Check the network, then try again.',
      }),
  });
}

/** VS Code as a server, for the browser form and for the tests: 780 MB under .tools. */
export async function vscodeServer() {
  if (process.platform !== 'linux' || !['x64', 'arm64'].includes(process.arch)) {
    throw new Obstacle(
      `The browser form of VS Code is set up on Linux (x64, arm64) only, and this is ${process.platform} ${process.arch}. ` +
        'Install VS Code from code.visualstudio.com with its `code` command on the PATH, then try again.',
    );
  }
  const packages = [`${nodePackage}@${NODE}`, `code-server@${CODE_SERVER}`];
  await once({
    title: `Installing VS Code's server into .tools (${packages.join(', ')})`,
    stamp: path.join(tools, 'node_modules', '.draftscope-stamp'),
    key: packages.join(' '),
    work: async () => {
      await rm(path.join(tools, 'node_modules'), { recursive: true, force: true });
      const obstacle = "npm could not install VS Code's server. Check the network, then try again.";
      await npm(['install', '--prefix', tools, '--no-save', ...packages], { obstacle });
      // Its own lock file does not match its package.json, so `npm ci` refuses it.
      await npm(['install', '--prefix', serverFolder, '--omit=dev'], { cwd: serverFolder, obstacle });
    },
  });
}

/** Every bundle, in dist. */
export async function build() {
  await once({
    title: 'Building into dist',
    stamp: inRoot('dist', '.draftscope-stamp'),
    key: await fingerprint([
      'src',
      'webview',
      'test',
      'bench',
      // The tests hold the texts together.
      'l10n',
      'package.json',
      'package.nls.json',
      'package.nls.de.json',
      'scripts/build.mjs',
      'tsconfig.json',
      'package-lock.json',
    ]),
    work: () => run(process.execPath, [inRoot('scripts/build.mjs')]),
  });
}

/** The extension as a file to install. @returns its path. */
export async function packageExtension() {
  const { hostTarget, packagePath } = await import('./package.mjs');
  const target = hostTarget();
  const vsix = packagePath(target);
  await once({
    title: `Packaging ${path.basename(vsix)}`,
    stamp: `${vsix}.stamp`,
    key: await fingerprint([
      'dist/.draftscope-stamp',
      'media',
      'package.json',
      'package.nls.json',
      'package.nls.de.json',
      'l10n',
      '.vscodeignore',
      'README.md',
      'CHANGELOG.md',
      'LICENSE',
      'scripts/package.mjs',
    ]),
    work: () => run(process.execPath, [inRoot('scripts/package.mjs'), '--target', target]),
  });
  return vsix;
}

/** The default model, fetched, converted and loaded once by the product's own command line. */
export async function defaultModel() {
  const title = 'Making the default model ready (SmolLM2-135M-Instruct, a 93 MB download)';
  const models = (...args) =>
    run(process.execPath, [inRoot('dist/cli.js'), 'models', ...args], {
      obstacle: 'The default model could not be made ready.',
    });
  const { default: model } = JSON.parse(await models('--json'));
  if (model.bytes === null) await step(title, () => models('--fetch'));
  else say(`• ${title} … done before`);
}
