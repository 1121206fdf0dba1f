/** Markup that is safe to write as it stands: text becomes it only through `text` and `html`. */
export class Html {
  constructor(readonly source: string) {}
}

type Piece = Html | string | number | readonly Html[];

/** A template whose holes are escaped, save where they hold markup already. */
export function html(strings: TemplateStringsArray, ...pieces: readonly Piece[]): Html {
  return new Html(
    strings.map((string, i) => string + (i < pieces.length ? sourceOf(pieces[i]) : '')).join(''),
  );
}

function sourceOf(piece: Piece): string {
  if (piece instanceof Html) return piece.source;
  return typeof piece === 'object' ? piece.map(({ source }) => source).join('') : escape(String(piece));
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** Characters that draw nothing or change the direction of what follows: tokens may hold any. */
const UNSEEN = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu;

/** Escapes text for an element or a quoted attribute; what one cannot see is written out as its code point. */
function escape(text: string): string {
  return text.replace(UNSEEN, codePoint).replace(/[&<>"']/g, (char) => ENTITIES[char]);
}

function codePoint(char: string): string {
  switch (char) {
    case '\n':
      return '⏎\n';
    case '\t':
      return '⇥';
    default:
      return `[U+${(char.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}]`;
  }
}
