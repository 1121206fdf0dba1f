import { throwIfCancelled } from '../models/cancellation';
import type { DecoderOutputs } from '../models/graph/decoder';
import { allLinears } from '../models/graph/linears';
import { OUTLIER_CHANNELS, type Outliers } from '../models/graph/weightForms';
import type { Model, OnProgress } from '../models/model';
import type { ConvertedWeights } from './convertedWeights';
import { causal, DecoderSession } from './decoderSession';
import { KvCache } from './kvCache';
import { writeTexts, type OwnText } from './ownTexts';
import { threadCount } from './session';
import { Target } from './target';

/** Raised when the text or the choice changes, so that `int8` files are made anew. */
export const CALIBRATION_VERSION = 1;

/** Different tasks, so that channels that only one kind of text drives are seen. */
const PROMPTS = [
  'Explain in simple words how a rainbow forms.',
  'Write a Python function that returns the n-th Fibonacci number.',
  'A train travels 180 km in 2.5 hours. What is its average speed? Show the steps.',
  'Translate to German: "The museum opens at nine and closes at five."',
  'List five things to pack for a week in the mountains.',
  'Write a short letter that thanks a neighbour for watering the plants.',
];

const TOKENS_PER_PROMPT = 64;

const RANGES: DecoderOutputs = {
  topK: 0,
  probes: false,
  logits: false,
  hidden: false,
  hiddenBeforeNorm: false,
  layers: [],
  inputRanges: true,
};

/**
 * Chooses, for every linear layer, the input channels whose values grow largest: those an int8 scale a row
 * would ruin. Looked for on text that the model itself writes, greedily, so that a model always gets the same.
 *
 * @param weights the model in a form that is close to its file
 */
export async function calibrateOutliers(
  model: Model,
  weights: ConvertedWeights,
  onProgress: OnProgress,
  signal?: AbortSignal,
): Promise<Outliers> {
  const texts = await calibrationTexts(model, weights, onProgress, signal);
  const linears = allLinears(model.config);
  const largest = new Map(linears.map((linear) => [linear.name, new Float32Array(linear.inputs)]));

  const session = await DecoderSession.open(weights, RANGES, threadCount(0));
  try {
    for (const { tokens } of texts) {
      throwIfCancelled(signal);
      const positions = [...tokens.keys()];
      const input = { tokens, positions, visible: causal, rows: positions, probes: [] };
      const wanted = linears.map((linear) => `range.${linear.name}`);
      const results = await session.forward(new KvCache(model.config), input, wanted);
      for (const [name, maxima] of largest) {
        const seen = results[`range.${name}`].data as Float32Array;
        for (let channel = 0; channel < maxima.length; channel++) {
          maxima[channel] = Math.max(maxima[channel], seen[channel]);
        }
      }
    }
  } finally {
    await session.dispose();
  }
  return new Map([...largest].map(([name, maxima]) => [name, topChannels(maxima, OUTLIER_CHANNELS)]));
}

/** The model's greedy answers, prompts included. */
async function calibrationTexts(
  model: Model,
  weights: ConvertedWeights,
  onProgress: OnProgress,
  signal?: AbortSignal,
): Promise<OwnText[]> {
  const target = await Target.load(weights, threadCount(0));
  const onText = (done: number) =>
    onProgress({ phase: 'convert', message: 'Looking for outlier channels', done, total: PROMPTS.length });
  try {
    return await writeTexts(model, target, PROMPTS, TOKENS_PER_PROMPT, onText, signal);
  } finally {
    await target.dispose();
  }
}

function topChannels(maxima: Float32Array, count: number): number[] {
  return [...maxima.keys()]
    .sort((a, b) => maxima[b] - maxima[a] || a - b)
    .slice(0, count)
    .sort((a, b) => a - b);
}
