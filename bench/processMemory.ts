/** What Linux says of a process's resident memory, in bytes; see proc(5). */
export interface ProcessMemory {
  /** The most that was resident at once so far. */
  readonly peak: number;
  readonly resident: number;
  /** Of it, what stands behind no file: heaps, stacks, copies. */
  readonly anonymous: number;
}

/** Reads `/proc/<pid>/status`. */
export function parseStatus(text: string): ProcessMemory {
  const bytes = (field: string): number => {
    const found = new RegExp(`^${field}:\\s+(\\d+) kB$`, 'm').exec(text);
    if (found === null) throw new Error(`the process status has no ${field}`);
    return Number(found[1]) * 1024;
  };
  return { peak: bytes('VmHWM'), resident: bytes('VmRSS'), anonymous: bytes('RssAnon') };
}

/** Bytes of a file that are resident through mappings of it, by `/proc/<pid>/smaps`. */
export function mappedBytes(smaps: string, file: string): number {
  let bytes = 0;
  let isFile = false;
  for (const line of smaps.split('\n')) {
    // A mapping begins with its addresses and ends its first line with the file's path.
    if (/^[0-9a-f]+-[0-9a-f]+ /.test(line)) isFile = line.endsWith(` ${file}`);
    else if (isFile && line.startsWith('Rss:')) bytes += Number(/\d+/.exec(line)?.[0]) * 1024;
  }
  return bytes;
}
