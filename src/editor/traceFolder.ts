import path from 'node:path';
import * as vscode from 'vscode';
import { TRACE_SUFFIX } from '../trace/schema';
import { traceName } from './traceName';

/** Most traces that a quick pick offers. */
const RECENT = 50;

/** The folder that generations write their traces to, and what is in it. */
export class TraceFolder {
  constructor(private readonly storage: vscode.Uri) {}

  /** @param setting the user's folder, empty for the extension's own storage */
  folder(setting: string): vscode.Uri {
    return setting === ''
      ? vscode.Uri.joinPath(this.storage, 'traces')
      : vscode.Uri.file(path.resolve(setting));
  }

  /** A new file for a generation that begins now; the engine makes the folder. */
  next(setting: string, drafter: string): vscode.Uri {
    return vscode.Uri.joinPath(this.folder(setting), traceName(new Date(), drafter));
  }

  /** The latest traces, newest first: their names begin with the time. */
  async recent(setting: string): Promise<vscode.Uri[]> {
    const folder = this.folder(setting);
    let entries: [string, vscode.FileType][];
    try {
      entries = await vscode.workspace.fs.readDirectory(folder);
    } catch (error) {
      // No generation has made the folder yet.
      if (error instanceof vscode.FileSystemError && error.code === 'FileNotFound') return [];
      throw error;
    }
    return entries
      .map(([name]) => name)
      .filter((name) => name.endsWith(TRACE_SUFFIX))
      .sort()
      .reverse()
      .slice(0, RECENT)
      .map((name) => vscode.Uri.joinPath(folder, name));
  }
}
