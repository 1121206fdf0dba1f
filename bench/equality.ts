import type { DrafterDescription } from '../src/engine/drafter';
import { drafters } from '../src/engine/drafters/catalogue';
import type { Engine, GenerationResult } from '../src/engine/engine';
import { shippedHead } from '../src/engine/heads/openHead';
import { answerRequest, type AnswerSettings, type Question } from './questions';

/** One drafter's output beside plain decoding's for the same prompt, seed and temperature. */
export interface Comparison {
  readonly question: number;
  readonly task: string;
  readonly temperature: number;
  readonly drafter: string;
  readonly tokens: number;
  readonly acceptanceLength: number | null;
  /** First output token that differs, null when all are equal. */
  readonly mismatch: Mismatch | null;
}

export interface Mismatch {
  /** Index into the output. */
  readonly position: number;
  readonly plain: number | null;
  readonly speculative: number | null;
  /** Plain decoding's logit gap there between its two most probable tokens: how near a tie it was. */
  readonly gap: number | null;
}

/** Decodes a question plainly and with every drafter, and compares token ids. */
export async function compareDrafters(
  engine: Engine,
  question: Question,
  settings: Omit<AnswerSettings, 'drafter'>,
): Promise<Comparison[]> {
  const run = (drafter: string): Promise<GenerationResult> => {
    // Or a drafter would copy the answer that another one has just written.
    engine.clearDrafterMemory();
    return engine.generate(answerRequest(question, { ...settings, drafter }));
  };
  const plain = await run('none');
  const comparisons: Comparison[] = [];
  for (const { description } of drafters) {
    if (description.kind === 'none' || !(await hasHead(engine, description))) continue;
    const speculative = await run(description.id);
    comparisons.push({
      question: question.question_id,
      task: question.task,
      temperature: settings.temperature,
      drafter: description.id,
      tokens: speculative.tokens.length,
      acceptanceLength: speculative.summary.acceptanceLength,
      mismatch: firstMismatch(plain, speculative),
    });
  }
  return comparisons;
}

/** Whether the head that a drafter needs, if it needs one, comes with the program. */
async function hasHead({ model }: Engine, { needs }: DrafterDescription): Promise<boolean> {
  return typeof needs !== 'object' || (await shippedHead(needs.head, model)) !== null;
}

function firstMismatch(plain: GenerationResult, speculative: GenerationResult): Mismatch | null {
  const length = Math.max(plain.tokens.length, speculative.tokens.length);
  for (let position = 0; position < length; position++) {
    if (plain.tokens[position] === speculative.tokens[position]) continue;
    // Plain decoding emits one token a round.
    const [first, second] = plain.rounds[position]?.target_top[0]?.p ?? [];
    return {
      position,
      plain: plain.tokens[position] ?? null,
      speculative: speculative.tokens[position] ?? null,
      gap: first === undefined || second === undefined ? null : Math.log(first / second),
    };
  }
  return null;
}
