// Writes media/spectrace.schema.json from src/trace/schema.ts, so that the published schema is what the reader checks.
import { build } from 'esbuild';
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..');
const target = path.join('media', 'spectrace.schema.json');

const { outputFiles } = await build({
  absWorkingDir: root,
  entryPoints: ['src/trace/jsonSchema.ts'],
  bundle: true,
  write: false,
  platform: 'node',
  format: 'esm',
});
const source = Buffer.from(outputFiles[0].contents).toString('base64');
const { traceJsonSchemaText } = await import(`data:text/javascript;base64,${source}`);
await mkdir(path.join(root, 'media'), { recursive: true });
await writeFile(path.join(root, target), traceJsonSchemaText());
console.log(`Wrote ${target}.`);
