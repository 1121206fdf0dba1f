/** Tells its listeners of something that happened. A room without `vscode` cannot use the editor's own. */
export class Emitter<T> {
  private readonly listeners = new Set<(value: T) => void>();

  /** Calls `listener` from now on; the returned function ends that. */
  readonly subscribe = (listener: (value: T) => void): (() => void) => {
    this.listeners.add(listener);
    return () => {
      this.listeners.delete(listener);
    };
  };

  /** Listeners that come or go while it runs do not disturb the others. */
  emit(value: T): void {
    for (const listener of [...this.listeners]) listener(value);
  }
}
