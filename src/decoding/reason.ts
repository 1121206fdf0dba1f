/**
 * Why a budget has its size, or a draft was cut: one clause each, as a code and its values. A trace records them so,
 * for whoever shows them to put into the words of a language, and in English besides.
 */

const counted = (nodes: number) => `${nodes} ${nodes === 1 ? 'node' : 'nodes'}`;

const paid = (tokens: number, multiple: number) =>
  `${tokens.toFixed(2)} tokens expected for ${multiple.toFixed(2)} of a plain step's time`;

/** The English text of each code. A code keeps its meaning and its values for as long as traces are read. */
const TEXTS = {
  notAsked: () => 'no draft asked for in the settings',
  noRoom: () => 'only one more token fits',
  room: (tokens: number) => `only ${tokens} more tokens fit`,
  asked: (nodes: number) => `${counted(nodes)} asked for in the settings`,
  chain: (provider: string) => `cut to a chain: ${provider} verifies no trees`,
  whole: (rule: string) => `verified whole: ${rule} judges drafts as they were drawn`,
  noneFits: () => 'no draft fits',
  payingPart: (most: number) => `at most ${most} nodes, of which those that pay are verified`,
  tryDrafting: () => 'trying whether drafting pays now',
  draftingDoesNotPay: () => 'drafting does not pay here',
  depthPays: (depth: number) =>
    `depth ${depth} pays, by what drafting costs and how deep drafts were accepted`,
  nothingOffered: () => 'the drafter offered nothing',
  partPays: (nodes: number, of: number, tokens: number, multiple: number) =>
    `${nodes} of ${of} offered: ${paid(tokens, multiple)}`,
  trySize: (nodes: number) => `trying whether ${nodes} nodes pay now`,
  noSizePays: () => 'no size of draft pays here',
  sizePays: (nodes: number, tokens: number, multiple: number) => `${nodes} nodes: ${paid(tokens, multiple)}`,
  resting: (rounds: number, misses: number) =>
    `rests for ${rounds} more rounds after ${misses} without an accepted token`,
  bestLength: (length: number) => `${length} long: the length that served best so far`,
  triedLength: (length: number, after: number) => `${length} long: tried after ${after}`,
} satisfies Record<string, (...values: never[]) => string>;

export type ReasonCode = keyof typeof TEXTS;

export interface Reason {
  readonly code: ReasonCode;
  readonly values: readonly (number | string)[];
}

/** A reason; numbers are kept to the digits that its text has. */
export function because<T extends ReasonCode>(code: T, ...values: Parameters<(typeof TEXTS)[T]>): Reason {
  const kept = (values as readonly (number | string)[]).map((value) =>
    typeof value === 'number' ? Math.round(100 * value) / 100 : value,
  );
  return { code, values: kept };
}

/** Reasons in English, as one clause; empty for none. */
export function reasonText(reasons: readonly Reason[]): string {
  return reasons
    .map(({ code, values }) =>
      (TEXTS[code] as (...values: readonly (number | string)[]) => string)(...values),
    )
    .join('; ');
}
