import { committed, type Item, type Origin } from './item';
import type { ShownRound } from './shownRound';
import { stretchAt, type Stretch } from './stretches';
import { bytesOf } from './labels';

/** A token's stretch `[start, end)` of the text, in UTF-16 units. */
export interface Span extends Stretch {
  readonly item: Item;
  /** `plain` where nothing was drafted. */
  readonly origin: Origin | 'plain';
}

/**
 * The text so far and which token each stretch of it comes from. Bytes are decoded as one stream, since a
 * token may hold half a character: the whole character then belongs to the token that completes it. Tokens
 * without bytes (end tokens) add nothing.
 */
export class TextTrack {
  readonly spans: Span[] = [];
  private readonly decoder = new TextDecoder('utf-8', { ignoreBOM: true });
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
        origin: round.verified === 0 ? 'plain' : mark,
        start,
        end: this.length,
      });
    }
    return added;
  }

  /** The token whose stretch holds this place of the text. */
  at(offset: number): Span | null {
    return stretchAt(this.spans, offset);
  }
}
