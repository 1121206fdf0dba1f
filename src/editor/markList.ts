import type { Item } from '../trace/item';
import { firstEndingAfter, stretchAt, stretchesWithin, type Stretch } from '../trace/stretches';
import type { Span } from '../trace/textTrack';
import type { Replacement } from './insertionOffset';

/** A token's stretch of a document, and the generation that it comes from. */
export interface TokenMark<Source> extends Stretch {
  readonly item: Item;
  readonly origin: Span['origin'];
  readonly source: Source;
}

/** A piece of generated text on its way into a document. */
export interface Insertion<Source> {
  /** What is inserted: what parts it from the text before it, then the piece. */
  readonly text: string;
  /** UTF-16 units of `text` that stand before the piece. */
  readonly separator: number;
  /** Where the piece begins in the generated text. */
  readonly from: number;
  /** The piece's tokens, in places of the generated text. */
  readonly spans: readonly Span[];
  readonly source: Source;
}

/** The text as a document holds it: with the document's own line ends. */
export function inDocument(text: string, eol: string): string {
  return text.replace(/\r\n|\r|\n/g, eol);
}

/**
 * Where a piece's tokens stand in the document that it was inserted into. A token of which the piece holds a part
 * is marked in that part; one that the document's line ends swallowed is left out.
 *
 * @param at the offset of the insertion
 * @param eol the document's line end
 */
export function placeMarks<Source>(
  { text, separator, from, spans, source }: Insertion<Source>,
  at: number,
  eol: string,
): TokenMark<Source>[] {
  const offsets = documentOffsets(text, eol);
  const place = (generated: number) =>
    at + offsets[Math.min(text.length, Math.max(separator, generated - from + separator))];
  return spans
    .map(({ item, origin, start, end }) => ({ start: place(start), end: place(end), item, origin, source }))
    .filter(({ start, end }) => end > start);
}

/** `[length + 1]` for each place in a text, its place in the text as a document holds it. */
function documentOffsets(text: string, eol: string): Uint32Array {
  const offsets = new Uint32Array(text.length + 1);
  for (let i = 0; i < text.length; i++) {
    const secondOfTwo = text[i] === '\n' && text[i - 1] === '\r';
    const isEnd = text[i] === '\n' || text[i] === '\r';
    offsets[i + 1] = offsets[i] + (secondOfTwo ? 0 : isEnd ? eol.length : 1);
  }
  return offsets;
}

/** The marks of one document, in its order and never overlapping, which follow its edits. */
export class MarkList<Source> {
  private marks: TokenMark<Source>[] = [];

  get isEmpty(): boolean {
    return this.marks.length === 0;
  }

  /** Adds marks in order, to a place where there are none. */
  add(marks: readonly TokenMark<Source>[]): void {
    if (marks.length > 0) this.marks.splice(firstEndingAfter(this.marks, marks[0].start), 0, ...marks);
  }

  /**
   * Moves the marks with their text. A mark whose text was edited is dropped: it is no longer the token's.
   *
   * @param edit the edit's replacements, disjoint, with offsets of the document before it
   */
  edit(edit: readonly Replacement[]): void {
    const first = firstEndingAfter(this.marks, Math.min(...edit.map(({ rangeOffset }) => rangeOffset)));
    const behind = this.marks.splice(first);
    for (const mark of behind) {
      const moved = followed(mark, edit);
      if (moved !== null) this.marks.push(moved);
    }
  }

  /** The mark of the token at a place, null where there is none. */
  at(offset: number): TokenMark<Source> | null {
    return stretchAt(this.marks, offset);
  }

  /** The marks that have a part in `[start, end)`. */
  within(start: number, end: number): readonly TokenMark<Source>[] {
    return stretchesWithin(this.marks, start, end);
  }
}

function followed<Source>(mark: TokenMark<Source>, edit: readonly Replacement[]): TokenMark<Source> | null {
  let shift = 0;
  for (const { rangeOffset, rangeLength, text } of edit) {
    if (rangeOffset >= mark.end) continue;
    if (rangeOffset + rangeLength > mark.start) return null;
    shift += text.length - rangeLength;
  }
  return shift === 0 ? mark : { ...mark, start: mark.start + shift, end: mark.end + shift };
}
