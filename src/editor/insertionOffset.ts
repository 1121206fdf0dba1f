/** One replacement in a document: what `TextDocumentContentChangeEvent` says, as far as it matters here. */
export interface Replacement {
  readonly rangeOffset: number;
  readonly rangeLength: number;
  readonly text: string;
}

/**
 * Where a place in a document has moved to after an edit, ours or the user's. Text inserted exactly there
 * pushes it along, so that what is inserted next follows; when the text around it is replaced, it stands at
 * the end of the replacement.
 *
 * @param offset the place before the edit
 * @param edit the edit's replacements, disjoint, with offsets of the document before it
 */
export function movedOffset(offset: number, edit: readonly Replacement[]): number {
  let moved = offset;
  for (const { rangeOffset, rangeLength, text } of edit) {
    if (rangeOffset > offset) continue;
    const removedBefore = Math.min(rangeLength, offset - rangeOffset);
    moved += text.length - removedBefore;
  }
  return moved;
}
