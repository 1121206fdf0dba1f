import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import manifest from '../../../package.json';
import { manifestIn, manifestTexts } from '../../support/manifest';

/** What must be in a text whatever its language: settings, commands and code. */
function fixedParts(text: string): string[] {
  return [...text.matchAll(/\(command:[\w.]+\)|`[^`]+`/g)].map(([part]) => part).sort();
}

const used = [...JSON.stringify(manifest).matchAll(/"%([^"%]+)%"/g)].map(([, key]) => key);

for (const [language, texts] of Object.entries(manifestTexts)) {
  describe(`the texts of package.json in ${language}`, () => {
    it('are those that it names, each of them used', () => {
      assert.deepEqual(Object.keys(texts).sort(), [...new Set(used)].sort());
    });

    it('name the same commands, settings and values as in English', () => {
      for (const [key, text] of Object.entries(texts)) {
        assert.notEqual(text.trim(), '', key);
        assert.deepEqual(fixedParts(text), fixedParts(manifestTexts.en[key]), key);
      }
    });

    it('point at pages of the walkthrough that are there', () => {
      const { walkthroughs } = manifestIn(language as keyof typeof manifestTexts).contributes;
      for (const { media } of walkthroughs.flatMap(({ steps }) => steps)) {
        assert.ok(existsSync(media.markdown), media.markdown);
      }
    });
  });
}

it('package.json says nothing to a person in one language only', () => {
  const found: unknown[] = [];
  JSON.stringify(manifest.contributes, (key, value: unknown) => {
    const isText = ['title', 'description', 'markdownDescription', 'markdown'].includes(key);
    if (isText && value !== 'Draftscope') found.push(value);
    if (key === 'enumItemLabels' || key === 'enumDescriptions') found.push(...(value as unknown[]));
    return value;
  });
  assert.ok(found.length > 100);
  for (const text of found) assert.match(String(text), /^%[\w.+-]+%$/);
});
