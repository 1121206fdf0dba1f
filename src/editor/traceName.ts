import { TRACE_SUFFIX } from '../trace/schema';

/** `2026-01-31T12-30-59-123-suffix.spectrace.jsonl`: sorts by time (UTC) and is valid on every file system. */
export function traceName(time: Date, drafter: string): string {
  const stamp = time.toISOString().replace(/[:.]/g, '-').replace('Z', '');
  return `${stamp}-${drafter.replace(/[^\w-]/g, '_')}${TRACE_SUFFIX}`;
}
