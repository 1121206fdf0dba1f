import { cardName } from '../models/heads/headFolder';
import { importHead } from '../models/heads/import/importHead';
import { EXIT, type Io } from './io';
import { withModel } from './withModel';

export interface ImportHeadOptions {
  /** A .safetensors file, or the folder that it was downloaded to. */
  readonly head: string;
  /** A new folder. */
  readonly out: string;
  /** The target. */
  readonly model: string;
  readonly licence?: string;
  readonly json: boolean;
}

/** Makes a released head a folder that `--head` takes. */
export async function importHeadCommand(
  { head, out, model: id, licence, json }: ImportHeadOptions,
  io: Io,
): Promise<number> {
  return withModel(id, io, async (model, options, clear) => {
    const card = await importHead(head, out, model, { ...options, licence });
    clear();
    if (json) io.stdout(`${JSON.stringify({ folder: out, card })}\n`);
    else {
      const { kind, imported, levels, draftVocabulary } = card;
      io.stdout(
        `${out}/${cardName(kind)}: ${imported?.format} for ${model.name}, ${levels} levels, ` +
          `${draftVocabulary.size} tokens. Run it with --drafter ${kind} --head ${out}\n`,
      );
    }
    return EXIT.ok;
  });
}
