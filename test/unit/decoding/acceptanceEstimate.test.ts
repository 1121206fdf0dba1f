import assert from 'node:assert/strict';
import fc from 'fast-check';
import { DraftTreeBuilder, type DraftTree } from '../../../src/decoding/draftTree';
import { keyedUniform } from '../../../src/decoding/random';
import { AcceptanceEstimate } from '../../../src/decoding/acceptanceEstimate';
import { anyTree, pathTokens } from './toy';

function chain(source: string, q: number, tokens: readonly number[]): DraftTree {
  const tree = new DraftTreeBuilder();
  tokens.forEach((token, i) => tree.add(i - 1, token, q, source));
  return tree.build();
}

const expected = (estimate: AcceptanceEstimate, draft: DraftTree) =>
  estimate.pathProbabilities(draft).reduce((sum, probability) => sum + probability, 0);

const near = (actual: number, expected: number, within = 1e-12) =>
  assert.ok(Math.abs(actual - expected) <= within, `${actual} is not ${expected}`);

describe('the estimate of acceptance', () => {
  it('believes most of a probability, and every second node without one, before it has seen anything', () => {
    const estimate = new AcceptanceEstimate();
    near(expected(estimate, chain('suffix:2', 0.6, [1, 2])), 0.48 + 0.48 ** 2);
    near(expected(estimate, chain('prompt-lookup:2', NaN, [1, 2])), 0.5 + 0.25);
    assert.equal(expected(estimate, chain('suffix:2', 0.6, [])), 0);
  });

  it('adds up the paths of a tree', () => {
    const tree = new DraftTreeBuilder();
    tree.add(-1, 1, 0.5, 'a:1');
    tree.add(-1, 2, 0.3, 'a:1');
    tree.add(0, 3, 0.8, 'a:1');
    tree.add(1, 3, 0.1, 'a:1');
    const believed = 0.8 * (0.5 + 0.3) + 0.8 ** 2 * (0.5 * 0.8 + 0.3 * 0.1);
    near(expected(new AcceptanceEstimate(), tree.build()), believed);
  });

  it('comes near the rate at which nodes of a kind are accepted, whatever was promised', () => {
    for (const q of [NaN, 0.9, 0.45]) {
      const estimate = new AcceptanceEstimate();
      const draft = chain('a:1', q, [1]);
      let mean = 0;
      for (let i = 0; i < 2000; i++) {
        estimate.observe([draft], [keyedUniform(5, i) < 0.3 ? 1 : 2]);
        if (i >= 1000) mean += estimate.probability(draft, 0) / 1000;
      }
      near(mean, 0.3, 0.03);
    }
  });

  it('keeps apart drafters, lengths of match and depths, long and deep ones together', () => {
    const estimate = new AcceptanceEstimate();
    const seen = chain('a:5', NaN, [1]);
    for (let i = 0; i < 50; i++) estimate.observe([seen], [1]);
    const first = (source: string) => estimate.probability(chain(source, NaN, [1]), 0);
    assert.ok(first('a:5') > 0.9);
    assert.equal(first('a:7'), first('a:5'));
    for (const other of ['a:3', 'a:8', 'b:5', 'a']) assert.equal(first(other), 0.5);
    assert.equal(estimate.probability(chain('a:5', NaN, [1, 1]), 1), 0.5);
  });

  it('learns only of nodes whose ancestors were written, and of nothing after the end', () => {
    const anyEmitted = fc.array(fc.nat(2), { minLength: 1, maxLength: 5 });
    fc.assert(
      fc.property(anyTree(3, 8), anyEmitted, (tree, emitted) => {
        // Each node its own kind, so that what was learned of each shows.
        const draft = { ...tree, source: Array.from(tree.token, (_, node) => `${node}:1`) };
        const estimate = new AcceptanceEstimate();
        estimate.observe([draft], emitted);
        for (let node = 0; node < draft.token.length; node++) {
          const path = pathTokens(draft, node);
          const known =
            path.length <= emitted.length && path.slice(0, -1).every((token, i) => token === emitted[i]);
          const accepted = path[path.length - 1] === emitted[path.length - 1];
          const estimated = estimate.probability(draft, node);
          if (!known) assert.equal(estimated, 0.5);
          else assert.ok(accepted ? estimated > 0.5 : estimated < 0.5);
        }
      }),
    );
  });

  it('keeps apart how sure the drafter was', () => {
    const estimate = new AcceptanceEstimate();
    for (let i = 0; i < 50; i++) estimate.observe([chain('a:1', 0.9, [1])], [2]);
    assert.ok(estimate.probability(chain('a:1', 0.85, [1]), 0) < 0.1);
    near(estimate.probability(chain('a:1', 0.5, [1]), 0), 0.4);
  });

  it('forgets by rounds: one with many nodes of a kind pushes out no more than one with few', () => {
    const estimate = new AcceptanceEstimate();
    // Depths from 4 to 7 are one kind: here four nodes, all accepted, once.
    estimate.observe([chain('a:1', NaN, [1, 1, 1, 1, 1, 1, 1])], [1, 1, 1, 1, 1, 1, 1]);
    near(estimate.probability(chain('a:1', NaN, [1, 1, 1, 1]), 3), (0.95 * 2 + 4) / (0.95 * 4 + 4));
  });

  it('begins with what an earlier one learned, and teaches it', () => {
    const history = AcceptanceEstimate.longLived();
    const first = new AcceptanceEstimate(history);
    for (let i = 0; i < 100; i++) first.observe([chain('a:1', NaN, [1])], [i % 10 === 0 ? 2 : 1]);
    const second = new AcceptanceEstimate(history);
    near(second.probability(chain('a:1', NaN, [1]), 0), history.probability(chain('a:1', NaN, [1]), 0));
    near(second.probability(chain('a:1', NaN, [1]), 0), 0.9, 0.03);
    near(second.probability(chain('b:1', NaN, [1]), 0), 0.5);
    // Soon the text at hand counts for more.
    for (let i = 0; i < 10; i++) second.observe([chain('a:1', NaN, [1])], [2]);
    assert.ok(second.probability(chain('a:1', NaN, [1]), 0) < 0.4);
  });

  it('follows a draft for as long as later rounds write it, and no longer', () => {
    const draft = chain('a:1', NaN, [1, 2, 3]);
    const at = (estimate: AcceptanceEstimate) => Array.from(estimate.probabilities(draft));
    const whole = new AcceptanceEstimate();
    whole.observe([draft], [1, 2, 9]);
    const bit = new AcceptanceEstimate();
    for (const token of [1, 2, 9, 3]) bit.observe(token === 1 ? [draft] : [], [token]);
    assert.deepEqual(at(bit), at(whole));
    assert.ok(at(whole)[1] > 0.5 && at(whole)[2] < 0.5);
  });

  it('never leaves [0, 1]', () => {
    const estimate = new AcceptanceEstimate();
    for (let i = 0; i < 50; i++) estimate.observe([chain('a:1', 0.1, [1])], [1]);
    assert.ok(estimate.probability(chain('a:1', 0.1, [1]), 0) > 0.8);
    assert.equal(estimate.probability(chain('a:1', 0.15, [1]), 0), 1);
    for (let i = 0; i < 500; i++) estimate.observe([chain('a:1', 0.9, [1])], [2]);
    assert.ok(estimate.probability(chain('a:1', 0.9, [1]), 0) >= 0);
  });
});
