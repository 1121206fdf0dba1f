// The Chromium or Chrome that the tests drive: found on this machine, or installed where that is ours to do.
import { accessSync, constants, existsSync, readFileSync, realpathSync } from 'node:fs';
import path from 'node:path';
import { inRoot } from './paths.mjs';
import { Obstacle, run, say, step } from './steps.mjs';

const names = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable', 'chrome', 'msedge'];

const wellKnown = {
  darwin: [
    '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
    '/Applications/Chromium.app/Contents/MacOS/Chromium',
  ],
  win32: [
    'C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe',
    'C:\\Program Files (x86)\\Microsoft\\Edge\\Application\\msedge.exe',
  ],
};

/** Finds a browser, or installs one as root on Debian and Ubuntu. @returns the path of its program. */
export async function browser() {
  const found = await find();
  if (found !== undefined) {
    say(`• Browser for the tests … ${found}`);
    return found;
  }
  const install = installation();
  if (process.platform !== 'linux' || process.getuid() !== 0 || !install.here) {
    throw new Obstacle(
      `The tests need Chromium or Chrome. Install it with\n\n  ${install.command}\n\nand try again.`,
    );
  }
  await step('Installing Chromium for the tests', install.run);
  const installed = await find();
  if (installed !== undefined) return installed;
  throw new Obstacle(
    'Chromium was installed, but it does not start. Install Google Chrome and try again, or set DRAFTSCOPE_CHROMIUM.',
  );
}

async function find() {
  const chosen = process.env.DRAFTSCOPE_CHROMIUM;
  if (chosen !== undefined && !existsSync(chosen)) {
    throw new Obstacle(`DRAFTSCOPE_CHROMIUM names ${chosen}, which does not exist.`);
  }
  const { chromium } = await import('playwright-core');
  const candidates = [
    ...(chosen === undefined ? [] : [chosen]),
    ...names.flatMap(onPath),
    ...(wellKnown[process.platform] ?? []),
    chromium.executablePath(),
  ];
  for (const candidate of candidates) {
    if (existsSync(candidate) && (await starts(candidate))) return candidate;
  }
  return undefined;
}

function onPath(name) {
  return (process.env.PATH ?? '')
    .split(path.delimiter)
    .filter((folder) => folder !== '')
    .map((folder) => path.join(folder, name))
    .filter(isProgram);
}

function isProgram(file) {
  try {
    accessSync(file, constants.X_OK);
    // A snap sees neither the system's temporary folder nor hidden folders: its profile cannot be ours.
    return !realpathSync(file).includes('/snap');
  } catch {
    return false;
  }
}

/** Ubuntu's chromium-browser is a script that asks for a snap: being there is not enough. */
async function starts(program) {
  if (process.platform !== 'linux') return true;
  return run(program, ['--version']).then(
    (version) => /chrom|edge/i.test(version),
    () => false,
  );
}

/** How a browser gets onto this machine, and whether these scripts may do it. */
function installation() {
  const distribution = /^ID=(.*)$/m.exec(readOsRelease())?.[1].replaceAll('"', '');
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  if (distribution === 'debian') {
    const packages = ['--no-install-recommends', 'chromium', 'fonts-liberation'];
    return {
      here: true,
      command: 'sudo apt-get install chromium',
      run: async () => {
        await run('apt-get', ['update'], { env });
        await run('apt-get', ['install', '-y', ...packages], { env });
      },
    };
  }
  // Ubuntu's own package is a snap, so there, as everywhere else, the browser is Playwright's build.
  const install = [inRoot('node_modules/playwright-core/cli.js'), 'install'];
  return {
    here: distribution === 'ubuntu',
    command: `npx playwright-core install ${process.platform === 'linux' ? '--with-deps ' : ''}chromium`,
    run: () => run(process.execPath, [...install, '--with-deps', 'chromium'], { env }),
  };
}

function readOsRelease() {
  try {
    return readFileSync('/etc/os-release', 'utf8');
  } catch {
    return '';
  }
}
