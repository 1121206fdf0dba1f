import { Option } from 'commander';
import { Engine } from '../../src/engine/engine';
import { weightsSchema, type WeightForm } from '../../src/protocol/engine';
import { configuration } from '../configuration';
import { choice, count, out, root } from '../options';
import { devQuestions, type Question } from '../questions';
import { note, type Report } from '../report';
import { RunLog } from '../runLog';
import { contenders, PLAIN, policies, speculative } from '../spec/contenders';
import { measureQuestion, warmUp } from '../spec/measure';
import { specReport } from '../spec/report';
import type { QuestionRuns } from '../spec/runs';
import { measureTraceCost, traceCost, type TracedRuns } from '../spec/traceCost';
import { benchmark } from './command';

interface Options {
  readonly perTask: number;
  readonly maxTokens: number;
  readonly weights: WeightForm;
  readonly drafter: readonly string[];
  readonly policy: readonly string[];
  readonly temperature: readonly string[];
  readonly out?: string;
}

const TEMPERATURES = ['0', '1'];

export const specCommand = benchmark<Options>(
  'spec',
  'every drafter under every policy beside plain decoding, on questions of Spec-Bench',
  [
    count('--per-task', 5, 'questions of each of the six tasks'),
    count('--max-tokens', 128, 'tokens a question'),
    new Option('--weights <form>', 'weight form').choices(weightsSchema.options).default('int8'),
    choice('--drafter', speculative, 'drafters'),
    choice('--policy', policies, 'policies'),
    choice('--temperature', TEMPERATURES, 'temperatures'),
    out(),
  ],
  spec,
);

async function spec(options: Options): Promise<Report> {
  const { perTask, maxTokens, weights } = options;
  const questions = await devQuestions(root, perTask);
  const engine = await Engine.load({ model: 'default', weights, provider: 'cpu', threads: 0 });
  try {
    const config = configuration('spec', engine.model, { weights, maxTokens });
    const log = await RunLog.open<QuestionRuns | TracedRuns>(options.out, config);
    const absent: string[] = [];
    const able = await warmUp(
      engine,
      questions[0],
      [PLAIN, ...contenders(options)],
      ({ name }, { sentence }) => {
        note(`${name} is left out: ${sentence}`);
        absent.push(`Left out: ${name}. ${sentence}`);
      },
    );
    const rivals = able.filter((contender) => contender !== PLAIN);
    const names = rivals.map(({ name }) => name);
    const found: QuestionRuns[] = [];
    for (const temperature of options.temperature.map(Number)) {
      for (const [turn, question] of questions.entries()) {
        const key = JSON.stringify({ question: question.question_id, temperature, contenders: names });
        const runs = await log.once(key, () => {
          note(`temperature ${temperature}, question ${turn + 1} of ${questions.length} (${question.task})`);
          return measureQuestion(engine, question, rivals, { temperature, maxTokens }, turn);
        });
        found.push(runs as QuestionRuns);
      }
    }
    const traced: TracedRuns[] = [];
    for (const question of onePerTask(questions)) {
      const key = JSON.stringify({ question: question.question_id, traceCost: true });
      const runs = await log.once(key, () => {
        note(`what tracing costs: ${question.task}`);
        return measureTraceCost(engine, question, maxTokens);
      });
      traced.push(runs as TracedRuns);
    }
    if (weights === 'fp32') tellDifferences(found);
    const report = specReport(found, rivals);
    const cost = { 'spec.traceCost': traceCost(traced) };
    return {
      ...report,
      figures: { ...report.figures, ...cost },
      headline: [...report.headline, ...Object.keys(cost)],
      notes: [...report.notes, ...absent],
    };
  } finally {
    await engine.dispose();
  }
}

/** In fp32 every output must be plain decoding's, token for token. */
function tellDifferences(found: readonly QuestionRuns[]): void {
  for (const { question, temperature, runs } of found) {
    for (const { contender, equal, sameTokens } of runs) {
      if (equal) continue;
      note(`NOT EQUAL: ${contender}, question ${question}, temperature ${temperature}, token ${sameTokens}`);
      process.exitCode = 1;
    }
  }
}

function onePerTask(questions: readonly Question[]): Question[] {
  return [
    ...new Map([...questions].reverse().map((question) => [question.task, question])).values(),
  ].reverse();
}
