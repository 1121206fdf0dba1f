// The training's own Python, and its tests.
import { spawnSync } from 'node:child_process';
import { readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { inRoot } from './paths.mjs';
import { Obstacle, fingerprint, once, run, show } from './steps.mjs';

const folder = inRoot('training');
const environment = path.join(folder, '.venv');
const python = path.join(environment, process.platform === 'win32' ? 'Scripts/python.exe' : 'bin/python');

/** Whether this machine has a Python that the training can be installed for. */
export function hasPython() {
  const check = 'import sys, ensurepip, venv; sys.exit(sys.version_info < (3, 11))';
  return spawnSync('python3', ['-c', check]).status === 0;
}

/** A virtual environment in training/.venv with what training/pyproject.toml asks for. @returns its Python. */
export async function trainingPython() {
  await once({
    title: 'Installing PyTorch and the training into training/.venv',
    stamp: path.join(environment, '.draftscope-stamp'),
    key: await fingerprint(['training/pyproject.toml']),
    work: async () => {
      await rm(environment, { recursive: true, force: true });
      await run('python3', ['-m', 'venv', environment]);
      await run(python, ['-m', 'pip', 'install', '--quiet', '--editable', `${folder}[test]`], {
        obstacle: 'pip could not install the training. Check the network, then try again.',
      });
    },
  });
  return python;
}

/** Runs training/tests. @returns the counts. */
export async function pytest(python, results) {
  const file = path.join(results, 'result.xml');
  const code = await show(python, ['-m', 'pytest', '--quiet', `--junitxml=${file}`], { cwd: folder });
  const text = await readFile(file, 'utf8').catch(() => {
    throw new Obstacle(`pytest ended (exit ${code}) without a result.`);
  });
  const count = (name) => Number(new RegExp(`<testsuite [^>]*\\b${name}="(\\d+)"`).exec(text)?.[1] ?? 0);
  const failed = count('failures') + count('errors');
  if (code !== 0 && failed === 0) throw new Obstacle(`pytest ended with exit ${code}.`);
  const skipped = count('skipped');
  return { passed: count('tests') - failed - skipped, failed, skipped };
}
