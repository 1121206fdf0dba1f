// The integration suite: mocha inside the extension host of a real VS Code, with the extension installed
// from its .vsix. VS Code's own exit code is 0 even when its extension host was killed, so the proof of a
// passed suite is the result file that the suite writes last.
import { cp, mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { launchChromium } from './chromium.mjs';
import { inRoot, root } from './paths.mjs';
import { Obstacle, run, say } from './steps.mjs';
import { installExtension, startServer, writeUserSettings } from './vscodeServer.mjs';

const suite = inRoot('dist/test/integration/index');
const harness = inRoot('test/integration/harness');

/** The longest the suite may take: a hang ends here. */
const limitMs = 10 * 60_000;

/**
 * Runs the suite in VS Code's server.
 *
 * @param options.folder an empty folder for everything this run writes.
 * @param options.shots where the window's picture and the logs of a failed run go.
 */
export async function runInServer({ folder, vsix, browser, shots }) {
  const { workspace, resultFile } = await prepare(folder);
  await writeUserSettings(folder);
  await installExtension(folder, vsix);
  const server = await startServer(folder, {
    testDriver: true,
    env: { DRAFTSCOPE_TEST_RESULT: resultFile },
  });
  const chromium = await launchChromium(browser);
  const log = [];
  try {
    const page = await chromium.newPage({ viewport: { width: 1400, height: 900 } });
    const ended = new Promise((resolve) => page.exposeFunction('codeAutomationExit', resolve));
    await page.exposeFunction('codeAutomationLog', (type, args) => log.push(`${type}: ${args.join(' ')}`));
    await page.goto(pageAddress(server, workspace));
    const code = await withinLimit(ended);
    const result = await resultOf(resultFile).catch(() => undefined);
    if (code === 0 && result !== undefined) return report(result);
    const evidence = path.join(shots, 'integration-failed');
    await page.screenshot({ path: `${evidence}.png` });
    await writeFile(`${evidence}.log`, `${log.join('\n')}\n\n${server.log()}`);
    say(`The window and its log: ${path.relative(root, evidence)}.png, .log`);
    if (result !== undefined && result.failed > 0) return report(result);
    throw new Obstacle([verdict(code), ...headlines(log)].join('\n'));
  } finally {
    await chromium.close();
    await server.stop();
  }
}

/** What went wrong in the window, each error's first line once. */
function headlines(log) {
  const errors = log.filter((entry) => entry.startsWith('error: '));
  return [...new Set(errors.map((entry) => entry.split('\n')[0]))];
}

/** Why there is nothing to count. @param code VS Code's exit code; undefined when it did not end. */
function verdict(code) {
  if (code === undefined) return `The integration suite did not end within ${limitMs / 60_000} minutes.`;
  if (code === 0) return 'The integration suite left no result: its extension host died.';
  return `VS Code ended the integration suite with exit code ${code}.`;
}

/** Runs the suite in a desktop VS Code. @param executable the program itself, not its `code` script. */
export async function runOnDesktop({ folder, vsix, executable }) {
  const { resolveCliPathFromVSCodeExecutablePath, runTests } = await import('@vscode/test-electron');
  const { workspace, resultFile } = await prepare(folder);
  const profile = [
    `--user-data-dir=${path.join(folder, 'user')}`,
    `--extensions-dir=${path.join(folder, 'extensions')}`,
  ];
  await run(resolveCliPathFromVSCodeExecutablePath(executable), ['--install-extension', vsix, ...profile], {
    shell: process.platform === 'win32',
    obstacle: `${executable} could not install ${vsix}.`,
  });
  const refusal = await runTests({
    vscodeExecutablePath: executable,
    extensionDevelopmentPath: harness,
    extensionTestsPath: suite,
    extensionTestsEnv: { DRAFTSCOPE_TEST_RESULT: resultFile },
    launchArgs: [workspace, '--disable-workspace-trust', '--skip-welcome', ...profile],
  }).then(
    () => undefined,
    (error) => error,
  );
  const result = report(await resultOf(resultFile));
  if (refusal !== undefined && result.failed === 0) throw new Obstacle(`VS Code: ${refusal.message}`);
  return result;
}

async function prepare(folder) {
  const workspace = path.join(folder, 'workspace');
  await mkdir(workspace, { recursive: true });
  await cp(inRoot('scripts/sample-workspace'), workspace, { recursive: true });
  return { workspace, resultFile: path.join(folder, 'result.json') };
}

function pageAddress(server, workspace) {
  const remote = (file) => `vscode-remote://127.0.0.1:${server.port}${file}`;
  const payload = [
    ['extensionDevelopmentPath', remote(harness)],
    ['extensionTestsPath', remote(suite)],
    ['skipWelcome', 'true'],
  ];
  return `${server.address}/?${new URLSearchParams({ folder: workspace, payload: JSON.stringify(payload) })}`;
}

async function withinLimit(ended) {
  let timer;
  const limit = new Promise((resolve) => (timer = setTimeout(resolve, limitMs)));
  try {
    return await Promise.race([ended, limit]);
  } finally {
    clearTimeout(timer);
  }
}

async function resultOf(file) {
  const text = await readFile(file, 'utf8').catch(() => {
    throw new Obstacle(verdict(0));
  });
  return JSON.parse(text);
}

function report(result) {
  say(result.lines.join('\n'));
  return result;
}
