import type { BaseType, Selection } from 'd3';

/**
 * Writes to the page that change nothing are left out: a browser that is given the same text or attribute again
 * makes a new text of it, lays it out and paints it.
 */

type Value = string | number | boolean | null;

/** A value for all elements of a selection, or how it follows from the datum of each. */
type Wanted<D, V> = V | ((datum: D, index: number) => V);

/** Gives each element this text and nothing else. */
export function setText<E extends BaseType, D, P extends BaseType, PD>(
  selection: Selection<E, D, P, PD>,
  text: Wanted<D, string>,
): void {
  selection.each(function (datum, i) {
    const wanted = typeof text === 'function' ? text(datum, i) : text;
    const element = this as unknown as Element;
    if (element.textContent !== wanted) element.textContent = wanted;
  });
}

/** Sets attributes; null takes one away. */
export function setAttributes<E extends BaseType, D, P extends BaseType, PD>(
  selection: Selection<E, D, P, PD>,
  attributes: Readonly<Record<string, Wanted<D, Value>>>,
): void {
  selection.each(function (datum, i) {
    for (const [name, value] of Object.entries(attributes)) {
      setAttribute(this as unknown as Element, name, typeof value === 'function' ? value(datum, i) : value);
    }
  });
}

/** Shows or hides all of a selection. */
export function setHidden<E extends BaseType, D, P extends BaseType, PD>(
  selection: Selection<E, D, P, PD>,
  hidden: Wanted<D, boolean>,
): void {
  const value = (isHidden: boolean) => (isHidden ? '' : null);
  setAttributes(selection, {
    hidden: typeof hidden === 'function' ? (datum: D, i: number) => value(hidden(datum, i)) : value(hidden),
  });
}

export function setAttribute(element: Element, name: string, value: Value): void {
  const wanted = value === null ? null : String(value);
  if (element.getAttribute(name) === wanted) return;
  if (wanted === null) element.removeAttribute(name);
  else element.setAttribute(name, wanted);
}
