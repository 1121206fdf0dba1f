import { compareRuns } from '../trace/compare/compare';
import { findings } from '../trace/findings/findings';
import { extentOf, type Trace } from '../trace/parse';
import { readTrace } from '../trace/reader';
import { publishedMetrics } from '../trace/statistics/definitions';
import { measureTrace } from '../trace/statistics/statistics';
import { budgetCurve } from '../trace/whatIf/budgetCurve';
import { Predictor, untold } from '../trace/whatIf/predict';
import { changedSetting, recordedLimits, type Changes } from '../trace/whatIf/setting';
import { comparisonReport } from './comparisonReport';
import { findingsReport } from './findingsReport';
import { statisticsReport } from './statisticsReport';
import { whatIfReport } from './whatIfReport';

/** What `trace` can be asked in place of the summary: a name in the JSON object, the value there, and a text. */
export interface Answer {
  readonly name: string;
  readonly value: unknown;
  readonly text: string;
}

export function findingsAnswer({ header, rounds }: Trace): Answer {
  const value = findings(header, rounds);
  return { name: 'findings', value, text: findingsReport(value) };
}

export function statisticsAnswer({ header, rounds }: Trace): Answer {
  const statistics = measureTrace(header, rounds);
  const predictor = Predictor.of(header, rounds);
  const budgets = predictor === null ? [] : budgetCurve(predictor, rounds);
  const metrics = publishedMetrics().map(({ definitions, ...metric }) => ({
    ...metric,
    definitions: definitions.map(({ engine, formula, value }) => ({
      engine,
      formula,
      value: value(statistics.counts),
    })),
  }));
  const past = rounds.at(rounds.length >> 1)?.kv.before ?? 0;
  return {
    name: 'statistics',
    value: { ...statistics, metrics, budgets },
    text: statisticsReport(
      statistics,
      predictor === null ? null : { verify: predictor.verify, past, budgets },
    ),
  };
}

/**
 * @param file what errors call the trace
 * @throws UserError `usage` when the trace does not tell enough
 */
export function whatIfAnswer({ header, rounds }: Trace, changes: readonly Changes[], file: string): Answer {
  const predictor = Predictor.of(header, rounds);
  if (predictor === null) throw untold(file);
  const recorded = measureTrace(header, rounds).summary;
  const limits = recordedLimits(rounds);
  const value = changes.map((change) => predictor.predict(changedSetting(limits, change)));
  return { name: 'whatIf', value, text: whatIfReport(recorded, value) };
}

/** @throws UserError `bad-file` for what is no trace, `usage` for another prompt's */
export async function comparisonAnswer(first: Trace, file: string, other: string): Promise<Answer> {
  const second = await readTrace(other);
  const a = { name: file, header: first.header, rounds: first.rounds };
  const b = { name: other, header: second.header, rounds: second.rounds };
  const comparison = compareRuns(a, b);
  const extents = { a: extentOf(first), b: extentOf(second) };
  return {
    name: 'comparison',
    value: { ...comparison, extents },
    text: comparisonReport(a, b, { comparison, extents }),
  };
}
