import assert from 'node:assert/strict';
import fs from 'node:fs';
import { speakAsTold } from '../../../src/engine/language';
import { speak, spokenLanguage, t } from '../../../src/l10n';
import { BUNDLE_VARIABLE, LANGUAGE_VARIABLE } from '../../../src/protocol/engine';
import { temporaryFolder } from '../../support/temporaryFolder';

describe('the language of the engine', () => {
  const folder = temporaryFolder();
  afterEach(() => speak(null));

  const told = (texts: string) => {
    const file = folder.file('bundle.json');
    fs.writeFileSync(file, texts);
    return { [BUNDLE_VARIABLE]: file, [LANGUAGE_VARIABLE]: 'de' };
  };

  it('is what the editor told in the environment', () => {
    speakAsTold(told(JSON.stringify({ 'Loading {0}': 'Lädt {0}' })));
    assert.equal(t('Loading {0}', 'x'), 'Lädt x');
    assert.equal(spokenLanguage(), 'de');
  });

  it('is English where nothing was told', () => {
    speakAsTold({});
    assert.equal(t('Loading {0}', 'x'), 'Loading x');
  });

  it('is English where the texts cannot be read, and the log says why', () => {
    const said: string[] = [];
    const { error } = console;
    console.error = (line: string) => said.push(line);
    try {
      speakAsTold(told('{"Loading {0}": 3}'));
    } finally {
      console.error = error;
    }
    assert.equal(t('Loading {0}', 'x'), 'Loading x');
    assert.match(said.join(), /bundle\.json could not be read, so this speaks English/);
  });
});
