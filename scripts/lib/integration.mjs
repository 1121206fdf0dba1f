// The integration suite: mocha inside the extension host of a real VS Code, with the extension installed
// from its .vsix. VS Code's own exit code is 0 even when its extension host was killed, so the proof of a
// passed suite is the result file that the suite writes last.
import { cp, mkdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { launchChromium } from './chromium.mjs';
import { inRoot } from './paths.mjs';
import { Obstacle, say } from './steps.mjs';
import { installExtension, startServer, writeUserSettings } from './vscodeServer.mjs';

const suite = inRoot('dist/test/integration/index');
const harness = inRoot('test/integration/harness');

/** The longest the suite may take: a hang ends here. */
const limitMs = 10 * 60_000;

/** Runs the suite in VS Code's server. @param folder an empty folder for everything this run writes. */
export async function runInServer({ folder, vsix, browser, shots }) {
  const { workspace, resultFile } = await prepare(folder);
  await writeUserSettings(folder);
  await installExtension(folder, vsix);
  const server = await startServer(folder, {
    testDriver: true,
    env: { DRAFTSCOPE_TEST_RESULT: resultFile },
  });
  const chromium = await launchChromium(browser);
  const said = [];
  try {
    const page = await chromium.newPage({ viewport: { width: 1400, height: 900 } });
    page.on('console', (message) => said.push(message.text()));
    const ended = new Promise((resolve) => page.exposeFunction('codeAutomationExit', resolve));
    await page.exposeFunction('codeAutomationLog', (type, args) => said.push(`${type}: ${args.join(' ')}`));
    await page.goto(pageAddress(server, workspace));
    const outcome = await withinLimit(ended);
    if (outcome === 0) return report(await resultOf(resultFile));
    const result = await resultOf(resultFile).catch(() => undefined);
    await page.screenshot({ path: path.join(shots, 'integration-failure.png') });
    say(`${said.join('\n')}\n${server.log()}`);
    if (result !== undefined && result.failed > 0) return report(result);
    throw new Obstacle(
      outcome === undefined
        ? `The integration suite did not end within ${limitMs / 60_000} minutes.`
        : `VS Code ended the integration suite with ${outcome}.`,
    );
  } finally {
    await chromium.close();
    await server.stop();
  }
}

/** Runs the suite in a desktop VS Code. @param executable the program itself, not its `code` script. */
export async function runOnDesktop({ folder, vsix, executable }) {
  const { runTests, runVSCodeCommand } = await import('@vscode/test-electron');
  const { workspace, resultFile } = await prepare(folder);
  const profile = [
    `--user-data-dir=${path.join(folder, 'user')}`,
    `--extensions-dir=${path.join(folder, 'extensions')}`,
  ];
  await runVSCodeCommand(['--install-extension', vsix, ...profile], { vscodeExecutablePath: executable });
  await runTests({
    vscodeExecutablePath: executable,
    extensionDevelopmentPath: harness,
    extensionTestsPath: suite,
    extensionTestsEnv: { DRAFTSCOPE_TEST_RESULT: resultFile },
    launchArgs: [workspace, '--disable-workspace-trust', '--skip-welcome', ...profile],
  }).catch((error) => say(`VS Code: ${error.message}`));
  return report(await resultOf(resultFile));
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
  return JSON.parse(
    await readFile(file, 'utf8').catch(() => {
      throw new Obstacle('The integration suite ended without a result: its extension host died.');
    }),
  );
}

function report(result) {
  say(result.lines.join('\n'));
  return result;
}
