import { appendFile, readFile, truncate } from 'node:fs/promises';
import { isDeepStrictEqual } from 'node:util';
import { UserError } from '../src/errors';
import { isMissing, messageOf, readError } from '../src/models/fileErrors';

/** What must be the same for two runs' results to stand in one table. */
export type Configuration = Readonly<Record<string, string | number>>;

/**
 * The results of a long benchmark as JSON Lines, so that a run that was killed goes on where it was: first the
 * configuration, then `{"key", "value"}` for each finished part. Without a file it remembers for this run alone.
 */
export class RunLog<T> {
  private constructor(
    private readonly file: string | null,
    private readonly done: Map<string, T>,
  ) {}

  /**
   * @throws UserError `usage` when the file holds results of another configuration, `bad-file` when it holds
   *   something else, `disk`
   */
  static async open<T>(file: string | undefined, configuration: Configuration): Promise<RunLog<T>> {
    if (file === undefined) return new RunLog<T>(null, new Map());
    const text = await read(file);
    // A run that was killed while it wrote leaves a line without an end: that part is measured again.
    const whole = text.slice(0, text.lastIndexOf('\n') + 1);
    if (whole === '') {
      await write(file, async () => {
        if (text !== '') await truncate(file);
        await appendFile(file, `${JSON.stringify({ configuration })}\n`);
      });
      return new RunLog<T>(file, new Map());
    }
    const [first, ...lines] = whole.trimEnd().split('\n');
    refuseOther(file, (parse(file, first) as { configuration?: Configuration }).configuration, configuration);
    const entries = lines.map((line) => parse(file, line) as { key: string; value: T });
    if (whole.length < text.length) await write(file, () => truncate(file, Buffer.byteLength(whole)));
    return new RunLog<T>(file, new Map(entries.map(({ key, value }) => [key, value])));
  }

  /** The result under this key: the one that is there, or that of `measure`, which is kept before it is given. */
  async once(key: string, measure: () => Promise<T>): Promise<T> {
    const known = this.done.get(key);
    if (known !== undefined) return known;
    const value = await measure();
    const { file } = this;
    if (file !== null) await write(file, () => appendFile(file, `${JSON.stringify({ key, value })}\n`));
    this.done.set(key, value);
    return value;
  }
}

async function read(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if (isMissing(error)) return '';
    throw readError(error, file);
  }
}

async function write(file: string, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    throw new UserError(
      'disk',
      `${file} could not be written: ${messageOf(error)}.`,
      'Give --out another file.',
      {
        cause: error,
      },
    );
  }
}

function parse(file: string, line: string): object {
  try {
    const value: unknown = JSON.parse(line);
    if (typeof value === 'object' && value !== null) return value;
  } catch {
    // Said below.
  }
  throw new UserError('bad-file', `${file} does not hold a benchmark's results.`, 'Give --out another file.');
}

function refuseOther(file: string, found: Configuration | undefined, wanted: Configuration): void {
  if (isDeepStrictEqual(found, wanted)) return;
  const names = [...new Set([...Object.keys(found ?? {}), ...Object.keys(wanted)])];
  const differing = names.filter((name) => found?.[name] !== wanted[name]);
  const differences = differing.map(
    (name) => `${name} ${found?.[name] ?? 'unknown'}, here ${wanted[name] ?? 'unknown'}`,
  );
  throw new UserError(
    'usage',
    `${file} holds results of another configuration: ${differences.join('; ')}.`,
    'Give --out another file.',
  );
}
