import { UserError } from '../../src/errors';
import type { Engine, GenerationResult } from '../../src/engine/engine';
import { answerRequest, type Question } from '../questions';
import { PLAIN, type Contender } from './contenders';
import { commonPrefix, draftsByLevels, type ContenderRun, type QuestionRuns } from './runs';

/** Tokens of the first run of every contender, which no table counts. */
const WARM_UP_TOKENS = 16;

export interface SpecSettings {
  readonly temperature: number;
  readonly maxTokens: number;
  /** The folder of the heads, for drafters that run one; undefined for those that come with the program. */
  readonly head?: string;
}

/**
 * Runs every contender for a moment, so that what happens once, such as measuring v(T), is over before anything
 * counts.
 *
 * @param onAbsent told of a contender that cannot run here, and why
 * @returns those that can
 */
export async function warmUp(
  engine: Engine,
  question: Question,
  contenders: readonly Contender[],
  onAbsent: (contender: Contender, reason: UserError) => void,
  settings: Pick<SpecSettings, 'head'> = {},
): Promise<Contender[]> {
  const able: Contender[] = [];
  for (const contender of contenders) {
    try {
      await answer(engine, question, contender, { ...settings, temperature: 0, maxTokens: WARM_UP_TOKENS });
      able.push(contender);
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      onAbsent(contender, error);
    }
  }
  return able;
}

/**
 * Decodes a question with every contender, one after the other, and plainly before, amid and after them: a
 * machine that drifts hits all of them alike.
 *
 * @param turn who begins: it goes round, or the same one would always come first
 */
export async function measureQuestion(
  engine: Engine,
  question: Question,
  contenders: readonly Contender[],
  settings: SpecSettings,
  turn: number,
): Promise<QuestionRuns> {
  const first = contenders.length === 0 ? 0 : turn % contenders.length;
  const turned = [...contenders.slice(first), ...contenders.slice(0, first)];
  const half = Math.floor(turned.length / 2);
  const order = [PLAIN, ...turned.slice(0, half), PLAIN, ...turned.slice(half), PLAIN];
  const runs: ContenderRun[] = [];
  let plain: readonly number[] | null = null;
  for (const contender of order) {
    const { summary, tokens, rounds } = await answer(engine, question, contender, settings);
    plain ??= tokens;
    const sameTokens = commonPrefix(plain, tokens);
    runs.push({
      contender: contender.name,
      tokens: summary.tokens,
      rounds: summary.rounds,
      byDepth: summary.byDepth,
      t_us: summary.t_us,
      drafts: draftsByLevels(rounds),
      sameTokens,
      equal: sameTokens === plain.length && sameTokens === tokens.length,
    });
  }
  return { question: question.question_id, task: question.task, temperature: settings.temperature, runs };
}

function answer(
  engine: Engine,
  question: Question,
  { drafter, policy, nodes, depth }: Contender,
  settings: SpecSettings,
): Promise<GenerationResult> {
  // Or a drafter would copy the answer that another one has just written.
  engine.clearDrafterMemory();
  return engine.generate(answerRequest(question, { ...settings, drafter, budget: { policy, nodes, depth } }));
}
