import type { ChildProcess } from 'node:child_process';
import diagnostics from 'node:diagnostics_channel';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import * as vscode from 'vscode';
import type { Outcome } from '../../src/editor/generator';

export const EXTENSION = 'draftscope.draftscope';

/** Long, and full of repeats that a drafter finds. */
export const PROMPT =
  'Write a Python function for each of add, subtract, multiply and divide, with a docstring.';

/** Runs the command as another extension would; undefined when it failed and said so to the user. */
export async function generate(prompt = PROMPT): Promise<Outcome | undefined> {
  return vscode.commands.executeCommand<Outcome | undefined>('draftscope.generateFromPrompt', prompt);
}

export interface Workbench {
  /** Changes settings below `draftscope.` until the test ends. */
  set(values: Record<string, unknown>): Promise<void>;
  /** An empty folder for the test's own files. */
  readonly folder: string;
  /** The traces that the test's generations have written, oldest first. */
  traces(): string[];
}

/** Gives each test of the surrounding `describe` its own settings, folder and traces, and no open editor. */
export function workbench(): Workbench {
  let folder = '';
  let changed: string[] = [];
  const configuration = () => vscode.workspace.getConfiguration('draftscope');
  const change = (name: string, value: unknown) =>
    configuration().update(name, value, vscode.ConfigurationTarget.Workspace);
  const set = async (values: Record<string, unknown>) => {
    for (const [name, value] of Object.entries(values)) {
      changed.push(name);
      await change(name, value);
    }
  };
  beforeEach(async () => {
    folder = fs.mkdtempSync(path.join(os.tmpdir(), 'draftscope-integration-'));
    await set({ traceFolder: path.join(folder, 'traces') });
  });
  afterEach(async () => {
    for (const name of changed) await change(name, undefined);
    changed = [];
    fs.rmSync(folder, { recursive: true, force: true });
    await closeEditors();
  });
  return {
    set,
    get folder() {
      return folder;
    },
    traces: () => {
      const traces = path.join(folder, 'traces');
      if (!fs.existsSync(traces)) return [];
      return fs
        .readdirSync(traces)
        .sort()
        .map((name) => path.join(traces, name));
    },
  };
}

/** Closes every editor; an untitled one is emptied first, so that nobody is asked about its text. */
async function closeEditors(): Promise<void> {
  for (const document of vscode.workspace.textDocuments) {
    if (!document.isUntitled || document.isClosed) continue;
    await vscode.window.showTextDocument(document);
    await vscode.commands.executeCommand('workbench.action.revertAndCloseActiveEditor');
  }
  await vscode.commands.executeCommand('workbench.action.closeAllEditors');
}

/** Resolves when the first generated text stands in an untitled document. */
export function firstText(): Promise<vscode.TextDocument> {
  return new Promise((resolve) => {
    const listening = vscode.workspace.onDidChangeTextDocument(({ document }) => {
      if (!document.isUntitled || document.getText() === '') return;
      listening.dispose();
      resolve(document);
    });
  });
}

/** The engine's processes in the order of their start. Node tells of every child of this extension host. */
export const engines: ChildProcess[] = [];

diagnostics.subscribe('child_process', (message) => {
  const { process: child } = message as { process: ChildProcess };
  child.once('spawn', () => {
    if (child.spawnargs.some((arg) => path.basename(arg) === 'engine.js')) engines.push(child);
  });
});
