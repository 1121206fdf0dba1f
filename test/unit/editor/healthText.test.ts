import assert from 'node:assert/strict';
import { healthText } from '../../../src/editor/healthText';

const RATES = { tokensPerSecond: 38.44, acceptanceLength: 2.414 };

describe('healthText', () => {
  it('says how far a preparation is', () => {
    const working = (done: number, total: number | null) =>
      healthText(
        { kind: 'working', progress: { phase: 'download', message: 'Fetching x', done, total } },
        null,
      );
    assert.equal(working(50, 200).text, '$(loading~spin) Downloading 25 %');
    assert.equal(working(50, null).text, '$(loading~spin) Downloading');
    assert.equal(working(0, 0).text, '$(loading~spin) Downloading');
    assert.equal(working(1, 2).tooltip, 'Fetching x.');
  });

  it('says the speed and the acceptance length while it generates', () => {
    assert.equal(healthText({ kind: 'generating' }, RATES).text, '$(loading~spin) 38.4 tok/s, τ 2.41');
    assert.equal(healthText({ kind: 'generating' }, null).text, '$(loading~spin) Generating');
  });

  it('names the model that is loaded, and how the last generation went', () => {
    const ready = { kind: 'ready', model: 'Tiny', weights: 'int8' } as const;
    assert.equal(healthText(ready, null).tooltip, 'Tiny is loaded (int8 weights).');
    assert.match(healthText(ready, RATES).tooltip, /Last generation: 38\.4 tok\/s, τ 2\.41\.$/);
  });

  it('gives the error’s sentence', () => {
    const { text, tooltip } = healthText({ kind: 'error', message: 'The engine died.' }, RATES);
    assert.match(text, /^\$\(error\)/);
    assert.equal(tooltip, 'The engine died.');
  });

  it('says why the weights are these, where they were chosen', () => {
    const ready = { kind: 'ready', model: 'Tiny', weights: 'int8', because: 'the fastest here' } as const;
    assert.equal(healthText(ready, null).tooltip, 'Tiny is loaded (int8 weights, the fastest here).');
  });

  it('does not claim a model before there is one', () => {
    assert.match(healthText({ kind: 'idle' }, null).tooltip, /^No model is loaded/);
  });
});
