import type { InferenceSession } from 'onnxruntime-node';
import { UserError } from '../../errors';
import { t } from '../../l10n';
import type { HeadFolder } from '../../models/heads/headFolder';
import { openSession, type Feeds, type Results } from '../session';
import type { Guesses } from './head';
import type { TargetTables } from './targetTables';

/** The outputs of every part that guesses. */
export const GUESSES = ['top.token', 'top.probability'] as const;

/** What a part is expected to have beside the target's tables and a cache. */
export interface PartShape {
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
}

/** One ONNX part of a head, ready to run. */
export class HeadPart {
  constructor(
    private readonly session: InferenceSession,
    private readonly tables: Feeds,
  ) {}

  get inputs(): InferenceSession['inputMetadata'] {
    return this.session.inputMetadata;
  }

  /** Runs it; the target's tables are fed besides. */
  run(feeds: Feeds, wanted: readonly string[]): Promise<Results> {
    return this.session.run({ ...this.tables, ...feeds }, wanted);
  }

  async dispose(): Promise<void> {
    await this.session.release();
  }
}

/** The ONNX parts of a head, opened one by one. */
export class HeadParts {
  private readonly opened: HeadPart[] = [];

  constructor(
    private readonly folder: HeadFolder,
    private readonly tables: TargetTables,
    private readonly threads: number,
    /** Longest text of the target, in tokens. */
    readonly context: number,
  ) {}

  /** @throws UserError `bad-file` for a part that is missing, that is no graph, or that has other inputs or outputs */
  async open(name: string, shape: PartShape): Promise<HeadPart> {
    const file = this.folder.part(name);
    const session = await openSession(file, this.threads).catch((error: unknown) => {
      if (!(error instanceof UserError)) throw error;
      throw new UserError('bad-file', error.message, t('Export or import the head again.'), { cause: error });
    });
    const feeds = await this.tables.feeds(session.inputMetadata).catch(async (error: unknown) => {
      await session.release();
      throw error;
    });
    const part = new HeadPart(session, feeds);
    this.opened.push(part);
    requireShape(file, session, shape);
    return part;
  }

  async dispose(): Promise<void> {
    for (const part of this.opened) await part.dispose();
  }
}

function requireShape(file: string, session: InferenceSession, { inputs, outputs }: PartShape): void {
  const missing = [
    ...inputs.filter((name) => !session.inputNames.includes(name)),
    ...outputs.filter((name) => !session.outputNames.includes(name)),
  ];
  if (missing.length === 0) return;
  throw new UserError(
    'bad-file',
    t('{0} lacks what a head of this kind has: {1}.', file, missing.join(', ')),
    t('Export or import the head again, with this version.'),
  );
}

/** The guesses of a part's outputs, over `rows` rows. @param prefix what the outputs' names begin with */
export function guessesOf(results: Results, rows: number, prefix = ''): Guesses {
  const ids = results[`${prefix}top.token`].data as BigInt64Array;
  return {
    rows,
    topK: ids.length / rows,
    topToken: Int32Array.from(ids, Number),
    topProbability: results[`${prefix}top.probability`].data as Float32Array,
  };
}
