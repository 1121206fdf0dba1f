// What every script needs to tell its story: a line per step, nothing done twice, children that are
// quiet unless they fail.
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdir, readFile, readdir, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { undoLater } from './cleanup.mjs';
import { root } from './paths.mjs';

/** Something the user can put right: its message is the whole story, so no stack trace is shown. */
export class Obstacle extends Error {}

export const say = (text) => console.log(text);

/** Runs `work` behind one line that says what happens and how long it took. */
export async function step(title, work) {
  const started = performance.now();
  process.stdout.write(`• ${title} … `);
  try {
    const result = await work();
    process.stdout.write(`${((performance.now() - started) / 1000).toFixed(1)} s\n`);
    return result;
  } catch (error) {
    process.stdout.write('failed\n');
    throw error;
  }
}

/**
 * Runs a step unless it was done before with the same `key`. The proof is a `stamp` file, written last, so
 * that an interrupted step is done again.
 */
export async function once({ title, stamp, key, work }) {
  const done = await readFile(stamp, 'utf8').catch(() => '');
  if (done === key) {
    say(`• ${title} … done before`);
    return;
  }
  await step(title, work);
  await mkdir(path.dirname(stamp), { recursive: true });
  await writeFile(stamp, key);
}

/** A hash over the names and contents of files and folders, given relative to the repository. */
export async function fingerprint(entries) {
  const hash = createHash('sha256');
  for (const file of await filesBelow(entries)) {
    hash.update(`${path.relative(root, file)}\0`).update(await readFile(file));
  }
  return hash.digest('hex');
}

async function filesBelow(entries) {
  const files = [];
  for (const entry of entries) {
    const full = path.resolve(root, entry);
    const kind = await stat(full).catch(() => undefined);
    if (kind?.isFile()) files.push(full);
    if (!kind?.isDirectory()) continue;
    for (const found of await readdir(full, { recursive: true, withFileTypes: true })) {
      if (found.isFile()) files.push(path.join(found.parentPath, found.name));
    }
  }
  return files.sort();
}

/**
 * Runs a program to its end. Its output is kept and shown only when it fails.
 *
 * @param options.obstacle the sentence to show when it fails, in place of its command line.
 * @returns its standard output.
 */
export async function run(command, args, { cwd = root, env = process.env, shell = false, obstacle } = {}) {
  const { code, output, stdout } = await finish(command, args, {
    cwd,
    env,
    shell,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  if (code === 0) return stdout;
  const said = output.trim().split('\n').slice(-30).join('\n');
  throw new Obstacle(`${obstacle ?? `${[command, ...args].join(' ')} failed (exit ${code}).`}\n${said}`);
}

/** Runs a program in front of the user. @returns its exit code; a death by signal counts as 1. */
export async function show(command, args, { cwd = root, env = process.env } = {}) {
  return (await finish(command, args, { cwd, env, stdio: ['ignore', 'inherit', 'inherit'] })).code;
}

function finish(command, args, options) {
  return new Promise((resolve) => {
    let output = '';
    let stdout = '';
    const child = spawn(command, args, options);
    const end = undoLater(() => child.kill());
    child.stdout?.on('data', (data) => {
      output += data;
      stdout += data;
    });
    child.stderr?.on('data', (data) => (output += data));
    const settle = (result) => void end().then(() => resolve(result));
    child.on('error', (error) => settle({ code: 1, output: error.message, stdout }));
    child.on('close', (code) => settle({ code: code ?? 1, output, stdout }));
  });
}

/** Runs npm, the one that started this script if there is one. */
export function npm(args, options) {
  const started = process.env.npm_execpath ?? '';
  const viaNode = started.endsWith('.js');
  const quiet = ['--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'];
  return run(viaNode ? process.execPath : 'npm', [...(viaNode ? [started] : []), ...args, ...quiet], {
    env: withoutNpm(process.env),
    ...options,
  });
}

/** `npm run` tells its children which package it runs for; an npm inside must find out for itself. */
function withoutNpm(env) {
  const own = /^(npm_(package|lifecycle|config_(local|global)_prefix|command|node_execpath)|INIT_CWD)/;
  return Object.fromEntries(Object.entries(env).filter(([name]) => !own.test(name)));
}

/** Ends a script: an obstacle in its own words, anything else as the defect it is. */
export function fail(error) {
  console.error(error instanceof Obstacle ? `\n${error.message}` : error);
  process.exitCode = 1;
}
