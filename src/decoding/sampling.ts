import { UserError } from '../errors';
import { race, type DrawToken, type Drawn } from './race';
import { trialNumber, type TrialNumber } from './random';
import { findCut, isKept } from './truncation';
import type { Scored } from './scored';

/** The sampler's settings, under their usual names. */
export interface SamplerSettings {
  /** 0 is greedy decoding. */
  readonly temperature: number;
  /** Keep the k most probable tokens; 0 keeps all. */
  readonly topK: number;
  /** Keep the smallest set of tokens whose probability reaches this; 1 keeps all. */
  readonly topP: number;
  /** Drop tokens below this fraction of the most probable one; 0 keeps all. */
  readonly minP: number;
  /** Divide positive and multiply negative logits of tokens already in the text; 1 leaves them. */
  readonly repetitionPenalty: number;
  /** Any 32-bit unsigned integer. */
  readonly seed: number;
}

/** What the target says at one row, as the sampler's law sees it. Valid as long as the row's logits are. */
export interface RowLaw {
  /** The token the target chooses there. */
  readonly token: number;
  /** A token's number in the draw, keyed by (seed, position); NaN for greedy decoding. */
  drawOf(token: number): number;
  /** Probability of a token under the processed law (1 or 0 for greedy decoding). */
  probabilityOf(token: number): number;
}

/** Turns the target's scores into choices. Pure: the draw depends only on the seed and the position. */
export interface Sampler {
  readonly settings: SamplerSettings;
  /** Whether `choose` reads `Scored.logits`; otherwise the top candidates are enough and cheaper. */
  readonly needsLogits: boolean;
  /**
   * @param row the row of `scored` whose successor is chosen
   * @param position the successor's position in the text, the key of its draw
   * @param tokens the text before it: what the repetition penalty counts
   */
  choose(scored: Scored, row: number, position: number, tokens: readonly number[]): RowLaw;
  /**
   * The processed law of a row, a new array: `[vocabulary]` probabilities, one of them 1 for greedy decoding.
   *
   * @param logits `[vocabulary]`
   * @param tokens the text before it
   */
  law(logits: Float32Array, tokens: readonly number[]): Float64Array;
  /** Draws a token from any law, by the numbers that `choose` draws by at this position. */
  draw(law: Float64Array, position: number): Drawn;
  /** The number in [0, 1) that decides over a node, by itself, of the draft after `position`. */
  trial(position: number, node: number): number;
}

/**
 * The law of the settings, in this order: repetition penalty on the raw logits, temperature, top-k, top-p,
 * min-p, each renormalised over what the one before left. That is the order of Hugging Face transformers,
 * and so is the penalty (Keskar et al. 2019, CTRL): a token's count does not matter, only its presence.
 *
 * Equal logits are told apart by the lower id.
 *
 * @param draw how a token is drawn from the law; another way than the race is for tests
 * @param trial where the numbers of single nodes come from; others are for tests
 * @throws UserError `usage` that names the setting and its range
 */
export function createSampler(
  settings: SamplerSettings,
  draw: DrawToken = race,
  trial: TrialNumber = trialNumber,
): Sampler {
  checkSettings(settings);
  const { temperature, repetitionPenalty, seed } = settings;
  const random: Pick<Sampler, 'draw' | 'trial'> = {
    draw: (law, position) => draw(law, seed, position),
    trial: (position, node) => trial(seed, position, node),
  };
  if (temperature > 0) return drawingSampler(settings, draw, random);
  return repetitionPenalty === 1
    ? topTokenSampler(settings, random)
    : penalisedGreedySampler(settings, random);
}

/** Whether a temperature takes the most probable token instead of drawing one. */
export function isGreedy(settings: SamplerSettings): boolean {
  return settings.temperature === 0;
}

type Random = Pick<Sampler, 'draw' | 'trial'>;

/** Greedy decoding straight from the target's candidates. */
function topTokenSampler(settings: SamplerSettings, random: Random): Sampler {
  return {
    settings,
    needsLogits: false,
    choose: (scored, row) => certainLaw(scored.topToken[row * scored.topK]),
    law: (logits) => certainty(argmax(logits), logits.length),
    ...random,
  };
}

function penalisedGreedySampler(settings: SamplerSettings, random: Random): Sampler {
  const choice = (logits: Float32Array, tokens: readonly number[]) =>
    argmax(penalised(logits, tokens, settings.repetitionPenalty));
  return {
    settings,
    needsLogits: true,
    choose: (scored, row, _position, tokens) => certainLaw(choice(logitsOf(scored, row), tokens)),
    law: (logits, tokens) => certainty(choice(logits, tokens), logits.length),
    ...random,
  };
}

