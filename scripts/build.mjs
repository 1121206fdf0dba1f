// Builds every bundle into dist/. `node scripts/build.mjs --watch` rebuilds on change.
import { context } from 'esbuild';
import { existsSync } from 'node:fs';
import { readdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..');
const watch = process.argv.includes('--watch');

/** Native addons and the editor's own module stay outside the bundles. */
const external = ['vscode', 'onnxruntime-node'];
const node = {
  platform: 'node',
  target: 'node20.19',
  format: 'cjs',
  external,
  // Some ESM-only dependencies ask for import.meta.url, which a CommonJS bundle does not have.
  define: { 'import.meta.url': '__bundleUrl' },
  banner: { js: "const __bundleUrl = require('node:url').pathToFileURL(__filename).href;" },
};

/** Mocha's globals, the linter and the browser's driver are packages of their own kind: tests require them. */
const testTools = ['eslint', 'mocha', 'playwright-core', 'typescript-eslint'];

const testFiles = async () => {
  const files = await readdir(path.join(root, 'test'), { recursive: true });
  return files
    .filter((file) => /\.(test|integration)\.ts$/.test(file))
    .map((file) => path.join('test', file));
};

const bundles = [
  { ...node, entryPoints: { extension: 'src/extension.ts' } },
  { ...node, entryPoints: { engine: 'src/engine/main.ts' } },
  { ...node, entryPoints: { cli: 'src/cli/main.ts' } },
  { ...node, entryPoints: { bench: 'bench/main.ts' } },
  { entryPoints: { webview: 'webview/main.ts' }, platform: 'browser', target: 'es2022', format: 'iife' },
  {
    ...node,
    entryPoints: ['test/reporter.ts', 'test/integration/index.ts', ...(await testFiles())],
    outbase: 'test',
    outdir: 'dist/test',
    external: [...external, ...testTools],
  },
];

if (!watch) await rm(path.join(root, 'dist'), { recursive: true, force: true });
for (const bundle of bundles) {
  const entries = Array.isArray(bundle.entryPoints) ? bundle.entryPoints : Object.values(bundle.entryPoints);
  if (entries.length === 0 || !entries.every((entry) => existsSync(path.resolve(root, entry)))) continue;
  const job = await context({
    absWorkingDir: root,
    bundle: true,
    sourcemap: true,
    logLevel: 'warning',
    outdir: 'dist',
    ...bundle,
  });
  if (watch) await job.watch();
  else {
    await job.rebuild();
    await job.dispose();
  }
}
