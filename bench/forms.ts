import { readFile } from 'node:fs/promises';
import { convertedWeights } from '../src/engine/convert';
import { causal, DecoderSession } from '../src/engine/decoderSession';
import { KvCache } from '../src/engine/kvCache';
import { threadCount } from '../src/engine/session';
import { VERIFY_OUTPUTS } from '../src/models/graph/decoder';
import type { WeightForm } from '../src/models/graph/weightForms';
import type { Model, OnProgress } from '../src/models/model';

/** What transformers computed on the same dequantised weights; see test/golden/make_logits_golden.py. */
export interface LogitsGolden {
  readonly made_by: string;
  readonly texts: readonly {
    readonly question: number;
    readonly prompt: readonly number[];
    readonly answer: readonly number[];
    readonly gap: readonly number[];
    readonly log_sum_exp: readonly number[];
    /** Per position of the answer: the most probable tokens first, then random ones. */
    readonly token: readonly (readonly number[])[];
    readonly logit: readonly (readonly number[])[];
  }[];
}

export async function readLogitsGolden(file: string): Promise<LogitsGolden> {
  return JSON.parse(await readFile(file, 'utf8')) as LogitsGolden;
}

/** How close a weight form is to transformers in fp32, over all positions of the golden texts. */
export interface FormQuality {
  readonly form: WeightForm;
  readonly positions: number;
  /** Positions whose most probable token is transformers' own. */
  readonly topOneEqual: number;
  /** Positions that differ, with transformers' gap between its two most probable tokens. */
  readonly differences: readonly {
    readonly question: number;
    readonly position: number;
    readonly gap: number;
  }[];
  /** Largest difference of a sampled logit. */
  readonly largestLogitError: number;
  /** Largest difference of the log of the sum of exponentials. */
  readonly largestNormError: number;
  /** Mean KL divergence from the reference's law, in nats; null for the reference itself. */
  readonly meanKl: number | null;
}

/** The logits of every answer position, `[positions, vocabulary]`, one matrix a text. */
export async function answerLogits(
  model: Model,
  form: WeightForm,
  golden: LogitsGolden,
  onProgress: OnProgress = () => undefined,
): Promise<Float32Array[]> {
  const weights = await convertedWeights(model, form, onProgress);
  const session = await DecoderSession.open(weights, VERIFY_OUTPUTS, threadCount(0));
  const matrices: Float32Array[] = [];
  try {
    for (const { prompt, answer } of golden.texts) {
      const tokens = [...prompt, ...answer.slice(0, -1)];
      const rows = answer.map((_, i) => prompt.length - 1 + i);
      const input = { tokens, positions: [...tokens.keys()], visible: causal, rows, probes: [] };
      const cache = new KvCache(model.config);
      matrices.push((await session.forward(cache, input, ['logits']))['logits'].data as Float32Array);
    }
  } finally {
    await session.dispose();
  }
  return matrices;
}

/** @param reference the fp32 form's logits, which stand for transformers' full law in the KL divergence */
export function compareWithGolden(
  form: WeightForm,
  golden: LogitsGolden,
  matrices: readonly Float32Array[],
  reference: readonly Float32Array[] | null,
): FormQuality {
  const differences: { question: number; position: number; gap: number }[] = [];
  let positions = 0;
  let largestLogitError = 0;
  let largestNormError = 0;
  let kl = 0;
  for (const [t, text] of golden.texts.entries()) {
    const vocabulary = matrices[t].length / text.answer.length;
    for (const position of text.answer.keys()) {
      const row = matrices[t].subarray(position * vocabulary, (position + 1) * vocabulary);
      positions++;
      if (argmax(row) !== text.token[position][0]) {
        differences.push({ question: text.question, position, gap: text.gap[position] });
      }
      text.token[position].forEach((token, i) => {
        largestLogitError = Math.max(largestLogitError, Math.abs(row[token] - text.logit[position][i]));
      });
      largestNormError = Math.max(largestNormError, Math.abs(logSumExp(row) - text.log_sum_exp[position]));
      if (reference !== null) {
        kl += divergence(reference[t].subarray(position * vocabulary, (position + 1) * vocabulary), row);
      }
    }
  }
  return {
    form,
    positions,
    topOneEqual: positions - differences.length,
    differences,
    largestLogitError,
    largestNormError,
    meanKl: reference === null ? null : kl / positions,
  };
}

function argmax(row: Float32Array): number {
  let best = 0;
  for (let i = 1; i < row.length; i++) if (row[i] > row[best]) best = i;
  return best;
}

function logSumExp(row: Float32Array): number {
  const largest = row[argmax(row)];
  let sum = 0;
  for (const logit of row) sum += Math.exp(logit - largest);
  return largest + Math.log(sum);
}

/** KL(p || q) of the softmax laws of two rows of logits. */
function divergence(p: Float32Array, q: Float32Array): number {
  const normP = logSumExp(p);
  const normQ = logSumExp(q);
  let sum = 0;
  for (let i = 0; i < p.length; i++) sum += Math.exp(p[i] - normP) * (p[i] - normP - (q[i] - normQ));
  return sum;
}
