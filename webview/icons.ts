/** Outlines of the buttons' icons, in a square of 16 pixels: filled, no stroke. */
export const ICONS = {
  first: 'M3,3h2v10h-2zM13,3v10l-7,-5z',
  previousRejection: 'M8,3v10l-6,-5zM14,3v10l-6,-5z',
  previous: 'M11,3v10l-7,-5z',
  play: 'M4,2.5l9,5.5l-9,5.5z',
  pause: 'M4,3h3v10h-3zM9,3h3v10h-3z',
  next: 'M5,3v10l7,-5z',
  nextRejection: 'M2,3v10l6,-5zM8,3v10l6,-5z',
  last: 'M11,3h2v10h-2zM3,3v10l7,-5z',
} as const;

export type Icon = keyof typeof ICONS;
