import type { ReasonCode } from '../decoding/reason';
import { decimal, plural, t } from '../l10n';
import type { Round } from './schema';

type Values = NonNullable<Round['budget']['why']>[number]['values'];

/** What a code says in the user's language, and how many values it says it of. */
interface Clause {
  readonly count: number;
  readonly text: (values: Values) => string;
}

const whole = (value: Values[number]) => Number(value);
const hundredths = (value: Values[number]) => decimal(Number(value), 2);

const CLAUSES: Record<ReasonCode, Clause> = {
  notAsked: { count: 0, text: () => t('no draft asked for in the settings') },
  noRoom: { count: 0, text: () => t('only one more token fits') },
  room: { count: 1, text: ([tokens]) => t('only {0} more tokens fit', tokens) },
  asked: {
    count: 1,
    text: ([nodes]) =>
      plural(whole(nodes), '{0} node asked for in the settings', '{0} nodes asked for in the settings'),
  },
  chain: { count: 1, text: ([provider]) => t('cut to a chain: {0} verifies no trees', provider) },
  whole: { count: 1, text: ([rule]) => t('verified whole: {0} judges drafts as they were drawn', rule) },
  noneFits: { count: 0, text: () => t('no draft fits') },
  payingPart: {
    count: 1,
    text: ([most]) => t('at most {0} nodes, of which those that pay are verified', most),
  },
  tryDrafting: { count: 0, text: () => t('trying whether drafting pays now') },
  draftingDoesNotPay: { count: 0, text: () => t('drafting does not pay here') },
  depthPays: {
    count: 1,
    text: ([depth]) => t('depth {0} pays, by what drafting costs and how deep drafts were accepted', depth),
  },
  nothingOffered: { count: 0, text: () => t('the drafter offered nothing') },
  partPays: {
    count: 4,
    text: ([nodes, of, tokens, multiple]) =>
      t(
        "{0} of {1} offered: {2} tokens expected for {3} of a plain step's time",
        nodes,
        of,
        hundredths(tokens),
        hundredths(multiple),
      ),
  },
  trySize: { count: 1, text: ([nodes]) => t('trying whether {0} nodes pay now', nodes) },
  noSizePays: { count: 0, text: () => t('no size of draft pays here') },
  sizePays: {
    count: 3,
    text: ([nodes, tokens, multiple]) =>
      t(
        "{0} nodes: {1} tokens expected for {2} of a plain step's time",
        nodes,
        hundredths(tokens),
        hundredths(multiple),
      ),
  },
  resting: {
    count: 2,
    text: ([rounds, misses]) =>
      t('rests for {0} more rounds after {1} without an accepted token', rounds, misses),
  },
  bestLength: { count: 1, text: ([length]) => t('{0} long: the length that served best so far', length) },
  triedLength: { count: 2, text: ([length, after]) => t('{0} long: tried after {1}', length, after) },
};

/**
 * Why a round's budget is what it is, in the user's language; in the trace's own English where it has no codes or one
 * that is not known.
 */
export function budgetReason({ reason, why = [] }: Pick<Round['budget'], 'reason' | 'why'>): string {
  const clauses = why.map(({ code, values }) => {
    const clause = Object.hasOwn(CLAUSES, code) ? CLAUSES[code as ReasonCode] : null;
    return clause?.count === values.length ? clause.text(values) : null;
  });
  return clauses.length === 0 || clauses.includes(null) ? reason : clauses.join('; ');
}
