import assert from 'node:assert/strict';
import fc from 'fast-check';
import { UserError } from '../../../src/errors';
import { analysisSchema } from '../../../src/protocol/analysis';
import { analyse } from '../../../src/trace/analysis';
import { compareRuns } from '../../../src/trace/compare/compare';
import { parseTrace, type Trace } from '../../../src/trace/parse';
import { htmlReport } from '../../../src/trace/report/htmlReport';
import { summarise } from '../../../src/trace/summary';
import { finish } from '../../../src/trace/steps';
import { Predictor } from '../../../src/trace/whatIf/predict';
import { roundsCsv } from '../../support/roundsCsv';
import { CHEAP_ROWS, chainAlong, countingText, plannedRun } from '../../support/runs';

const text = countingText(30);
const points = [1, 2, 4, 8].map((rows) => ({ rows, past: 0, us: CHEAP_ROWS(rows) }));
const run = plannedRun({
  text,
  draft: (offset) => ((offset * 13) % 11 < 3 ? [] : chainAlong(text, offset, 3, offset % 4)),
  header: { cost: { measured: '', cached: true, points } },
});
const lines = [run.header, ...run.rounds, summarise(run.header, run.rounds, 'stop')];

type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

/** Values that a damaged or contradictory file could hold: of the type that stood there, and of others. */
const STRANGE = {
  number: [0, -1, 1, 0.5, 1e-300, 1e300, 9_007_199_254_740_991, 999],
  string: ['', 'x', '</script>\u202e', 'lookahead'],
  boolean: [true, false],
  object: [null, [], {}, [1], [0, 0], 'x', -1],
};

/** Puts a strange value somewhere into JSON; `path` chooses the place. */
function damage(value: Json, path: readonly number[], choice: number): Json {
  const keys = typeof value === 'object' && value !== null ? Object.keys(value) : [];
  if (typeof value !== 'object' || value === null || keys.length === 0 || path.length === 0) {
    const values: readonly Json[] = STRANGE[typeof value as keyof typeof STRANGE];
    return values[choice % values.length];
  }
  const [step, ...rest] = path;
  const key = keys[step % keys.length];
  if (Array.isArray(value)) return value.with(Number(key), damage(value[Number(key)], rest, choice));
  return { ...value, [key]: damage(value[key], rest, choice) };
}

/** Everything that is concluded from a trace. */
function conclude(trace: Trace): void {
  const { header, rounds } = trace;
  analysisSchema.parse(finish(analyse(header, rounds, true)));
  roundsCsv(rounds);
  finish(htmlReport(trace, 'damaged'));
  const predictor = Predictor.of(header, rounds);
  if (predictor?.divisible === true) {
    predictor.predict({ policy: 'costAware', nodes: 6, depth: 6, width: 2, minQ: 0 });
  }
  compareRuns({ name: 'a', header, rounds }, { name: 'b', ...run });
}

describe('a damaged or contradictory trace', () => {
  const changes = fc.array(
    fc.tuple(fc.nat(lines.length - 1), fc.array(fc.nat(40), { minLength: 2, maxLength: 4 }), fc.nat(40)),
    { minLength: 1, maxLength: 2 },
  );

  it('is refused in a sentence with the file and the line, or concluded from without a fault', () => {
    let refused = 0;
    let read = 0;
    fc.assert(
      fc.property(changes, (puts) => {
        const damaged = lines as unknown as Json[];
        const changed = puts.reduce(
          (all, [line, path, choice]) => all.with(line, damage(all[line], path, choice)),
          damaged,
        );
        try {
          conclude(parseTrace(changed.map((line) => JSON.stringify(line)).join('\n'), 'damaged.jsonl'));
          read++;
        } catch (error) {
          if (!(error instanceof UserError)) throw error;
          refused++;
          assert.match(error.message, /damaged\.jsonl|different prompts/);
        }
      }),
      { numRuns: 400 },
    );
    assert.ok(refused > 50 && read > 50, `${refused} refused, ${read} read`);
  });
});
