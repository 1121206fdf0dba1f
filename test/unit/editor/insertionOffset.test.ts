import assert from 'node:assert/strict';
import fc from 'fast-check';
import { movedOffset, type Replacement } from '../../../src/editor/insertionOffset';

/** What a document is after an edit, whose offsets are those of the document before it. */
function applied(text: string, edit: readonly Replacement[]): string {
  const backwards = [...edit].sort((a, b) => b.rangeOffset - a.rangeOffset);
  return backwards.reduce(
    (result, { rangeOffset, rangeLength, text: inserted }) =>
      result.slice(0, rangeOffset) + inserted + result.slice(rangeOffset + rangeLength),
    text,
  );
}

describe('movedOffset', () => {
  const at = (offset: number, rangeOffset: number, rangeLength: number, text: string) =>
    movedOffset(offset, [{ rangeOffset, rangeLength, text }]);

  it('follows what was inserted at the place itself', () => {
    assert.equal(at(4, 4, 0, 'abc'), 7);
  });

  it('moves with its text when something before it changes, and not when something after it does', () => {
    assert.equal(at(4, 0, 2, 'x'), 3);
    assert.equal(at(4, 5, 2, 'xyz'), 4);
  });

  it('stands at the end of a replacement of the text around it', () => {
    assert.equal(at(4, 2, 5, 'ab'), 4);
    assert.equal(at(4, 2, 5, ''), 2);
  });

  it('adds up the replacements of one edit, in any order', () => {
    const edit = [
      { rangeOffset: 6, rangeLength: 0, text: 'zzz' },
      { rangeOffset: 3, rangeLength: 1, text: '' },
      { rangeOffset: 0, rangeLength: 0, text: 'ab' },
    ];
    assert.equal(movedOffset(5, edit), 6);
    assert.equal(movedOffset(5, [...edit].reverse()), 6);
  });

  it('keeps everything that stood behind the place behind it, unless it was replaced', () => {
    fc.assert(
      fc.property(
        fc.stringMatching(/^[a-z]{0,20}$/),
        fc.stringMatching(/^[a-z]{0,20}$/),
        fc.nat(20),
        fc.nat(20),
        fc.stringMatching(/^[A-Z]{0,5}$/),
        (before, after, start, length, inserted) => {
          const rangeOffset = Math.min(start, before.length);
          const rangeLength = Math.min(length, before.length - rangeOffset);
          const edit = [{ rangeOffset, rangeLength, text: inserted }];
          const moved = movedOffset(before.length, edit);
          assert.equal(applied(before + after, edit).slice(moved), after);
        },
      ),
    );
  });
});
