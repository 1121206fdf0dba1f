import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import vm from 'node:vm';
import { COMMANDS } from '../../src/editor/ids';
import { repositoryRoot } from '../support/repository';

/** The part of `vscode` that the bundle uses before a view is open: a window in a browser, made of a few lines. */
class FakeWindow {
  readonly commands = new Map<string, (...args: unknown[]) => unknown>();
  readonly errors: string[] = [];
  editor: {
    openCustomDocument(uri: FakeUri): { record: { state: { status: unknown; title: string } } };
  } | null = null;

  readonly api = {
    l10n: { bundle: undefined },
    env: { language: 'en' },
    Uri: FakeUri,
    RelativePattern: class {},
    Disposable: { from: () => ({ dispose: () => undefined }) },
    commands: {
      registerCommand: (id: string, run: (...args: unknown[]) => unknown) => {
        this.commands.set(id, run);
        return { dispose: () => undefined };
      },
      executeCommand: () => Promise.resolve(),
    },
    window: {
      createOutputChannel: () => ({ info: () => undefined, error: () => undefined }),
      registerWebviewViewProvider: () => ({}),
      registerCustomEditorProvider: (_: string, provider: FakeWindow['editor']) => {
        this.editor = provider;
        return {};
      },
      showErrorMessage: (message: string) => {
        this.errors.push(message);
        return Promise.resolve(undefined);
      },
    },
    workspace: {
      fs: { readFile: (uri: FakeUri) => Promise.resolve(new Uint8Array(readFileSync(uri.path))) },
      createFileSystemWatcher: () => ({ onDidChange: () => undefined, onDidCreate: () => undefined }),
    },
  };
}

class FakeUri {
  readonly scheme = 'vscode-vfs';
  constructor(readonly path: string) {}
  static joinPath(uri: FakeUri, ...parts: string[]): FakeUri {
    return new FakeUri(path.posix.join(uri.path, ...parts));
  }
  toString(): string {
    return `${this.scheme}:${this.path}`;
  }
}

/** Runs the bundle with what a browser's worker has, and nothing of Node's. */
function load(window: FakeWindow): { activate(context: unknown): void } {
  const code = readFileSync(path.join(repositoryRoot, 'dist/web/extension.js'), 'utf8');
  const module = { exports: {} as { activate(context: unknown): void } };
  const { TextDecoder, TextEncoder, URL, atob, btoa, crypto, performance } = globalThis;
  const { AbortController, clearTimeout, setTimeout } = globalThis;
  vm.runInNewContext(code, {
    ...{ TextDecoder, TextEncoder, URL, atob, btoa, crypto, performance },
    // The same classes as outside: what crosses the border is told by them.
    ...{ AbortController, ArrayBuffer, Uint8Array, clearTimeout, setTimeout },
    module,
    exports: module.exports,
    require: (name: string) => {
      assert.equal(name, 'vscode', `the bundle asks for ${name}`);
      return window.api;
    },
  });
  return module.exports;
}

describe('the extension in a browser, with a window made for the test', () => {
  let window: FakeWindow;

  beforeEach(() => {
    window = new FakeWindow();
    const extension = { extensionUri: new FakeUri(repositoryRoot), packageJSON: {} };
    load(window).activate({ extension, subscriptions: [] });
  });

  it('has every command, and says of those that need an engine where it is', async () => {
    assert.deepEqual([...window.commands.keys()].sort(), Object.values(COMMANDS).sort());
    await window.commands.get(COMMANDS.generateFromPrompt)!('hello');
    assert.match(window.errors[0], /generates on a machine of yours.*in VS Code on a desktop/);
  });

  it('reads a trace from a file system that is not this machine’s', async () => {
    const uri = new FakeUri(path.join(repositoryRoot, 'media/sample.spectrace.jsonl'));
    const { record } = window.editor!.openCustomDocument(uri);
    const { changed } = record as unknown as { changed: { subscribe(listener: () => void): () => void } };
    await new Promise<void>((resolve) => {
      changed.subscribe(() => {
        if ((record.state.status as { kind: string }).kind === 'finished') resolve();
      });
    });
    assert.equal(record.state.title, 'sample.spectrace.jsonl');
  });
});
