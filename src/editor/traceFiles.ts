import * as vscode from 'vscode';
import path from 'node:path';
import { UserError } from '../errors';
import { fileBytes, heldBytes, type ByteSource } from '../trace/byteSource';
import type { Trace } from '../trace/parse';
import { readTrace, readTraceStream } from '../trace/reader';
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

/**
 * Reads a whole trace from wherever the editor can read.
 *
 * @throws UserError `bad-file`
 */
export async function readTraceAt(uri: vscode.Uri): Promise<Trace> {
  if (uri.scheme === 'file') return readTrace(uri.fsPath);
  return readTraceStream(once(await readBytes(uri)), nameOf(uri));
}

/**
 * The bytes of a trace, wherever the editor can read, to read in places.
 *
 * @throws UserError `bad-file`
 */
export async function traceBytesAt(uri: vscode.Uri): Promise<ByteSource> {
  return uri.scheme === 'file' ? fileBytes(uri.fsPath) : heldBytes(await readBytes(uri));
}

async function readBytes(uri: vscode.Uri): Promise<Uint8Array> {
  try {
    return await vscode.workspace.fs.readFile(uri);
  } catch (error) {
    throw new UserError('bad-file', `${uri.toString(true)} could not be read.`, 'Check that it is there.', {
      cause: error,
    });
  }
}

// eslint-disable-next-line @typescript-eslint/require-await
async function* once(bytes: Uint8Array): AsyncIterable<Uint8Array> {
  yield bytes;
}

export function nameOf(uri: vscode.Uri): string {
  return path.posix.basename(uri.path);
}
