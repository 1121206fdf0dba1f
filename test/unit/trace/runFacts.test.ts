import assert from 'node:assert/strict';
import { agreementText, headFacts } from '../../../src/trace/runFacts';

describe('what is to be known of a run’s parts', () => {
  it('tells how far the weights agree with fp32, or that nobody measured it', () => {
    const weights_agreement = { positions: 1384, equal: 1350, measured: '2026-01-02T03:04:05.678Z' };
    assert.equal(
      agreementText({ weights: 'file', weights_agreement }),
      "the first choice is fp32's at 97.5 % of 1,384 positions",
    );
    assert.equal(agreementText({ weights: 'int8' }), 'not measured; draftscope agreement measures it');
    assert.equal(agreementText({ weights: 'fp32' }), null);
  });

  const head = {
    kind: 'clover2',
    folder: 'heads/mine',
    target: 'SmolLM2',
    levels: 3,
    draftVocabulary: 12345,
    licence: 'Apache-2.0',
    files: [],
  };

  it('tells what a head was trained with and how well it guesses', () => {
    const training = { tokens: 1_000_000, steps: 4000 };
    const hitRate = [
      [0.615, 0.7],
      [0.5, 0.6],
      [0, 0],
    ];
    assert.deepEqual(headFacts({ ...head, training, hitRate }), [
      ['head', 'clover2 for SmolLM2, 3 levels, 12,345 tokens to choose from'],
      ['trained on', '1,000,000 tokens in 4,000 steps'],
      ['hit rate by depth', '61.5 %, 50.0 %, 0.0 %'],
      ["head's licence", 'Apache-2.0'],
    ]);
  });

  it('tells what an imported head was made of, and nothing that is not known', () => {
    const imported = { format: 'EAGLE-3', files: ['model.safetensors'] };
    assert.deepEqual(headFacts({ ...head, kind: 'eagle', levels: 1, imported }), [
      ['head', 'eagle for SmolLM2, 1 level, 12,345 tokens to choose from'],
      ['imported from', 'EAGLE-3 (model.safetensors)'],
      ["head's licence", 'Apache-2.0'],
    ]);
  });
});
