import { toViewSchema, type FromView, type ToView } from '../src/protocol/view';
import { checkerOf } from '../src/trace/fits';

interface EditorApi {
  postMessage(message: FromView): void;
  getState(): unknown;
  setState(state: unknown): void;
}

declare global {
  /** There inside the editor only. */
  var acquireVsCodeApi: (() => EditorApi) | undefined;
}

/** The way to and from whoever owns the record. */
export interface Channel {
  post(message: FromView): void;
  /** What `save` kept when this view was shown last; unchecked. */
  restore(): unknown;
  save(state: unknown): void;
  /** Messages that hold; every other one is answered with a `problem` and dropped. */
  listen(receive: (message: ToView) => void): void;
}

/** Marks what a page without an editor sends to itself, so that it is not taken for an incoming message. */
const OUTGOING = 'draftscope-webview';
const SAVED = 'draftscope-view';

const check = checkerOf(toViewSchema);

export function openChannel(): Channel {
  const api = globalThis.acquireVsCodeApi?.() ?? pageApi();
  return {
    post: (message) => api.postMessage(message),
    restore: () => api.getState(),
    save: (state) => api.setState(state),
    listen(receive) {
      window.addEventListener('message', ({ data }: MessageEvent<unknown>) => {
        if (isOwn(data)) return;
        const parsed = check(data);
        if (parsed.success) receive(parsed.data);
        else api.postMessage({ type: 'problem', message: problem(data, parsed.error.issues[0]) });
      });
    },
  };
}

/** A plain browser page in place of the editor: messages through the window, state for the tab's life. */
function pageApi(): EditorApi {
  return {
    postMessage: (message) => window.postMessage({ from: OUTGOING, message }, window.origin),
    getState: () => {
      const saved = sessionStorage.getItem(SAVED);
      return saved === null ? undefined : (JSON.parse(saved) as unknown);
    },
    setState: (state) => sessionStorage.setItem(SAVED, JSON.stringify(state)),
  };
}

function isOwn(data: unknown): boolean {
  return typeof data === 'object' && data !== null && 'from' in data && data.from === OUTGOING;
}

function problem(data: unknown, issue: { path: PropertyKey[]; message: string }): string {
  const type = typeof data === 'object' && data !== null && 'type' in data ? String(data.type) : typeof data;
  const where = issue.path.map(String).join('.');
  return `The view received a message of type ${type} that it does not understand${where === '' ? '' : ` (${where})`}: ${issue.message}.`;
}
