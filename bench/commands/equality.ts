import { Engine } from '../../src/engine/engine';
import { configuration } from '../configuration';
import { compareDrafters, type Comparison } from '../equality';
import { count, out, root } from '../options';
import { devQuestions } from '../questions';
import { note, type Report } from '../report';
import { RunLog } from '../runLog';
import { groupBy, sum } from '../statistics';
import type { Row } from '../table';
import { benchmark } from './command';

const TEMPERATURES = [0, 0.8];
const BUDGET = { policy: 'fixed' as const, nodes: 8, depth: 8 };

interface Options {
  readonly perTask: number;
  readonly maxTokens: number;
  readonly out?: string;
}

export const equalityCommand = benchmark<Options>(
  'equality',
  'every drafter against plain decoding, token by token, in fp32',
  [
    count('--per-task', 5, 'questions of each of the six tasks'),
    count('--max-tokens', 128, 'tokens a question'),
    out(),
  ],
  equality,
);

async function equality({ perTask, maxTokens, out: file }: Options): Promise<Report> {
  const engine = await Engine.load({ model: 'default', weights: 'fp32', provider: 'cpu', threads: 0 });
  try {
    const config = configuration('equality', engine.model, { maxTokens });
    const log = await RunLog.open<Comparison[]>(file, config);
    const found: Comparison[] = [];
    for (const temperature of TEMPERATURES) {
      for (const question of await devQuestions(root, perTask)) {
        const key = JSON.stringify({ question: question.question_id, temperature });
        const compared = await log.once(key, () => {
          note(`question ${question.question_id} (${question.task}) at temperature ${temperature}`);
          return compareDrafters(engine, question, { temperature, maxTokens, budget: BUDGET });
        });
        found.push(...compared);
      }
    }
    return equalityReport(found);
  } finally {
    await engine.dispose();
  }
}

function equalityReport(found: readonly Comparison[]): Report {
  for (const { mismatch, ...run } of found) {
    if (mismatch !== null) note(`mismatch: ${JSON.stringify({ ...run, ...mismatch })}`);
  }
  const figures: Record<string, number> = {};
  const rows: Row[] = [];
  for (const runs of groupBy(found, (c) => JSON.stringify([c.temperature, c.drafter])).values()) {
    const [{ drafter, temperature }] = runs;
    const equal = runs.filter((c) => c.mismatch === null).length;
    figures[`equality.${drafter}.${temperature}`] = equal / runs.length;
    rows.push({
      drafter,
      temperature,
      prompts: runs.length,
      tokens: sum(runs.map((c) => c.tokens)),
      equal: `${equal} of ${runs.length}`,
    });
  }
  return { figures, rows };
}
