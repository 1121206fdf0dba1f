import * as l10n from '@vscode/l10n';

let language = 'en';
let plurals = new Intl.PluralRules(language);
/** By digits: making a format takes longer than using it a thousand times. */
const formats = new Map<number, Intl.NumberFormat>();

/**
 * A text in the user's language, every room's: `t('{0} of {1} rounds', 3, 7)`. The English text is its own key, so
 * where nothing was configured, as in the command line, it comes out as it stands. The texts are read off the source:
 * the first argument is a literal. Call it when the text is needed, never while a module loads: the language is not
 * known then.
 */
export const t: (message: string, ...args: (string | number | boolean)[]) => string = l10n.t;

/**
 * A number and what is plural: `plural(2, '{0} round', '{0} rounds')`. Both forms are keys of their own, and the
 * language decides which one is for this number; `{1}` and so on are further arguments.
 */
export function plural(
  count: number,
  one: string,
  other: string,
  ...args: (string | number | boolean)[]
): string {
  return l10n.t(plurals.select(count) === 'one' ? one : other, decimal(count), ...args);
}

/** A number as the user's language writes it, with so many digits behind the point. */
export function decimal(value: number, digits = 0): string {
  let format = formats.get(digits);
  if (format === undefined) {
    format = new Intl.NumberFormat(language, {
      minimumFractionDigits: digits,
      maximumFractionDigits: digits,
    });
    formats.set(digits, format);
  }
  return format.format(value);
}

/** The language of the texts, as HTML and Intl name it. */
export function spokenLanguage(): string {
  return language;
}

/**
 * Tells this process the translations.
 *
 * @param bundle English texts to those of the user's language, null where the user reads English
 * @param name the user's language, as `de`
 */
export function speak(bundle: Readonly<Record<string, string>> | null, name = 'en'): void {
  l10n.config({ contents: { ...bundle } });
  language = bundle === null ? 'en' : name;
  plurals = new Intl.PluralRules(language);
  formats.clear();
}
