import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';

/** What a Python of the tests does when pip is asked to download; `dest` is the folder it is given. */
const DOWNLOADS = {
  fails: `console.error('WARNING: retrying'); console.error('ERROR: No matching distribution found.'); process.exit(1);`,
  fillsTheDisk: `console.error('ERROR: Could not install: [Errno 28] No space left on device'); process.exit(1);`,
  bringsAWheel: `fs.writeFileSync(path.join(dest, 'x-py3-none-any.whl'), 'wheel');`,
  // Waits for ever, after a first part of the file.
  neverEnds: `fs.writeFileSync(path.join(process.env.TMPDIR, 'part'), 'half'); setInterval(() => {}, 1e6);`,
};

export interface FakePython {
  readonly download: keyof typeof DOWNLOADS;
  /** The content of every member that is unpacked. */
  readonly unpacked?: string;
  readonly hasPip?: boolean;
}

/** Puts a `python3` into `folder` that downloads and unpacks as told. */
export function installPython(
  folder: string,
  { download, unpacked = 'other bytes', hasPip = true }: FakePython,
): void {
  const script = `#!${process.execPath}
const fs = require('node:fs'), path = require('node:path');
const args = process.argv.slice(2), dest = args[args.indexOf('--dest') + 1];
if (args[1] === 'pip' && !${hasPip}) process.exit(1);
if (args[2] === 'download') { ${DOWNLOADS[download]} }
if (args[0] === '-c') {
  const [, , , work, ...members] = args;
  for (const member of members) {
    fs.mkdirSync(path.dirname(path.join(work, member)), { recursive: true });
    fs.writeFileSync(path.join(work, member), ${JSON.stringify(unpacked)});
  }
}
`;
  mkdirSync(folder, { recursive: true });
  writeFileSync(path.join(folder, 'python3'), script);
  chmodSync(path.join(folder, 'python3'), 0o755);
}
