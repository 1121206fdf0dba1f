import { t } from '../l10n';
import { throwIfCancelled } from '../models/cancellation';
import type { DecoderOutputs } from '../models/graph/decoder';
import { allLinears } from '../models/graph/linears';
import { dequantise } from '../models/dequantise';
import { LARGE_CHANNELS, type Int8Calibration } from '../models/graph/weightForms';
import type { Model, OnProgress } from '../models/model';
import type { ConvertedWeights } from './convertedWeights';
import { causal, DecoderSession } from './decoderSession';
import { KvCache } from './kvCache';
import { writeTexts, type OwnText } from './ownTexts';
import { threadCount } from './session';
import { Target } from './target';

/** Raised when the text or the choice changes, so that `int8` files are made anew. */
export const CALIBRATION_VERSION = 2;

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

const ENERGIES: DecoderOutputs = {
  topK: 0,
  probes: false,
  logits: false,
  hidden: false,
  hiddenBeforeNorm: false,
  layers: [],
  inputEnergies: true,
};

/**
 * Finds the channels of the residual stream that are largest, and how large the others are in what each layer reads.
 * Looked for on text that the model itself writes, greedily, so that a model always gets the same.
 *
 * @param weights the model in a form that is close to its file
 */
export async function calibrateInt8(
  model: Model,
  weights: ConvertedWeights,
  onProgress: OnProgress,
  signal?: AbortSignal,
): Promise<Int8Calibration> {
  const texts = await calibrationTexts(model, weights, onProgress, signal);
  const energies = await inputEnergies(model, weights, texts, signal);
  const hidden = model.config.hiddenSize;
  const sums = new Float64Array(hidden);
  for (const energy of energies.values()) energy.forEach((value, channel) => (sums[channel] += value));
  const large = topChannels(sums, Math.min(LARGE_CHANNELS, hidden - 1));
  const rest = hidden - large.length;
  const sizes = new Map(
    [...energies].map(([name, energy]) => {
      const all = energy.reduce((sum, value) => sum + value, 0);
      const left = large.reduce((sum, channel) => sum - energy[channel], all);
      return [name, Math.sqrt(left / rest)];
    }),
  );
  return { large, sizes };
}

/** `[hidden]` by linear layer that reads a norm: the mean square of its input, as it is before the norm's weight. */
async function inputEnergies(
  model: Model,
  weights: ConvertedWeights,
  texts: readonly OwnText[],
  signal?: AbortSignal,
): Promise<Map<string, Float64Array>> {
  const energies = new Map<string, Float64Array>();
  const session = await DecoderSession.open(weights, ENERGIES, threadCount(0));
  try {
    for (const { name, norm, inputs } of allLinears(model.config)) {
      if (norm !== null) energies.set(name, new Float64Array(inputs));
    }
    const wanted = [...energies.keys()].map((name) => `energy.${name}`);
    for (const { tokens } of texts) {
      throwIfCancelled(signal);
      const positions = [...tokens.keys()];
      const input = { tokens, positions, visible: causal, rows: positions, probes: [] };
      const results = await session.forward(new KvCache(model.config), input, wanted);
      for (const [name, energy] of energies) {
        const seen = results[`energy.${name}`].data as Float32Array;
        for (let channel = 0; channel < energy.length; channel++)
          energy[channel] += seen[channel] / texts.length;
      }
    }
  } finally {
    await session.dispose();
  }
  for (const { name, norm } of allLinears(model.config)) {
    if (norm === null) continue;
    const weight = dequantise(await model.tensor(norm));
    const energy = energies.get(name) ?? new Float64Array(0);
    // A channel that the norm puts out says nothing of what it was before.
    for (let i = 0; i < energy.length; i++) energy[i] = weight[i] === 0 ? 0 : energy[i] / weight[i] ** 2;
  }
  return energies;
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
    onProgress({ phase: 'convert', message: t('Looking for large channels'), done, total: PROMPTS.length });
  try {
    return await writeTexts(model, target, PROMPTS, TOKENS_PER_PROMPT, onText, signal);
  } finally {
    await target.dispose();
  }
}

function topChannels(sums: Float64Array, count: number): number[] {
  return [...sums.keys()]
    .sort((a, b) => sums[b] - sums[a] || a - b)
    .slice(0, count)
    .sort((a, b) => a - b);
}
