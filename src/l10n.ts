import * as l10n from '@vscode/l10n';

/**
 * A text in the user's language, every room's: `t('{0} of {1} rounds', 3, 7)`. The English text is its own key, so
 * where nothing was configured, as in the command line, it comes out as it stands.
 */
export const t: (message: string, ...args: (string | number | boolean)[]) => string = l10n.t;

/**
 * Tells this process the translations: English texts to those of the user's language.
 *
 * @param bundle null where the user reads English
 */
export function speak(bundle: Readonly<Record<string, string>> | null): void {
  l10n.config({ contents: { ...bundle } });
}
