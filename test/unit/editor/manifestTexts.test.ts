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
  const { commands, configuration, colors, walkthroughs } = manifest.contributes;
  const properties = configuration.flatMap((group) => Object.values(group.properties));
  const texts = [
    manifest.description,
    ...commands.map(({ title }) => title),
    ...configuration.map(({ title }) => title),
    ...properties.map(({ markdownDescription }) => markdownDescription),
    ...properties.flatMap((property) => [
      ...('enumItemLabels' in property ? property.enumItemLabels : []),
      ...('enumDescriptions' in property ? property.enumDescriptions : []),
    ]),
    ...colors.map(({ description }) => description),
    ...walkthroughs.flatMap(({ title, description, steps }) => [
      title,
      description,
      ...steps.flatMap((step) => [step.title, step.description, step.media.markdown]),
    ]),
  ];
  for (const text of texts) assert.match(text, /^%[\w.-]+%$/);
});
