import { readdirSync } from 'node:fs';
import path from 'node:path';
import Mocha from 'mocha';
import ResultReporter from '../reporter';

/** VS Code calls this in its extension host; a rejection makes its exit code 1. */
export async function run(): Promise<void> {
  const mocha = new Mocha({
    forbidOnly: true,
    reporter: ResultReporter,
    timeout: 120_000,
    ui: 'bdd',
  });
  for (const file of readdirSync(__dirname)) {
    if (file.endsWith('.integration.js')) mocha.addFile(path.join(__dirname, file));
  }
  const failures = await new Promise<number>((resolve) => mocha.run(resolve));
  if (failures > 0) throw new Error(`${failures} tests failed.`);
}
