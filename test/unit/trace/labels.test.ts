import assert from 'node:assert/strict';
import {
  duration,
  hex,
  ordinal,
  probabilities,
  probability,
  provenance,
  tokenLabel,
  visible,
} from '../../../src/trace/labels';
import { counted } from '../../../src/trace/words';

describe('words for tokens', () => {
  it('makes whitespace and control characters visible', () => {
    assert.equal(visible(' a\n\tb\u0000'), '·a⏎⇥b␀');
    assert.equal(visible(''), '∅');
    assert.equal(visible('a\u202eb\u200d\u0085\u2028'), 'a<202e>b<200d><0085><2028>');
  });

  it('shows bytes where a token is no whole character', () => {
    const half = Buffer.from([0xf0, 0x9f]).toString('base64');
    assert.equal(tokenLabel('\ufffd', half), '<f0 9f>');
    assert.equal(tokenLabel(' ok', Buffer.from(' ok').toString('base64')), '·ok');
    assert.equal(hex(''), '');
  });
});

describe('words for numbers', () => {
  it('writes probabilities with two digits and never rounds to certainty', () => {
    assert.deepEqual([0.914, 0.5, 0.004, 0, 0.996, 1].map(probability), [
      '.91',
      '.50',
      '<.01',
      '0',
      '>.99',
      '1',
    ]);
    assert.equal(probabilities(0.91, 0.84), 'p .91 q .84');
    assert.equal(probabilities(null, 0.84), 'q .84');
    assert.equal(probabilities(null, null), '');
  });

  it('writes times in the unit that suits them', () => {
    assert.deepEqual([42, 310, 31_800, 2_345_000].map(duration), ['42 µs', '0.31 ms', '31.8 ms', '2.35 s']);
  });

  it('counts and ranks in English', () => {
    assert.deepEqual(
      [counted(1, 'token'), counted(2, 'token'), counted(1200, 'token')],
      ['1 token', '2 tokens', '1,200 tokens'],
    );
    assert.deepEqual([1, 2, 3, 4, 11, 12, 13, 21, 112].map(ordinal), [
      '1st',
      '2nd',
      '3rd',
      '4th',
      '11th',
      '12th',
      '13th',
      '21st',
      '112th',
    ]);
  });

  it('says who proposed a node, and leaves an unknown proposer as it stands', () => {
    assert.equal(provenance('suffix:7'), 'suffix, match of 7 tokens');
    assert.equal(provenance('prompt-lookup:1'), 'prompt lookup, match of 1 token');
    assert.equal(provenance('suffix-global:2'), 'suffix, match of 2 tokens in an earlier output');
    assert.equal(provenance('token-recycling:2'), 'token recycling, 2nd candidate');
    assert.equal(provenance('lookahead-pool:1'), 'lookahead, 1st n-gram of the pool');
    assert.equal(provenance('lookahead-window:0'), 'lookahead, column 0 of the window');
    assert.equal(provenance('head 3'), 'head 3');
    assert.equal(provenance('toString:3'), 'toString:3');
  });
});
