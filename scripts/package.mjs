// Packages the extension for one platform: `node scripts/package.mjs [--target linux-arm64]`.
//
// ONNX Runtime's package carries its binaries for every platform (290 MB); a .vsix takes those of its own
// platform alone. Without --target that is the platform this runs on.
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

async function packageFor(target) {
  const binaries = `${runtimes}/${target.replace('-', '/')}`;
  if (!existsSync(inRoot(binaries))) {
    throw new Obstacle(`onnxruntime-node has no binaries for ${target}: there is no folder ${binaries}.`);
  }
  const scratch = await mkdtemp(path.join(os.tmpdir(), 'draftscope-package-'));
  try {
    const ignoreFile = path.join(scratch, 'vscodeignore');
    const always = await readFile(inRoot('.vscodeignore'), 'utf8');
    await writeFile(ignoreFile, `${always}\n!${binaries}/**\n`);
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
