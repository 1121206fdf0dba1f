import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { UserError } from '../errors';
import { writeWeightForm } from '../models/graph/weightForms';
import { WEIGHTS_FILE } from '../models/graph/weightsFile';
import type { Provider, WeightForm } from '../protocol/engine';
import type { ConvertedWeights } from './convertedWeights';
import { causal, type ForwardInput } from './decoderSession';
import type { KvDecoder } from './kvDecoder';
import { openDecoder, PROVIDERS } from './providers';
import { selfTestModel } from './selfTestModel';

/** Raised when the test changes, so that answers of an older one are asked for again. */
export const SELF_TEST_VERSION = 2;

/** What a provider can do here, as tried. */
export interface Capabilities {
  /** Weight forms whose numbers are right. */
  readonly forms: readonly WeightForm[];
  /** Whether it verifies trees; where it does not, drafts are cut to chains. */
  readonly trees: boolean;
}

/** One forward and what is kept of it. */
interface Step {
  readonly tokens: readonly number[];
  readonly parents: readonly number[];
  readonly keep: readonly number[];
}

const chain = (tokens: readonly number[], keep: readonly number[]): Step => ({
  tokens,
  parents: tokens.map((_, i) => i - 1),
  keep,
});

/** A prompt, a draft half accepted, one token. */
const CHAINS: readonly Step[] = [
  chain([5, 17, 3, 88, 41, 9, 60], [0, 1, 2, 3, 4, 5, 6]),
  chain([33, 7, 12, 91], [0, 1]),
  chain([64], [0]),
];

/** Two trees, of which a branch behind another is kept, and what is said of them afterwards. */
const TREES: readonly Step[] = [
  chain([5, 17, 3, 88, 41], [0, 1, 2, 3, 4]),
  { tokens: [33, 7, 12, 91, 50, 8], parents: [-1, 0, 0, 2, 1, 3], keep: [0, 2, 3, 5] },
  { tokens: [4, 70, 71], parents: [-1, 0, 0], keep: [0, 2] },
  chain([22], [0]),
];

/**
 * How far logits may be from the CPU's in fp32, relative to the largest of them. Block products round activations
 * to 8 bits on some providers; a wrong mask, row or scale is far outside.
 */
const TOLERANCE: Readonly<Record<WeightForm, number>> = { fp32: 1e-3, file: 0.05, int8: 0.05 };

/**
 * Runs a small decoder on the provider and on the CPU, step by step. Called in a process that may die of it.
 *
 * @throws UserError `engine` when even chains in fp32 come out wrong
 */
export async function selfTest(provider: Provider): Promise<Capabilities> {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'draftscope-self-test-'));
  try {
    const truth = await converted(folder, 'fp32');
    const forms: WeightForm[] = [];
    for (const form of PROVIDERS[provider].forms.filter((known) => known !== 'int8')) {
      const weights = form === 'fp32' ? truth : await converted(folder, form);
      const problem = await compare(truth, weights, provider, form, CHAINS);
      if (problem === null) forms.push(form);
      else if (form === 'fp32') throw new UserError('engine', `It computes wrong numbers: ${problem}.`);
    }
    return { forms, trees: (await compare(truth, truth, provider, 'fp32', TREES)) === null };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function converted(parent: string, form: WeightForm): Promise<ConvertedWeights> {
  const model = selfTestModel();
  const folder = await mkdtemp(path.join(parent, `${form}-`));
  const file = path.join(folder, WEIGHTS_FILE);
  const index = await writeWeightForm(model, form, null, file, () => undefined);
  return { folder, config: model.config, index };
}

/** What differs between the CPU's fp32 and the provider, null when nothing does. */
async function compare(
  truth: ConvertedWeights,
  weights: ConvertedWeights,
  provider: Provider,
  form: WeightForm,
  steps: readonly Step[],
): Promise<string | null> {
  const expected = await openDecoder(truth, 'cpu', 1);
  const tested = await openDecoder(weights, provider, 1);
  try {
    for (const [index, step] of steps.entries()) {
      const off = difference(await logits(tested, step), await logits(expected, step));
      // Also a NaN is not below it.
      if (!(off < TOLERANCE[form])) return `logits of step ${index + 1} are off by ${off.toPrecision(2)}`;
    }
    return null;
  } finally {
    await expected.dispose();
    await tested.dispose();
  }
}

async function logits(decoder: KvDecoder, { tokens, parents, keep }: Step): Promise<Float32Array> {
  const depths: number[] = [];
  for (const parent of parents) depths.push(parent < 0 ? 0 : depths[parent] + 1);
  const isAncestor = (row: number, column: number): boolean => {
    for (let at = row; at >= 0; at = parents[at]) if (at === column) return true;
    return false;
  };
  const isChain = parents.every((parent, i) => parent === i - 1);
  const input: ForwardInput = {
    tokens,
    positions: depths.map((depth) => decoder.length + depth),
    visible: isChain ? causal : isAncestor,
    rows: [...tokens.keys()],
    probes: [],
  };
  const results = await decoder.forward(input, ['logits']);
  await decoder.keep(keep);
  return results['logits'].data as Float32Array;
}

/** Largest difference over the largest expected value. */
function difference(actual: Float32Array, expected: Float32Array): number {
  let off = 0;
  let largest = 0;
  for (let i = 0; i < expected.length; i++) {
    const here = Math.abs(actual[i] - expected[i]);
    if (Number.isNaN(here)) return NaN;
    off = Math.max(off, here);
    largest = Math.max(largest, Math.abs(expected[i]));
  }
  return off / largest;
}
