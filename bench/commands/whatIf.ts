import { Option } from 'commander';
import { Engine } from '../../src/engine/engine';
import { count, root } from '../options';
import { devQuestions } from '../questions';
import { note, type Report } from '../report';
import { checkPredictions, summariseChecks, type Checked } from '../whatIf';
import { benchmark } from './command';

interface Options {
  readonly perTask: number;
  readonly maxTokens: number;
  readonly drafter: string;
}

export const whatIfCommand = benchmark<Options>(
  'what-if',
  'what traces predict of other draft sizes and policies, over what those do',
  [
    count('--per-task', 1, 'questions of each of the six tasks'),
    count('--max-tokens', 64, 'tokens a question'),
    new Option('--drafter <id>', 'whose drafts').default('suffix'),
  ],
  whatIf,
);

/** What a trace predicts of other settings, over what those settings then do. */
async function whatIf({ perTask, maxTokens, drafter }: Options): Promise<Report> {
  const engine = await Engine.load({ model: 'default', weights: 'int8', provider: 'cpu', threads: 0 });
  const checked: Checked[] = [];
  try {
    for (const question of await devQuestions(root, perTask)) {
      note(`question ${question.question_id} (${question.task})`);
      checked.push(...(await checkPredictions(engine, question, drafter, maxTokens)));
    }
  } finally {
    await engine.dispose();
  }
  return summariseChecks(checked);
}
