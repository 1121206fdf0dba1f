import type { ViewConnection } from './viewConnection';

/** The views that there are, for commands about what the user looks at. */
export class OpenViews {
  /** Those that came to the front last stand last. */
  private readonly views = new Set<ViewConnection>();

  /** The view that was in front last, of those that are seen; null without one. */
  get front(): ViewConnection | null {
    return [...this.views].findLast((view) => view.visible) ?? null;
  }

  /** A view came to the front, the first time or again. */
  toFront(view: ViewConnection): void {
    this.views.delete(view);
    this.views.add(view);
  }

  remove(view: ViewConnection): void {
    this.views.delete(view);
  }
}
