import { t } from '../src/l10n';
import type { TraceSummary } from '../src/trace/schema';
import type { RecordStore } from './store';
import { duration, movedWords } from '../src/trace/labels';
import { counted } from '../src/trace/words';

/** The status line's words. */
export interface StatusLine {
  readonly tone: 'quiet' | 'busy' | 'warning' | 'error';
  readonly text: string;
  /** 0 to 1, null where it is not known, undefined where there is no bar. */
  readonly progress?: number | null;
}

function finishText(reason: TraceSummary['finishReason']): string {
  switch (reason) {
    case 'stop':
      return t('the model ended the text');
    case 'length':
      return t('token limit reached');
    case 'context':
      return t('context full');
    case 'cancelled':
      return t('cancelled');
  }
}

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
  const soFar = t('{0} in {1}', counted(tally.tokens, 'token'), counted(tally.rounds, 'round'));
  switch (status.kind) {
    case 'empty':
      return { tone: 'quiet', text: '' };
    case 'working': {
      const { message, done, total } = status.progress;
      const known = total !== null && total > 0;
      return { tone: 'busy', text: message, progress: known ? Math.min(1, done / total) : null };
    }
    case 'generating':
      return { tone: 'busy', text: tally.rounds === 0 ? t('generating…') : t('generating: {0}', soFar) };
    case 'reading':
      return {
        tone: 'busy',
        text: t('reading the file: {0} so far', soFar),
        progress: status.total > 0 ? Math.min(1, status.done / status.total) : null,
      };
    case 'finished':
      return {
        tone: 'quiet',
        text: `${soFar}, ${duration(tally.total)}${summary === null ? '' : ending(summary)}`,
      };
    case 'truncated':
      return {
        tone: 'warning',
        text: t('{0} What was recorded before is shown: {1}.', status.reason, soFar),
      };
    case 'error':
      return { tone: 'error', text: status.message };
  }
}

/** How it ended, what a device exchanged with the host in all, and that it failed, if it did. */
function ending({ finishReason, moved, fallback }: TraceSummary): string {
  const parts = [finishText(finishReason)];
  if (moved !== undefined) parts.push(movedWords(moved));
  if (fallback !== undefined) parts.push(t('{0} failed in round {1}', fallback.from, fallback.round));
  return `: ${parts.join('; ')}`;
}
