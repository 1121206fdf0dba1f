// `npm test`: every check there is, from lint to a generation in a real window.
// `npm test -- unit browser` runs the named suites alone.
import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { undoLater, undoOnSignals } from './lib/cleanup.mjs';
import { desktopProgram } from './lib/desktop.mjs';
import { inRoot, root, tools } from './lib/paths.mjs';
import { Obstacle, fail, say, show } from './lib/steps.mjs';
import { hasPython, pytest, trainingPython } from './lib/training.mjs';
import * as setup from './setup.mjs';

/** Screenshots of the last run, to look at. */
const shots = path.join(tools, 'shots');

/**
 * What there is to run, in order. `needs` are steps of the setup; what they return reaches `run` by name.
 * Each suite returns its counts, and one that passed nothing and failed nothing has failed.
 */
const suites = {
  lint: {
    needs: [],
    run: () =>
      checks([
        ['eslint/bin/eslint.js', '.'],
        ['prettier/bin/prettier.cjs', '--check', '--log-level=warn', '.'],
      ]),
  },
  types: {
    needs: [],
    run: () => checks([['typescript/bin/tsc', '--noEmit']]),
  },
  unit: {
    needs: ['build', 'model'],
    run: ({ folder }) => mocha('unit', folder),
  },
  gpu: {
    needs: ['build', 'vulkan'],
    absent: () => process.platform !== 'linux' && 'a GPU is set up in software on Linux only',
    run: ({ folder, vulkan }) =>
      mocha('gpu', folder, { DRAFTSCOPE_VULKAN_ICD: vulkan, VK_ICD_FILENAMES: vulkan }),
  },
  training: {
    needs: ['python'],
    absent: () => !hasPython() && 'there is no Python 3.11 or newer with venv',
    run: ({ folder, python }) => pytest(python, folder),
  },
  browser: {
    needs: ['build', 'browser'],
    run: ({ folder, browser }) => mocha('browser', folder, { DRAFTSCOPE_CHROMIUM: browser }),
  },
  integration: {
    needs: ['build', 'vsix', 'server', 'browser', 'model'],
    run: async (parts) => (await import('./lib/integration.mjs')).runInServer(parts),
  },
  window: {
    needs: ['build', 'vsix', 'server', 'browser', 'model'],
    run: runInWindow,
  },
  web: {
    needs: ['build', 'vsix', 'server', 'browser'],
    run: (parts) => runInWindow({ ...parts, room: 'web', settings: inTheBrowser }),
  },
  desktop: {
    needs: ['build', 'vsix', 'model'],
    absent: () => desktopProgram() === undefined && 'there is no desktop VS Code, or no screen to show it on',
    run: async (parts) =>
      (await import('./lib/integration.mjs')).runOnDesktop({ ...parts, executable: desktopProgram() }),
  },
};

/** Runs the extension's web build in the browser's worker instead of the server's extension host. */
const inTheBrowser = { 'remote.extensionKind': { 'draftscope.draftscope': ['web'] } };

const needs = {
  build: () => setup.build(),
  vsix: () => setup.packageExtension(),
  server: () => setup.vscodeServer(),
  vulkan: async () => (await import('./lib/vulkan.mjs')).vulkan(),
  browser: async () => (await import('./lib/browser.mjs')).browser(),
  model: () => setup.defaultModel(),
  python: () => trainingPython(),
};

async function main() {
  const chosen = chosenSuites(process.argv.slice(2));
  setup.checkNode();
  await setup.dependencies();
  const parts = { shots };
  for (const need of Object.keys(needs)) {
    if (chosen.some((name) => suites[name].needs.includes(need))) parts[need] = await needs[need]();
  }
  await mkdir(shots, { recursive: true });
  const total = { passed: 0, failed: 0, skipped: 0 };
  for (const name of chosen) {
    const counts = await runSuite(name, parts);
    for (const kind of Object.keys(total)) total[kind] += counts[kind];
  }
  const skipped = total.skipped > 0 ? `, ${total.skipped} skipped` : '';
  say(`\n${total.passed} passed, ${total.failed} failed${skipped}`);
  if (total.failed > 0) process.exitCode = 1;
}

function chosenSuites(names) {
  const unknown = names.find((name) => !(name in suites));
  if (unknown !== undefined) {
    throw new Obstacle(`There is no suite "${unknown}". There are: ${Object.keys(suites).join(', ')}.`);
  }
  const wanted = Object.keys(suites).filter((name) => names.length === 0 || names.includes(name));
  return wanted.filter((name) => {
    const reason = suites[name].absent?.();
    if (!reason) return true;
    if (names.includes(name)) throw new Obstacle(`The suite "${name}" cannot run: ${reason}.`);
    say(`• Without the suite "${name}": ${reason}`);
    return false;
  });
}

/** Runs one suite in a folder of its own. A suite that breaks counts as one failure; the others go on. */
async function runSuite(name, parts) {
  say(`\n── ${name}`);
  const started = performance.now();
  const folder = await mkdtemp(path.join(os.tmpdir(), `draftscope-${name}-`));
  const remove = undoLater(() => rm(folder, { recursive: true, force: true, maxRetries: 5 }));
  let counts;
  try {
    counts = await suites[name].run({ ...parts, folder });
    if (counts.passed + counts.failed === 0) throw new Obstacle(`The suite "${name}" ran no test.`);
  } catch (error) {
    fail(error);
    counts = { passed: 0, failed: 1, skipped: 0 };
  } finally {
    await remove();
  }
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  say(`── ${name}: ${counts.passed} passed, ${counts.failed} failed, ${seconds} s`);
  return counts;
}

/** Programs of node_modules that pass or fail as a whole. */
async function checks(commands) {
  const counts = { passed: 0, failed: 0, skipped: 0 };
  for (const [program, ...args] of commands) {
    const code = await show(process.execPath, [inRoot('node_modules', program), ...args]);
    counts[code === 0 ? 'passed' : 'failed'] += 1;
  }
  return counts;
}

/** Runs dist/test/<room> in mocha. */
async function mocha(room, folder, env = {}) {
  const resultFile = path.join(folder, 'result.json');
  const args = ['--reporter', inRoot('dist/test/reporter.js'), `dist/test/${room}/**/*.test.js`];
  const code = await show(process.execPath, [inRoot('node_modules/mocha/bin/mocha.js'), ...args], {
    env: { ...process.env, ...env, DRAFTSCOPE_SHOTS: shots, DRAFTSCOPE_TEST_RESULT: resultFile },
  });
  const text = await readFile(resultFile, 'utf8').catch(() => {
    throw new Obstacle(`The suite "${room}" ended (exit ${code}) without a result.`);
  });
  const result = JSON.parse(text);
  if (code !== 0 && result.failed === 0) throw new Obstacle(`The suite "${room}" ended with exit ${code}.`);
  return result;
}

/** The window as a user has it: no test driver, the extension installed from its .vsix. */
async function runInWindow({ folder, vsix, browser, room = 'window', settings = {} }) {
  const { installExtension, startServer, writeUserSettings } = await import('./lib/vscodeServer.mjs');
  await writeUserSettings(folder, settings);
  await installExtension(folder, vsix);
  // Nothing is fetched, whatever a test agrees to.
  const server = await startServer(folder, { env: { PIP_NO_INDEX: '1' } });
  try {
    return await mocha(room, folder, {
      DRAFTSCOPE_CHROMIUM: browser,
      DRAFTSCOPE_FOLDER: folder,
      DRAFTSCOPE_SERVER: server.address,
    });
  } finally {
    await server.stop();
  }
}

process.chdir(root);
undoOnSignals();
main().catch(fail);
