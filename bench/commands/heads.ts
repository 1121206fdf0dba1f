import { Option } from 'commander';
import { Engine } from '../../src/engine/engine';
import { UserError } from '../../src/errors';
import { weightsSchema, type WeightForm } from '../../src/protocol/engine';
import type { TraceHeader } from '../../src/trace/schema';
import { configuration } from '../configuration';
import { headContenders, headDrafters } from '../heads/contenders';
import { headsReport } from '../heads/report';
import { choice, count, out, root } from '../options';
import { answerRequest, devQuestions, type Question } from '../questions';
import { note, type Report } from '../report';
import { RunLog } from '../runLog';
import { PLAIN } from '../spec/contenders';
import { measureQuestion, warmUp } from '../spec/measure';
import type { QuestionRuns } from '../spec/runs';
import { benchmark } from './command';

interface Options {
  readonly perTask: number;
  readonly maxTokens: number;
  readonly weights: WeightForm;
  readonly drafter: readonly string[];
  readonly head?: string;
  readonly temperature: readonly string[];
  readonly out?: string;
}

const TEMPERATURES = ['0', '1'];

export const headsCommand = benchmark<Options>(
  'heads',
  'trained heads beside plain decoding, in trees of 4 to 25 nodes, alone and beside suffix decoding',
  [
    count('--per-task', 5, 'questions of each of the six tasks'),
    count('--max-tokens', 128, 'tokens a question'),
    new Option('--weights <form>', 'weight form').choices(weightsSchema.options).default('int8'),
    choice('--drafter', headDrafters, 'heads'),
    new Option('--head <folder>', 'the folder of the heads, instead of those that come with the program'),
    choice('--temperature', TEMPERATURES, 'temperatures'),
    out(),
  ],
  heads,
);

async function heads(options: Options): Promise<Report> {
  const { perTask, maxTokens, weights, head } = options;
  const questions = await devQuestions(root, perTask);
  const engine = await Engine.load({ model: 'default', weights, provider: 'cpu', threads: 0 });
  try {
    const absent: string[] = [];
    const found = await headsThere(engine, questions[0], options, (drafter, { sentence }) => {
      note(`${drafter} is left out: ${sentence}`);
      absent.push(`Left out: ${drafter}. ${sentence}`);
    });
    if (found.size === 0) {
      throw new UserError('usage', `There is no head to measure. ${absent[0]}`);
    }
    const rivals = headContenders([...found.keys()]);
    await warmUp(
      engine,
      questions[0],
      [PLAIN, ...rivals],
      (_, reason) => {
        throw reason;
      },
      { head },
    );
    // The card comes first, and names the hashes of the others.
    const cards = [...found.values()].map(({ files: [card] }) => card.sha256).join(' ');
    const config = configuration('heads', engine.model, { weights, maxTokens, heads: cards });
    const log = await RunLog.open<QuestionRuns>(options.out, config);
    const names = rivals.map(({ name }) => name);
    const runs: QuestionRuns[] = [];
    for (const temperature of options.temperature.map(Number)) {
      for (const [turn, question] of questions.entries()) {
        const key = JSON.stringify({ question: question.question_id, temperature, contenders: names });
        const measured = await log.once(key, () => {
          note(`temperature ${temperature}, question ${turn + 1} of ${questions.length} (${question.task})`);
          return measureQuestion(engine, question, rivals, { temperature, maxTokens, head }, turn);
        });
        runs.push(measured);
      }
    }
    const trained = [...found].map(([drafter, { training = null }]) => ({ drafter, training }));
    const report = headsReport(runs, rivals, trained);
    return { ...report, notes: [...report.notes, ...absent] };
  } finally {
    await engine.dispose();
  }
}

type HeadFacts = NonNullable<TraceHeader['drafter']['head']>;

/** What the trace says of each wanted head that is there, by its drafter. */
async function headsThere(
  engine: Engine,
  question: Question,
  { drafter, head }: Options,
  onAbsent: (drafter: string, reason: UserError) => void,
): Promise<Map<string, HeadFacts>> {
  const found = new Map<string, HeadFacts>();
  for (const id of drafter) {
    const budget = { policy: 'fixed' as const, nodes: 1, depth: 1 };
    const settings = { drafter: id, temperature: 0, maxTokens: 1, budget, head };
    try {
      const { header } = await engine.generate(answerRequest(question, settings));
      if (header.drafter.head !== undefined) found.set(id, header.drafter.head);
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      onAbsent(id, error);
    }
  }
  return found;
}
