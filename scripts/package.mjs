// Packages the extension for one platform: `node scripts/package.mjs [--target linux-arm64]`.
//
// ONNX Runtime's package carries its binaries for every platform (290 MB); a .vsix takes those of its own
// platform alone. Without --target that is the platform this runs on. `--target web` is for VS Code in a browser
// alone: it has neither engine nor runtime.
import { createVSIX } from '@vscode/vsce';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { inRoot, root } from './lib/paths.mjs';
import { Obstacle, fail, say } from './lib/steps.mjs';

const runtimes = 'node_modules/onnxruntime-node/bin/napi-v6';

export const hostTarget = () => `${process.platform}-${process.arch}`;

export const packagePath = (target) => inRoot('dist', `draftscope-${target}.vsix`);

/** What stays out of the package, as a .vscodeignore file. */
async function ignorePatterns(target) {
  const always = await readFile(inRoot('.vscodeignore'), 'utf8');
  if (target === 'web') {
    const isForEngine = (line) => /^!(dist\/(engine|cli)\.js|node_modules\/)/.test(line);
    return always
      .split('\n')
      .filter((line) => !isForEngine(line))
      .join('\n');
  }
  const binaries = `${runtimes}/${target.replace('-', '/')}`;
  if (!existsSync(inRoot(binaries))) {
    throw new Obstacle(`onnxruntime-node has no binaries for ${target}: there is no folder ${binaries}.`);
  }
  return `${always}\n!${binaries}/**\n`;
}

async function packageFor(target) {
  const ignored = await ignorePatterns(target);
  const scratch = await mkdtemp(path.join(os.tmpdir(), 'draftscope-package-'));
  try {
    const ignoreFile = path.join(scratch, 'vscodeignore');
    await writeFile(ignoreFile, ignored);
    await createVSIX({ cwd: root, target, packagePath: packagePath(target), ignoreFile });
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
  return packagePath(target);
}

if (process.argv[1] === import.meta.filename) {
  const { values } = parseArgs({ options: { target: { type: 'string', default: hostTarget() } } });
  await packageFor(values.target).then((file) => say(`Wrote ${path.relative(root, file)}`), fail);
}
