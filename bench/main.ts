import { Command, Option } from 'commander';
import { appendFile, readFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { sentenceOf } from '../src/errors';
import { convertedWeights } from '../src/engine/convert';
import { HostDecoder } from '../src/engine/hostDecoder';
import { drafters } from '../src/engine/drafters/catalogue';
import { Engine } from '../src/engine/engine';
import { measureCost } from '../src/engine/measureCost';
import { threadCount } from '../src/engine/session';
import type { WeightForm } from '../src/models/graph/weightForms';
import { openModel } from '../src/models/open';
import { compareDrafters, type Comparison } from './equality';
import { answerLogits, compareWithGolden, readLogitsGolden } from './forms';
import { devQuestions } from './questions';
import { policySchema } from '../src/protocol/engine';
import { measureSpeed, type Contender } from './speed';
import { markdownTable, type Row } from './table';
import { measureView } from './view';

/**
 * Benchmarks: what is too slow for a test, or is a time. `npm run bench -- <name>`; `--json` prints
 * `{"machine", "figures", "rows"}` instead of a table.
 */

const root = path.resolve(__dirname, '..');
const FORMS: readonly WeightForm[] = ['fp32', 'file', 'int8'];

interface Report {
  readonly figures: Record<string, number>;
  readonly rows: readonly Row[];
}

function print(report: Report, json: boolean): void {
  const machine = {
    cpu: os.cpus()[0]?.model.trim(),
    cores: os.availableParallelism(),
    platform: process.platform,
  };
  if (json) console.log(JSON.stringify({ machine, ...report }));
  else {
    console.log(`${machine.cpu}, ${machine.cores} cores\n`);
    console.log(markdownTable(report.rows));
  }
}

const note = (text: string): void => {
  process.stderr.write(`${text}\n`);
};

/** How close each weight form is to transformers in fp32. */
async function forms(): Promise<Report> {
  const golden = await readLogitsGolden(path.join(root, 'test', 'golden', 'logits.json'));
  const model = await openModel('default');
  try {
    const figures: Record<string, number> = {};
    const rows: Row[] = [];
    let reference: Float32Array[] | null = null;
    for (const form of FORMS) {
      note(`measuring ${form}`);
      const logits = await answerLogits(model, form, golden);
      const quality = compareWithGolden(form, golden, logits, reference);
      reference ??= logits;
      const topOne = quality.topOneEqual / quality.positions;
      figures[`forms.${form}.topOne`] = topOne;
      if (quality.meanKl !== null) figures[`forms.${form}.meanKl`] = quality.meanKl;
      rows.push({
        weights: form,
        positions: quality.positions,
        'top-1 equal': `${(100 * topOne).toFixed(1)} %`,
        'mean KL (nats)': quality.meanKl === null ? 'reference' : quality.meanKl.toExponential(1),
        'largest logit error': quality.largestLogitError.toExponential(1),
      });
    }
    return { figures, rows };
  } finally {
    await model.close();
  }
}

/** What a forward over T tokens costs, v(T), as a multiple of one token's. */
async function verify(): Promise<Report> {
  const model = await openModel('default');
  try {
    const figures: Record<string, number> = {};
    const rows: Row[] = [];
    for (const form of FORMS) {
      note(`measuring ${form}`);
      const weights = await convertedWeights(model, form, () => undefined);
      const decoder = await HostDecoder.open(weights, 'cpu', threadCount(0));
      const points = await measureCost(decoder, () => undefined);
      await decoder.dispose();
      for (const past of new Set(points.map((point) => point.past))) {
        const curve = points.filter((point) => point.past === past);
        const row: Record<string, string | number> = {
          weights: form,
          context: past,
          'T1 (ms)': (curve[0].us / 1000).toFixed(1),
        };
        for (const { rows: count, us } of curve.slice(1)) {
          row[`T${count}`] = (us / curve[0].us).toFixed(2);
          figures[`verify.${form}.${past}.v${count}`] = us / curve[0].us;
        }
        rows.push(row);
      }
    }
    return { figures, rows };
  } finally {
    await model.close();
  }
}

interface EqualityOptions {
  readonly perTask: number;
  readonly maxTokens: number;
  readonly out?: string;
}

/** Whether every drafter's output equals plain decoding's, in fp32. Resumes where `out` ends. */
async function equality({ perTask, maxTokens, out }: EqualityOptions): Promise<Report> {
  const done = out === undefined ? [] : await readLines(out);
  const engine = await Engine.load({ model: 'default', weights: 'fp32', provider: 'cpu', threads: 0 });
  try {
    for (const temperature of [0, 0.8]) {
      for (const question of await devQuestions(root, perTask)) {
        const isDone = (c: Comparison) =>
          c.question === question.question_id && c.temperature === temperature;
        if (done.some(isDone)) continue;
        note(`question ${question.question_id} (${question.task}) at temperature ${temperature}`);
        const budget = { policy: 'fixed' as const, nodes: 8, depth: 8 };
        const fresh = await compareDrafters(engine, question, { temperature, maxTokens, budget });
        done.push(...fresh);
        if (out !== undefined)
          await appendFile(out, fresh.map((line) => `${JSON.stringify(line)}\n`).join(''));
      }
    }
  } finally {
    await engine.dispose();
  }
  for (const { mismatch, ...run } of done) {
    if (mismatch !== null) note(`mismatch: ${JSON.stringify({ ...run, ...mismatch })}`);
  }
  const rows: Row[] = [];
  const figures: Record<string, number> = {};
  for (const temperature of [0, 0.8]) {
    for (const drafter of new Set(done.map((c) => c.drafter))) {
      const runs = done.filter((c) => c.temperature === temperature && c.drafter === drafter);
      const equal = runs.filter((c) => c.mismatch === null).length;
      figures[`equality.${drafter}.${temperature}`] = equal / runs.length;
      rows.push({
        drafter,
        temperature,
        prompts: runs.length,
        tokens: runs.reduce((sum, c) => sum + c.tokens, 0),
        equal: `${equal} of ${runs.length}`,
      });
    }
  }
  return { figures, rows };
}

interface SpeedOptions {
  readonly perTask: number;
  readonly maxTokens: number;
  readonly temperature: number;
  readonly nodes: number;
}

/** Tokens per second of every drafter with every weight form, and the ratio to plain decoding. */
async function speed(options: SpeedOptions): Promise<Report> {
  const questions = await devQuestions(root, options.perTask);
  const figures: Record<string, number> = {};
  const rows: Row[] = [];
  for (const weights of FORMS) {
    const engine = await Engine.load({ model: 'default', weights, provider: 'cpu', threads: 0 });
    try {
      const measured = await measureSpeed(engine, questions, contenders(), options, (done) =>
        note(`${weights}: question ${done + 1} of ${questions.length}`),
      );
      for (const row of measured) {
        figures[`speed.${weights}.${row.drafter}.${row.policy}.overPlain`] = row.overPlain;
        rows.push({
          weights,
          drafter: row.drafter,
          policy: row.drafter === 'none' ? '' : row.policy,
          'tokens/s': row.tokensPerSecond.toFixed(1),
          'over plain': row.overPlain.toFixed(2),
          'acceptance length': row.acceptanceLength.toFixed(2),
        });
      }
    } finally {
      await engine.dispose();
    }
  }
  return { figures, rows };
}

/** Plain decoding, then every drafter under every policy. */
function contenders(): Contender[] {
  const speculative = drafters.filter(({ description }) => description.kind !== 'none');
  return [
    { drafter: 'none', policy: 'fixed' },
    ...speculative.flatMap(({ description }) =>
      policySchema.options.map((policy) => ({ drafter: description.id, policy })),
    ),
  ];
}

async function readLines(file: string): Promise<Comparison[]> {
  const text = await readFile(file, 'utf8').catch(() => '');
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Comparison);
}

