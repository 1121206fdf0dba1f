import { UserError } from '../errors';

/** The numbers that an option takes. */
export interface NumberRange {
  readonly min?: number;
  /** The smallest number that is not allowed, in place of `min`. */
  readonly above?: number;
  readonly max?: number;
  readonly whole?: boolean;
}

/** A parser for an option's number; another value is a `usage` error that names the option and its range. */
export function numberOption(option: string, range: NumberRange): (text: string) => number {
  return (text) => {
    const value = text.trim() === '' ? NaN : Number(text);
    const { min = -Infinity, above = -Infinity, max = Infinity, whole = false } = range;
    const right = Number.isFinite(value) && value >= min && value > above && value <= max;
    if (right && (!whole || Number.isInteger(value))) return value;
    throw new UserError('usage', `${option} must be ${describe(range)}, not "${text}".`);
  };
}

/** A parser for an option with a few possible values. */
export function choiceOption<T extends string>(option: string, choices: readonly T[]): (text: string) => T {
  return (text) => {
    const found = choices.find((choice) => choice === text);
    if (found !== undefined) return found;
    throw new UserError('usage', `${option} must be ${listed(choices)}, not "${text}".`);
  };
}

/** A parser for an option that may be given several times. */
export function textsOption(
  option: string,
): (text: string, earlier?: readonly string[]) => readonly string[] {
  return (text, earlier = []) => {
    if (text === '') throw new UserError('usage', `${option} must be a text that is not empty.`);
    return [...earlier, text];
  };
}

/** `a, b or c` */
export function listed(words: readonly string[]): string {
  return words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} or ${words.at(-1)}`;
}

function describe({ min, above, max, whole }: NumberRange): string {
  const kind = whole ? 'a whole number' : 'a number';
  if (min !== undefined && max !== undefined) return `${kind} from ${min} to ${max}`;
  const bounds = [
    min === undefined ? '' : `of at least ${min}`,
    above === undefined ? '' : `above ${above}`,
    max === undefined ? '' : `at most ${max}`,
  ];
  return `${kind} ${bounds.filter((bound) => bound !== '').join(' and ')}`;
}