function drawingSampler(settings: SamplerSettings, draw: DrawToken, random: Random): Sampler {
  const { temperature, repetitionPenalty, seed } = settings;
  let weights = new Float64Array(0);
  let scratch = new Int32Array(0);

  /** Fills `weights` with the law, up to a factor: their sum, which is returned. */
  const weigh = (raw: Float32Array, tokens: readonly number[]) => {
    const logits = repetitionPenalty === 1 ? raw : penalised(raw, tokens, repetitionPenalty);
    const vocabulary = logits.length;
    if (weights.length !== vocabulary) {
      weights = new Float64Array(vocabulary);
      scratch = new Int32Array(vocabulary);
    }

    const largest = logits[argmax(logits)];
    let total = 0;
    for (let token = 0; token < vocabulary; token++) {
      weights[token] = Math.exp((logits[token] - largest) / temperature);
      total += weights[token];
    }

    const cut = findCut(logits, weights, total, settings, scratch);
    let kept = total;
    if (cut !== null) {
      kept = 0;
      for (let token = 0; token < vocabulary; token++) {
        if (!isKept(cut, token, logits[token])) weights[token] = 0;
        kept += weights[token];
      }
    }
    return { logits, largest, cut, kept };
  };

  return {
    settings,
    needsLogits: true,
    choose(scored, row, position, tokens) {
      const { logits, largest, cut, kept } = weigh(logitsOf(scored, row), tokens);
      const drawn = draw(weights, seed, position);
      return {
        token: drawn.token,
        drawOf: (token) => drawn.numberOf(token),
        probabilityOf: (token) =>
          isKept(cut, token, logits[token]) ? Math.exp((logits[token] - largest) / temperature) / kept : 0,
      };
    },
    law(logits, tokens) {
      const { kept } = weigh(logits, tokens);
      return weights.map((weight) => weight / kept);
    },
    ...random,
  };
}

/** The law of a token that nothing else could have been. */
function certainty(token: number, vocabulary: number): Float64Array {
  const law = new Float64Array(vocabulary);
  law[token] = 1;
  return law;
}

/** The law of a choice that nothing else could have been. */
function certainLaw(chosen: number): RowLaw {
  return { token: chosen, drawOf: () => NaN, probabilityOf: (token) => (token === chosen ? 1 : 0) };
}

/** The raw logits of a row, for a sampler or rule that needs all of them. */
export function logitsOf(scored: Scored, row: number): Float32Array {
  const logits = scored.logits(row);
  if (logits === null)
    throw new Error(`The sampler needs the logits of row ${row}, which were not computed.`);
  return logits;
}

/** A copy in which each token of the text is penalised once, however often it occurs. */
function penalised(logits: Float32Array, tokens: readonly number[], penalty: number): Float32Array {
  const result = logits.slice();
  for (const token of tokens) {
    const logit = logits[token];
    result[token] = logit > 0 ? logit / penalty : logit * penalty;
  }
  return result;
}

/** The first of the largest logits. */
function argmax(logits: Float32Array): number {
  let best = 0;
  let intact = true;
  for (let token = 0; token < logits.length; token++) {
    if (logits[token] > logits[best]) best = token;
    intact &&= logits[token] < Infinity;
  }
  if (!intact || logits[best] === -Infinity) {
    throw new Error('Logits are not numbers that a token can be chosen from.');
  }
  return best;
}

function checkSettings(settings: SamplerSettings): void {
  const { temperature, topK, topP, minP, repetitionPenalty, seed } = settings;
  check(temperature >= 0 && temperature < Infinity, 'temperature', 'a number of at least 0', temperature);
  check(Number.isInteger(topK) && topK >= 0, 'topK', 'a whole number of at least 0', topK);
  check(topP > 0 && topP <= 1, 'topP', 'a number above 0 and up to 1', topP);
  check(minP >= 0 && minP <= 1, 'minP', 'a number from 0 to 1', minP);
  check(
    repetitionPenalty > 0 && repetitionPenalty < Infinity,
    'repetitionPenalty',
    'a number above 0',
    repetitionPenalty,
  );
  check(
    Number.isInteger(seed) && seed >= 0 && seed <= 0xffffffff,
    'seed',
    'a whole number from 0 to 4294967295',
    seed,
  );
}

function check(valid: boolean, name: keyof SamplerSettings, range: string, value: number): void {
  if (!valid) throw new UserError('usage', `${name} must be ${range}, not ${value}.`, `Change ${name}.`);
}
