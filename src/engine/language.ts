import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { sentenceOf } from '../errors';
import { speak } from '../l10n';
import { BUNDLE_VARIABLE, LANGUAGE_VARIABLE } from '../protocol/engine';

const bundleSchema = z.record(z.string(), z.string());

/** Takes the language that the editor told in the environment: what is said of errors and of progress reaches the user. */
export function speakAsTold(environment: NodeJS.ProcessEnv): void {
  const file = environment[BUNDLE_VARIABLE];
  if (file === undefined) return;
  try {
    speak(bundleSchema.parse(JSON.parse(readFileSync(file, 'utf8'))), environment[LANGUAGE_VARIABLE]);
  } catch (error) {
    console.error(`The texts in ${file} could not be read, so this speaks English: ${sentenceOf(error)}`);
  }
}
