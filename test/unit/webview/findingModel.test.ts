import assert from 'node:assert/strict';
import { evidence, type Finding } from '../../../src/trace/findings/finding';
import { findingModel } from '../../../webview/findingModel';

const finding = (change: Partial<Finding> = {}): Finding => ({
  rule: 'verifyCost',
  sentence: 'It costs.',
  evidence: evidence({}, { chart: 'cost', rounds: [3, 3, 5] }),
  gain: null,
  setting: null,
  weight: 0.5,
  ...change,
});

describe('findingModel', () => {
  it('names each round that shows it once, and the nodes in their place where there are some', () => {
    assert.deepEqual(findingModel(finding()).items, [
      { at: 'round', round: 3 },
      { at: 'round', round: 5 },
    ]);
    const nodes = evidence({}, { rounds: [3], nodes: [{ round: 3, node: 2 }] });
    assert.deepEqual(findingModel(finding({ evidence: nodes })).items, [{ at: 'node', round: 3, node: 2 }]);
  });

  it('offers the change that follows from it, in words', () => {
    const changes = [
      ['draftscope.drafter', 'best-of', 'Set the drafter to best-of'],
      ['draftscope.weights', 'int8', 'Set the weights to int8'],
      ['draftscope.draft.policy', 'costAware', 'Set the draft policy to costAware'],
      ['draftscope.draft.nodes', 4, 'Set draft nodes to 4'],
      ['draftscope.draft.depth', 2, 'Set draft depth to 2'],
    ] as const;
    for (const [key, value, label] of changes) {
      const { action, tone } = findingModel(finding({ setting: { key, value } }));
      assert.deepEqual(action, { label, change: { key, value } });
      assert.equal(tone, 'gain');
    }
    assert.equal(findingModel(finding()).action, null);
  });

  it('calls a prediction one, and says when all is well', () => {
    const gain = { ratio: 1.2, tokensPerSecond: 50, support: 'extrapolated' } as const;
    assert.equal(findingModel(finding({ gain })).support, 'A prediction, extrapolated.');
    assert.equal(findingModel(finding()).support, null);
    assert.equal(findingModel(finding({ rule: 'wellTuned' })).tone, 'good');
  });
});
