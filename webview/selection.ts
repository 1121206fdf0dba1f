import type { Item } from '../src/trace/item';

/** What of the selection changed. */
export type SelectionChange = 'current' | 'pinned' | 'pointed';

/**
 * What the user looks at, one for all parts of the view: the item that the keyboard is at, and the one whose
 * details are to stay, and the one that the pointer is at.
 */
export class Selection {
  private at: Item = { at: 'round', round: 0 };
  private kept: Item | null = null;
  private under: Item | null = null;
  private readonly listeners: ((change: SelectionChange) => void)[] = [];

  get current(): Item {
    return this.at;
  }

  set current(item: Item) {
    this.at = item;
    this.tell('current');
  }

  get pinned(): Item | null {
    return this.kept;
  }

  set pinned(item: Item | null) {
    this.kept = item;
    this.tell('pinned');
  }

  get pointed(): Item | null {
    return this.under;
  }

  set pointed(item: Item | null) {
    this.under = item;
    this.tell('pointed');
  }

  /** The round that details are shown of. */
  get round(): number {
    return (this.kept ?? this.at).round;
  }

  subscribe(listener: (change: SelectionChange) => void): void {
    this.listeners.push(listener);
  }

  private tell(change: SelectionChange): void {
    for (const listener of this.listeners) listener(change);
  }
}
