// Builds every bundle into dist/. `node scripts/build.mjs --watch` rebuilds on change.
import { context } from 'esbuild';
import { readdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { root } from './lib/paths.mjs';

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
const testTools = ['eslint', 'mocha', 'playwright-core', 'typescript', 'typescript-eslint'];

const testFiles = async () => {
  const files = await readdir(path.join(root, 'test'), { recursive: true });
  return files
    .filter((file) => /\.(test|integration)\.ts$/.test(file))
    .map((file) => path.join('test', file));
};

const bundles = [
  { ...node, entryPoints: { extension: 'src/extension.ts' } },
  {
    entryPoints: { 'web/extension': 'src/webExtension.ts' },
    // Node's own modules are not there: importing one is an error of the build.
    platform: 'browser',
    target: 'es2022',
    format: 'cjs',
    external: ['vscode'],
    minify: true,
  },
  { ...node, entryPoints: { engine: 'src/engine/main.ts' } },
  { ...node, entryPoints: { cli: 'src/cli/main.ts' } },
  {
    ...node,
    entryPoints: { bench: 'bench/main.ts', peer: 'bench/peers/main.ts' },
    external: [...external, 'playwright-core'],
  },
  {
    entryPoints: { webview: 'webview/main.ts' },
    platform: 'browser',
    target: 'es2022',
    format: 'iife',
    minify: true,
  },
  {
    ...node,
    entryPoints: [
      'test/reporter.ts',
      'test/integration/index.ts',
      'test/gpu/scenarios.ts',
      ...(await testFiles()),
    ],
    outbase: 'test',
    outdir: 'dist/test',
    external: [...external, ...testTools],
  },
];

if (!watch) await rm(path.join(root, 'dist'), { recursive: true, force: true });
for (const bundle of bundles) {
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
    // esbuild has told what is wrong.
    await job.rebuild().catch(() => (process.exitCode = 1));
    await job.dispose();
  }
}
