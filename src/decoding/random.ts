/** A number in [0, 1) that depends on its keys alone, so that it does not matter who asks when. */
export type KeyedUniform = (seed: number, position: number) => number;

/**
 * What random numbers are for, as Philox's second counter: numbers of one position and different purposes have
 * nothing to do with each other. A round's own draws stand under the position of its root token, which no other
 * round has, and under their row or node: none is ever used twice.
 */
const PURPOSE = {
  uniform: 0,
  draw: 1,
  draft: (row: number) => 2 + 2 * row,
  trial: (node: number) => 3 + 2 * node,
} as const;

/**
 * The uniform draw of one position in the text: plain and speculative decoding ask for the same position and
 * get the same number, whatever was drafted in between.
 *
 * Philox2x32-10, a counter-based generator (Salmon, Moraes, Dror, Shaw: Parallel Random Numbers: As Easy as
 * 1, 2, 3, SC 2011): the seed is its key, the position its counter. It passes BigCrush and is a bijection of
 * the counter, so two positions of one seed never share all 64 bits.
 *
 * @param seed 32-bit unsigned integer
 * @param position 32-bit unsigned integer
 * @returns a multiple of 2^-53 in [0, 1)
 */
export const keyedUniform: KeyedUniform = (seed, position) => uniform(seed, position, PURPOSE.uniform);

/** The number in [0, 1) that decides whether a drafted node is accepted: of a node in the draft after `position`. */
export type TrialNumber = (seed: number, position: number, node: number) => number;

export const trialNumber: TrialNumber = (seed, position, node) =>
  uniform(seed, position, PURPOSE.trial(node));

function uniform(seed: number, position: number, purpose: number): number {
  const [high, low] = philox2x32(position, purpose, seed);
  return ((high >>> 5) * 2 ** 26 + (low >>> 6)) * 2 ** -53;
}

const ROUNDS = 10;
const MULTIPLIER = 0xd256d193;
/** The golden ratio's fraction in 32 bits. */
const KEY_STEP = 0x9e3779b9;

/** Philox2x32-10 of a 64-bit counter and a 32-bit key, all as unsigned 32-bit words. */
export function philox2x32(counter0: number, counter1: number, key: number): [number, number] {
  let left = counter0 >>> 0;
  let right = counter1 >>> 0;
  let roundKey = key >>> 0;
  for (let round = 0; round < ROUNDS; round++) {
    const high = highWord(MULTIPLIER, left);
    const low = Math.imul(MULTIPLIER, left) >>> 0;
    left = (high ^ roundKey ^ right) >>> 0;
    right = low;
    roundKey = (roundKey + KEY_STEP) >>> 0;
  }
  return [left, right];
}

/** Upper 32 bits of the 64-bit product. Halving one factor keeps each partial product exact in a double. */
function highWord(a: number, b: number): number {
  const upper = a * (b >>> 16);
  const lower = a * (b & 0xffff);
  return Math.floor((upper + Math.floor(lower / 0x10000)) / 0x10000);
}

/** One random number in (0, 1) for every token at one position. */
export interface TokenNumbers {
  /** A multiple of 2^-53: exactly what -ln needs near 1. */
  exact(token: number): number;
  /** Quickly, a number that is at most `1 - exact(token)` and less than 2^-32 below it. */
  leastComplement(token: number): number;
}

/** The random numbers of all tokens at one position of the text, by which the target draws there. */
export function drawNumbers(seed: number, position: number): TokenNumbers {
  return tokenNumbers(seed, position, PURPOSE.draw);
}

/**
 * The random numbers of all tokens by which a drafter draws the children of a row (0 is the root token) of the
 * draft after `position`. The target's own draws do not depend on them.
 */
export function draftNumbers(seed: number, position: number, row: number): TokenNumbers {
  return tokenNumbers(seed, position, PURPOSE.draft(row));
}

/**
 * Functions of (seed, position, purpose, token) alone.
 *
 * Philox turns seed and position into two words, an offset and an odd factor; the token, so shifted and
 * multiplied, goes through the finaliser of MurmurHash3 (Appleby), which lets every bit of its input change every
 * bit of its output with even odds. That is quick enough to ask for a whole vocabulary in every draw.
 */
function tokenNumbers(seed: number, position: number, purpose: number): TokenNumbers {
  const [offset, word] = philox2x32(position, purpose, seed);
  const factor = word | 1;
  const upper = (token: number): number => mix(Math.imul((token + offset) | 0, factor)) >>> 0;
  return {
    exact(token) {
      const high = upper(token);
      const low = mix(high ^ offset ^ MULTIPLIER) >>> 12;
      return (high + (low + 0.5) * 2 ** -20) * 2 ** -32;
    },
    leastComplement: (token) => (0xffffffff - upper(token)) * 2 ** -32,
  };
}

/** The finaliser of MurmurHash3 for 32 bits. */
function mix(word: number): number {
  let mixed = Math.imul(word ^ (word >>> 16), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return mixed ^ (mixed >>> 16);
}
