import type { GenerationRecord } from '../host/record';
import type { ViewConnection } from './viewConnection';

/** The views that there are, for commands about what the user looks at. */
export class OpenViews {
  /** Those that came to the front last stand last. */
  private readonly views = new Set<ViewConnection>();
  /** Items to show in the next view of a record, by their ids. */
  private readonly wanted = new Map<GenerationRecord, string>();

  /** The view that was in front last, of those that are seen; null without one. */
  get front(): ViewConnection | null {
    return [...this.views].findLast((view) => view.visible) ?? null;
  }

  /** A view came to the front, the first time or again. */
  toFront(view: ViewConnection): void {
    this.views.delete(view);
    this.views.add(view);
    const wanted = this.wanted.get(view.record);
    if (wanted !== undefined) view.reveal(wanted);
    this.wanted.delete(view.record);
  }

  /** Shows an item of a record, by its id: in the view of it that was in front last, or in the next one. */
  reveal(record: GenerationRecord, item: string): void {
    const view = [...this.views].findLast((one) => one.record === record);
    if (view === undefined) this.wanted.set(record, item);
    else view.reveal(item);
  }

  remove(view: ViewConnection): void {
    this.views.delete(view);
  }
}
