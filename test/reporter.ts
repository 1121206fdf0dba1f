import { writeFileSync } from 'node:fs';
import Mocha from 'mocha';

/** What a suite leaves behind for scripts/test.mjs, in the file that DRAFTSCOPE_TEST_RESULT names. */
export interface SuiteResult {
  passed: number;
  failed: number;
  skipped: number;
  /** One line a test, and the stack of each failure, for a run whose own output nobody sees. */
  lines: string[];
}

/** Mocha's own output, and the result in a file: a run that dies leaves no file, and so cannot pass. */
export default class ResultReporter extends Mocha.reporters.Spec {
  constructor(runner: Mocha.Runner, options: Mocha.MochaOptions) {
    super(runner, options);
    const result: SuiteResult = { passed: 0, failed: 0, skipped: 0, lines: [] };
    runner.on('pass', (test) => {
      result.passed += 1;
      result.lines.push(`  ✔ ${test.fullTitle()} (${test.duration ?? 0} ms)`);
    });
    runner.on('pending', (test) => {
      result.skipped += 1;
      result.lines.push(`  - ${test.fullTitle()}`);
    });
    runner.on('fail', (test, error: Error) => {
      result.failed += 1;
      result.lines.push(`  ✘ ${test.fullTitle()}\n${error.stack ?? error.message}`);
    });
    runner.on('end', () => {
      const file = process.env.DRAFTSCOPE_TEST_RESULT;
      if (file !== undefined) writeFileSync(file, JSON.stringify(result));
    });
  }
}
