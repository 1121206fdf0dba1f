import { committed, type Item } from './item';
import type { ShownRound } from './shownRound';
import { bytesOf } from './words';

/** A token's stretch `[start, end)` of the text, in UTF-16 units. */
export interface Span {
  readonly item: Item;
  readonly origin: 'accepted' | 'target';
  readonly start: number;
  readonly end: number;
}

/**
 * The text so far and which token each stretch of it comes from. Bytes are decoded as one stream, since a
 * token may hold half a character: the whole character then belongs to the token that completes it. Tokens
 * without bytes (end tokens) add nothing.
 */
export class TextTrack {
  readonly spans: Span[] = [];
  private readonly decoder = new TextDecoder();
  private length = 0;

  /** Returns the text that the round added. */
  append(round: ShownRound): string {
    let added = '';
    for (const { bytes, mark, item } of committed(round)) {
      const piece = this.decoder.decode(bytesOf(bytes), { stream: true });
      if (piece === '') continue;
      const start = this.length;
      this.length += piece.length;
      added += piece;
      this.spans.push({
        item,
        origin: mark === 'accepted' ? 'accepted' : 'target',
        start,
        end: this.length,
      });
    }
    return added;
  }

  /** The token whose stretch holds this place of the text. */
  at(offset: number): Span | null {
    let low = 0;
    let high = this.spans.length - 1;
    while (low <= high) {
      const middle = (low + high) >> 1;
      const span = this.spans[middle];
      if (offset < span.start) high = middle - 1;
      else if (offset >= span.end) low = middle + 1;
      else return span;
    }
    return null;
  }
}
