import assert from 'node:assert/strict';
import german from '../../l10n/bundle.l10n.de.json';
import { plural, decimal, speak, t } from '../../src/l10n';
import { spokenTexts } from '../support/spokenTexts';

const { texts, unread } = spokenTexts();
const bundle: Readonly<Record<string, string>> = german;

/** `{0}` and so on, each once for each time it stands there. */
const placeholders = (text: string) => (text.match(/\{\d+\}/g) ?? []).sort();

describe('the texts of the source', () => {
  it('are literals, so that they can be translated', () => {
    assert.deepEqual(unread, []);
    assert.ok(texts.length > 100);
  });

  it('are asked for when they are needed, in the rooms that load before the language is known', () => {
    // The view takes its language before anything else of it loads.
    const early = texts.filter(({ place, atLoad }) => atLoad && place.startsWith('src'));
    assert.deepEqual(
      early.map(({ place }) => place),
      [],
    );
  });

  it('are all there in German, and no others', () => {
    const lacking = texts.filter(({ text }) => !Object.hasOwn(bundle, text));
    assert.deepEqual(
      lacking.map(({ text, place }) => `${place}: ${text}`),
      [],
    );
    const known = new Set(texts.map(({ text }) => text));
    assert.deepEqual(
      Object.keys(bundle).filter((text) => !known.has(text)),
      [],
    );
  });

  it('have the same placeholders in German, and space where English has it', () => {
    for (const [text, translated] of Object.entries(bundle)) {
      assert.deepEqual(placeholders(translated), placeholders(text), text);
      assert.equal(/^\s/.test(translated), /^\s/.test(text), text);
      assert.equal(/\s$/.test(translated), /\s$/.test(text), text);
    }
  });
});

describe('speaking', () => {
  afterEach(() => speak(null));

  it('says English where nothing was told, whatever language the user has', () => {
    speak(null, 'fr');
    assert.equal(t('Round {0}', 7), 'Round 7');
    assert.equal(plural(1200, '{0} token', '{0} tokens'), '1,200 tokens');
  });

  it('takes text, number and plural from the language', () => {
    speak({ '{0} token of {1}': '{0} Token von {1}', '{0} tokens of {1}': '{0} Tokens von {1}' }, 'de');
    assert.equal(plural(1, '{0} token of {1}', '{0} tokens of {1}', 'x'), '1 Token von x');
    assert.equal(plural(1200, '{0} token of {1}', '{0} tokens of {1}', 'x'), '1.200 Tokens von x');
    assert.equal(decimal(3.14159, 2), '3,14');
    assert.equal(t('nobody translated this'), 'nobody translated this');
  });
});
