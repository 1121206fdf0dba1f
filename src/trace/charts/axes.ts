import { ticks } from 'd3';
import { percent } from '../words';
import type { Axis } from './chart';

/** Shares from none to all. */
export function shareAxis(title: string): Axis {
  return { title, domain: [0, 1], ticks: [0, 0.5, 1].map((at) => ({ at, label: percent(at) })) };
}

/** From 0 to the largest number there is, at few round numbers. */
export function numberAxis(title: string, most: number): Axis {
  const end = most > 0 ? most : 1;
  return { title, domain: [0, end], ticks: ticks(0, end, 4).map((at) => ({ at, label: `${at}` })) };
}

/** Groups beside each other, each one unit wide, the first from 0 to 1. */
export function groupAxis(title: string, labels: readonly string[]): Axis {
  return {
    title,
    domain: [0, Math.max(1, labels.length)],
    ticks: labels.map((label, i) => ({ at: i + 0.5, label })),
  };
}
