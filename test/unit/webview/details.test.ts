import assert from 'node:assert/strict';
import { detailsOf, roundSummary } from '../../../webview/details';
import { header, rounds } from '../../support/rounds';
import { shownRounds } from '../../support/shownRounds';

const shown = shownRounds();

const node = (round: number, text: string) =>
  detailsOf(
    shown[round],
    rounds[round],
    { at: 'node', round, node: rounds[round].text.indexOf(text) },
    header,
  );

describe('details', () => {
  it('of a node hold everything that was recorded of it', () => {
    const details = node(2, ' sorted');
    const facts = new Map(details.facts);
    assert.equal(details.heading, '·sorted');
    assert.equal(facts.get('bytes'), '20 73 6f 72 74 65 64');
    assert.equal(facts.get('p (target)'), '0.040');
    assert.equal(facts.get('q (drafter)'), '0.380');
    assert.equal(facts.get('draw'), '0.471');
    assert.equal(facts.get('proposed by'), 'suffix, match of 7 tokens');
    assert.equal(facts.get('position'), `${rounds[2].root.position + 2} (depth 2)`);
  });

  it('tell absent from zero', () => {
    const facts = new Map(node(7, ' cut').facts);
    assert.equal(facts.get('p (target)'), 'not scored');
    assert.equal(facts.has('draw'), false);
    assert.equal(facts.has('p under the sampler'), false);
  });

  it("show the target's ranking with what was drafted and what was chosen", () => {
    assert.deepEqual(
      node(2, ' sorted').candidates.map(({ label, drafted, chosen }) => [label, drafted, chosen]),
      [
        ['·data', false, true],
        ['·tree', true, false],
        ['·node', false, false],
        ['·sorted', true, false],
      ],
    );
  });

  it('of the end token are those of its own position', () => {
    const end = detailsOf(shown[2], rounds[2], { at: 'end', round: 2 }, header);
    assert.equal(end.mark, 'correction');
    assert.equal(end.candidates[0].label, '·data');
  });

  it('tell the rank of a token in both distributions', () => {
    const facts = new Map(node(2, ' sorted').facts);
    assert.equal(facts.get('rank in the draft'), '1st of the 2 tokens drafted here');
    assert.equal(facts.get('rank for the target'), '4th of its candidates');
    const end = new Map(detailsOf(shown[2], rounds[2], { at: 'end', round: 2 }, header).facts);
    assert.equal(end.get('rank in the draft'), 'not drafted here');
    assert.equal(end.get('rank for the target'), '1st of its candidates');
    const early = new Map(detailsOf(shown[2], null, { at: 'end', round: 2 }, header).facts);
    assert.equal(early.get('rank for the target'), undefined);
  });

  it('leave out what only the whole round knows, until it is here', () => {
    const early = detailsOf(shown[2], null, { at: 'round', round: 2 }, header);
    const late = detailsOf(shown[2], rounds[2], { at: 'round', round: 2 }, header);
    assert.equal(early.reason, late.reason);
    assert.equal(new Map(early.facts).has('cache'), false);
    assert.equal(new Map(late.facts).get('because'), '16 nodes asked for in the settings');
    const sorted = { at: 'node' as const, round: 2, node: rounds[2].text.indexOf(' sorted') };
    assert.deepEqual(detailsOf(shown[2], null, sorted, header).candidates, []);
  });

  it('say what a round on a device moved, and where it went on when that failed', () => {
    const fallback = { from: 'webgpu', to: 'cpu', reason: 'device lost' };
    const round = { ...rounds[2], moved: { to_device: 740, from_device: 896 }, fallback };
    const facts = (of: typeof round | (typeof rounds)[2]) =>
      new Map(detailsOf(shown[2], of, { at: 'round', round: 2 }, header).facts);
    assert.equal(facts(round).get('moved'), '740 bytes to the device, 896 bytes from it');
    assert.equal(facts(round).get('from here'), 'on cpu: webgpu failed (device lost)');
    assert.equal(facts(rounds[2]).get('moved'), undefined);
  });

  it('sum a round up in one sentence', () => {
    assert.equal(
      roundSummary(shown[2]),
      'Round 2: 1 of 7 accepted, 30.1 ms; 2 tokens more; target wanted "·data" (p .62), not among the 2 tokens drafted here.',
    );
    assert.equal(roundSummary(shown[0]), 'Round 0: plain step, 15.4 ms; 1 token more.');
  });
});
