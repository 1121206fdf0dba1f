import manifest from '../../package.json';
import english from '../../package.nls.json';
import german from '../../package.nls.de.json';

/** The texts of package.json, by language; VS Code's own word for English is no language. */
export const manifestTexts: Readonly<Record<'en' | 'de', Readonly<Record<string, string>>>> = {
  en: english,
  de: german,
};

/** package.json as VS Code reads it for a user of this language. */
export function manifestIn(language: keyof typeof manifestTexts): typeof manifest {
  const texts = manifestTexts[language];
  return JSON.parse(JSON.stringify(manifest), (_, value: unknown) => {
    const key = typeof value === 'string' ? /^%(.+)%$/.exec(value)?.[1] : undefined;
    return key === undefined ? value : texts[key];
  }) as typeof manifest;
}
