import type { TimeTravel } from './timeTravel';

/** What a key of the transport bar does; null for any other key. */
export function travelKey(key: string, travel: TimeTravel): (() => void) | null {
  switch (key) {
    case ',':
      return () => travel.by(-1);
    case '.':
      return () => travel.by(1);
    case '<':
      return () => travel.toRejection(-1);
    case '>':
      return () => travel.toRejection(1);
    case ' ':
      return () => travel.toggle();
    case 'Escape':
      return () => travel.toNow();
    default:
      return null;
  }
}
