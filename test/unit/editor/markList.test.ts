import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { Replacement } from '../../../src/editor/insertionOffset';
import { inDocument, MarkList, placeMarks, type TokenMark } from '../../../src/editor/markList';
import type { Round } from '../../../src/trace/schema';
import { shownRoundOf } from '../../../src/trace/shownRound';
import { stretchesWithin } from '../../../src/trace/stretches';
import { TextTrack } from '../../../src/trace/textTrack';
import { tell } from '../../support/rounds';
import { sampleTrace } from '../../support/sampleTrace';

type Mark = TokenMark<string>;

/** A round that drafts nothing, for each text. */
const plain = (...texts: string[]) =>
  tell(texts.map((text) => ({ guesses: [], end: { kind: 'bonus' as const, text } })));

/** Inserts rounds' text into a document of a prefix, in pieces that end at the given places. */
function insert(rounds: readonly Round[], ends: readonly number[], eol: string, prefix = 'before ') {
  const track = new TextTrack();
  const text = rounds.map((round) => track.append(shownRoundOf(round))).join('');
  let document = inDocument(prefix, eol);
  const marks = new MarkList<string>();
  let from = 0;
  for (const end of [...ends, text.length]) {
    const separator = from === 0 ? '\n' : '';
    const insertion = {
      text: separator + text.slice(from, end),
      separator: separator.length,
      from,
      spans: stretchesWithin(track.spans, from, end),
      source: 'run',
    };
    marks.add(placeMarks(insertion, document.length, eol));
    document += inDocument(insertion.text, eol);
    from = end;
  }
  return { document, all: marks.within(0, document.length), marks };
}

const texts = (document: string, marks: readonly Mark[]) =>
  marks.map(({ start, end }) => document.slice(start, end));

describe('tokens in a document', () => {
  it('stand where their text does, behind what was there', () => {
    const { document, all } = insert(plain('One', ' two', ' 二分🌱'), [], '\n');
    assert.equal(document, 'before \nOne two 二分🌱');
    assert.deepEqual(texts(document, all), ['One', ' two', ' 二分🌱']);
    assert.deepEqual(
      all.map(({ item, origin, source }) => [item.round, origin, source]),
      [
        [0, 'plain', 'run'],
        [1, 'plain', 'run'],
        [2, 'plain', 'run'],
      ],
    );
  });

  it('take the document’s line ends, whatever the model wrote', () => {
    for (const eol of ['\n', '\r\n']) {
      const { document, all } = insert(plain('a\n', '\r\nb', '\rc', 'd\r', '\ne'), [], eol);
      assert.equal(document, `before ${eol}a${eol}${eol}b${eol}cd${eol}e`);
      assert.deepEqual(texts(document, all), [`a${eol}`, `${eol}b`, `${eol}c`, `d${eol}`, 'e']);
    }
  });

  it('have whole characters, which belong to the token that completes them; an end token has nothing', () => {
    const { document, all } = insert(sampleTrace().rounds, [], '\n');
    assert.equal(texts(document, all).join(''), document.slice('before \n'.length));
    assert.ok(texts(document, all).some((text) => text.includes('🌱')));
    assert.ok(all.every(({ end, start }) => end > start));
  });

  it('are marked part by part where a token came in two pieces', () => {
    const { document, all } = insert(plain('One', ' two'), [5], '\n');
    assert.deepEqual(texts(document, all), ['One', ' t', 'wo']);
    assert.deepEqual(
      all.map(({ item }) => item.round),
      [0, 1, 1],
    );
  });
});

describe('marks of an edited document', () => {
  const marksOf = (...ranges: [number, number][]): Mark[] =>
    ranges.map(([start, end], round) => ({
      start,
      end,
      item: { at: 'end', round },
      origin: 'bonus',
      source: 'run',
    }));
  const edited = (marks: readonly Mark[], ...edit: Replacement[]) => {
    const list = new MarkList<string>();
    list.add(marks);
    list.edit(edit);
    return list.within(0, Infinity).map(({ start, end, item }) => [item.round, start, end]);
  };
  const replace = (rangeOffset: number, rangeLength: number, text: string) => ({
    rangeOffset,
    rangeLength,
    text,
  });

  it('move with what is typed before them and stay for what is typed behind', () => {
    const marks = marksOf([2, 5], [5, 9]);
    assert.deepEqual(edited(marks, replace(2, 0, 'xy')), [
      [0, 4, 7],
      [1, 7, 11],
    ]);
    assert.deepEqual(edited(marks, replace(5, 0, 'xy')), [
      [0, 2, 5],
      [1, 7, 11],
    ]);
    assert.deepEqual(edited(marks, replace(9, 0, 'xy')), [
      [0, 2, 5],
      [1, 5, 9],
    ]);
  });

  it('are dropped where their own text was edited', () => {
    const marks = marksOf([2, 5], [5, 9]);
    assert.deepEqual(edited(marks, replace(3, 0, 'x')), [[1, 6, 10]]);
    assert.deepEqual(edited(marks, replace(4, 2, 'xx')), []);
    assert.deepEqual(edited(marks, replace(5, 4, '')), [[0, 2, 5]]);
  });

  it('hold their token’s own text after any edits', () => {
    // Every token's text is one character of its own, so that a mark can be told by what it marks.
    const characters = [...'abcdefghijklmnopqrst'];
    const change = fc.record({
      at: fc.nat(30),
      length: fc.nat(4),
      text: fc.constantFrom('', '1', '22', '333'),
    });
    fc.assert(
      fc.property(fc.array(change, { maxLength: 12 }), (changes) => {
        const list = new MarkList<string>();
        list.add(marksOf(...characters.map((_, i): [number, number] => [i, i + 1])));
        let document = characters.join('');
        for (const { at, length, text } of changes) {
          const rangeOffset = Math.min(at, document.length);
          const rangeLength = Math.min(length, document.length - rangeOffset);
          list.edit([replace(rangeOffset, rangeLength, text)]);
          document = document.slice(0, rangeOffset) + text + document.slice(rangeOffset + rangeLength);
        }
        const left = list.within(0, document.length);
        assert.equal(
          left.map(({ item }) => characters[item.round]).join(''),
          left.map(({ start, end }) => document.slice(start, end)).join(''),
        );
        assert.equal(left.length, [...document].filter((char) => characters.includes(char)).length);
        for (const mark of left) assert.equal(list.at(mark.start), mark);
      }),
    );
  });
});
