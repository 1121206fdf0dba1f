import assert from 'node:assert/strict';
import { TextTrack } from '../../../src/trace/textTrack';
import { sampleTrace } from '../../support/sampleTrace';
import { shownRounds } from '../../support/shownRounds';

const rounds = shownRounds();

describe('text by origin', () => {
  it('is the text of all emitted tokens', () => {
    const track = new TextTrack();
    const text = rounds.map((round) => track.append(round)).join('');
    assert.equal(text, rounds.flatMap((round) => round.emitted.map((token) => token.text)).join(''));
    for (const span of track.spans) assert.equal(track.at(span.start), span);
    assert.equal(track.at(text.length), null);
  });

  it('tells accepted tokens from those of the target', () => {
    const track = new TextTrack();
    track.append(rounds[1]);
    assert.deepEqual(
      track.spans.map(({ origin }) => origin),
      ['accepted', 'accepted', 'accepted', 'bonus'],
    );
    assert.deepEqual(track.spans.at(-1)!.item, { at: 'end', round: 1 });
  });

  it('puts halves of a character together, and end tokens add nothing', () => {
    const track = new TextTrack();
    const text = shownRounds(sampleTrace().rounds)
      .map((round) => track.append(round))
      .join('');
    assert.ok(text.includes('🌱'));
    assert.ok(!text.includes('\ufffd'));
    assert.ok(!text.includes('<|im_end|>'));
    for (const { start, end } of track.spans) assert.ok(end > start);
  });
});
