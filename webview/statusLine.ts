import type { TraceSummary } from '../src/trace/schema';
import type { RecordStore } from './store';
import { count, duration, movedWords } from '../src/trace/labels';

/** The status line's words. */
export interface StatusLine {
  readonly tone: 'quiet' | 'busy' | 'warning' | 'error';
  readonly text: string;
  /** 0 to 1, null where it is not known, undefined where there is no bar. */
  readonly progress?: number | null;
}

const FINISH: Record<TraceSummary['finishReason'], string> = {
  stop: 'the model ended the text',
  length: 'token limit reached',
  context: 'context full',
  cancelled: 'cancelled',
};

export function statusLine(
  record: Pick<RecordStore, 'status' | 'tally' | 'summary' | 'note' | 'unread'>,
): StatusLine {
  const line = lineOf(record);
  const remarks = [record.note, record.unread].filter((remark) => remark !== '');
  if (remarks.length === 0) return line;
  return {
    ...line,
    tone: line.tone === 'quiet' ? 'warning' : line.tone,
    text: [line.text.replace(/[^.]$/, '$&.'), ...remarks].join(' '),
  };
}

function lineOf({ status, tally, summary }: Pick<RecordStore, 'status' | 'tally' | 'summary'>): StatusLine {
  const soFar = `${count(tally.tokens, 'token')} in ${count(tally.rounds, 'round')}`;
  switch (status.kind) {
    case 'empty':
      return { tone: 'quiet', text: '' };
    case 'working': {
      const { message, done, total } = status.progress;
      const known = total !== null && total > 0;
      return { tone: 'busy', text: message, progress: known ? Math.min(1, done / total) : null };
    }
    case 'generating':
      return { tone: 'busy', text: tally.rounds === 0 ? 'generating…' : `generating: ${soFar}` };
    case 'reading':
      return {
        tone: 'busy',
        text: `reading the file: ${soFar} so far`,
        progress: status.total > 0 ? Math.min(1, status.done / status.total) : null,
      };
    case 'finished':
      return {
        tone: 'quiet',
        text: `${soFar}, ${duration(tally.total)}${summary === null ? '' : ending(summary)}`,
      };
    case 'truncated':
      return { tone: 'warning', text: `${status.reason} What was recorded before is shown: ${soFar}.` };
    case 'error':
      return { tone: 'error', text: status.message };
  }
}

/** How it ended, what a device exchanged with the host in all, and that it failed, if it did. */
function ending({ finishReason, moved, fallback }: TraceSummary): string {
  const parts = [FINISH[finishReason]];
  if (moved !== undefined) parts.push(movedWords(moved));
  if (fallback !== undefined) parts.push(`${fallback.from} failed in round ${fallback.round}`);
  return `: ${parts.join('; ')}`;
}