const number = (flag: string, fallback: number, description: string): Option =>
  new Option(`${flag} <n>`, description).default(fallback).argParser(Number);

function command<T extends object>(
  name: string,
  description: string,
  options: Option[],
  run: (o: T) => Promise<Report>,
): Command {
  const made = new Command(name).description(description).option('--json', 'print JSON instead of a table');
  for (const option of options) made.addOption(option);
  return made.action(async (o: T & { json?: boolean }) => print(await run(o), o.json === true));
}

new Command('bench')
  .addCommand(command('forms', 'agreement of each weight form with transformers in fp32', [], forms))
  .addCommand(command('verify', 'v(T): what a forward over T tokens costs, over one token', [], verify))
  .addCommand(
    command<EqualityOptions>(
      'equality',
      'every drafter against plain decoding, token by token, in fp32',
      [
        number('--per-task', 5, 'questions of each of the six tasks'),
        number('--max-tokens', 128, 'tokens a question'),
        new Option('--out <file>', 'keep results here and resume from them'),
      ],
      equality,
    ),
  )
  .addCommand(
    command<SpeedOptions>(
      'speed',
      'tokens per second of every drafter and weight form',
      [
        number('--per-task', 2, 'questions of each of the six tasks'),
        number('--max-tokens', 128, 'tokens a question'),
        number('--temperature', 0, 'sampling temperature'),
        number('--nodes', 8, 'nodes a draft'),
      ],
      speed,
    ),
  )
  .addCommand(command('view', 'the view with 10,000 and 100,000 nodes', [], () => measureView(__dirname)))
  .parseAsync()
  .catch((error: unknown) => {
    note(sentenceOf(error));
    process.exitCode = 1;
  });
