import * as vscode from 'vscode';
import { UserError } from '../errors';
import { t } from '../l10n';
import { heldBytes, pieces, type ByteSource } from '../trace/byteSource';
import type { ReadOptions, Trace } from '../trace/parse';
import { readTraceStream } from '../trace/streamReader';

/** How a file of this machine is read in places; null in a browser, which has none. */
let readHere: ((path: string) => Promise<ByteSource>) | null = null;

/** Lets files of this machine be read in places. Without it, and elsewhere, a file is read as a whole. */
export function readFilesWith(read: (path: string) => Promise<ByteSource>): void {
  readHere = read;
}

/**
 * Reads a trace to its end from wherever the editor can read.
 *
 * @throws UserError `bad-file`
 */
export async function readTraceAt(uri: vscode.Uri, options?: ReadOptions): Promise<Trace> {
  const name = uri.scheme === 'file' ? uri.fsPath : nameOf(uri);
  return readTraceStream(pieces(await traceBytesAt(uri)), name, options);
}

/**
 * The bytes of a trace, wherever the editor can read, to read in places.
 *
 * @throws UserError `bad-file`
 */
export async function traceBytesAt(uri: vscode.Uri): Promise<ByteSource> {
  return uri.scheme === 'file' && readHere !== null ? readHere(uri.fsPath) : heldBytes(await readBytes(uri));
}

async function readBytes(uri: vscode.Uri): Promise<Uint8Array> {
  try {
    return await vscode.workspace.fs.readFile(uri);
  } catch (error) {
    throw new UserError(
      'bad-file',
      t('{0} could not be read.', uri.toString(true)),
      t('Check that it is there.'),
      {
        cause: error,
      },
    );
  }
}

export function nameOf(uri: vscode.Uri): string {
  return uri.path.slice(uri.path.lastIndexOf('/') + 1);
}
