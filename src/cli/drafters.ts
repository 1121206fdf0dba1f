import { stat } from 'node:fs/promises';
import path from 'node:path';
import { drafters } from '../engine/drafters/catalogue';
import type { DraftModelCard, HeadKind } from '../models/heads/card';
import { checkedDraftModel } from '../models/heads/draftModelFolder';
import { cardName, openHeadFolder } from '../models/heads/headFolder';
import type { Model } from '../models/model';
import type { OpenOptions } from '../models/openOptions';
import { decimal } from '../l10n';
import type { TraceHeader } from '../trace/schema';
import { EXIT, type Io } from './io';
import { counted } from './format';
import { headLine } from './traceReport';
import { withModel } from './withModel';

type HeadFacts = NonNullable<TraceHeader['drafter']['head']>;

export interface DraftersOptions {
  readonly model: string;
  /** A folder of heads instead of those that come with the program. */
  readonly head?: string;
  readonly json?: boolean;
}

/** Lists the drafters there are, and what is known of the heads and the draft model that a model has for them. */
export async function listDrafters(
  { model: id, head, json = false }: DraftersOptions,
  io: Io,
): Promise<number> {
  return withModel(id, io, async (model, options, clear) => {
    const listed = [];
    // A head alone and beside another drafter is the same one.
    const heads = new Map<HeadKind, HeadFacts | null>();
    const draftModel = await draftModelOf(model, options);
    for (const { description } of drafters) {
      const { id: drafter, name, summary, needs } = description;
      if (typeof needs === 'object' && !heads.has(needs.head)) {
        heads.set(needs.head, await headOf(needs.head, head, model, options));
      }
      const facts = typeof needs === 'object' ? heads.get(needs.head) : undefined;
      listed.push({
        id: drafter,
        name,
        summary,
        needs,
        ...(facts === undefined ? {} : { head: facts }),
        ...(needs === 'draftModel' ? { draftModel } : {}),
      });
    }
    clear();
    if (json) {
      io.stdout(`${JSON.stringify({ model: model.id, drafters: listed })}\n`);
      return EXIT.ok;
    }
    const width = Math.max(...listed.map((drafter) => drafter.id.length));
    for (const { id: drafter, summary, needs, head: facts } of listed) {
      io.stdout(`${drafter.padEnd(width)}  ${summary}\n`);
      if (needs === 'nothing') continue;
      const text =
        facts === undefined
          ? draftModelLine(draftModel, model)
          : facts === null
            ? `No such head for ${model.name} ${where(head)}`
            : headLine(facts);
      io.stdout(`${' '.repeat(width)}  ${text}.\n`);
    }
    return EXIT.ok;
  });
}

const where = (folder: string | undefined) =>
  folder === undefined ? 'comes with Draftscope' : `is in ${folder}`;

/** What is known of the model's head of a kind; null where there is none. */
async function headOf(
  kind: HeadKind,
  folder: string | undefined,
  model: Model,
  options: OpenOptions,
): Promise<HeadFacts | null> {
  const { factsOf, shippedHead } = await import('../engine/heads/openHead');
  const place = folder ?? (await shippedHead(kind, model));
  if (place === null || (await stat(path.join(place, cardName(kind))).catch(() => null)) === null)
    return null;
  return factsOf(await openHeadFolder(place, kind, model, options), folder);
}

/** The card of the draft model that comes with the program for a model; null where there is none. */
async function draftModelOf(model: Model, options: OpenOptions): Promise<DraftModelCard | null> {
  const { shippedDraftModel } = await import('../engine/heads/openHead');
  const place = await shippedDraftModel(model);
  return place === null ? null : (await checkedDraftModel(place, model, options)).card;
}

/** What a draft model is and where it comes from: one line. @param card null where none comes with the program */
export function draftModelLine(card: DraftModelCard | null, model: Pick<Model, 'name'>): string {
  if (card === null) return `No draft model for ${model.name} comes with Draftscope`;
  const { decoderLayers, target, training, licence } = card;
  const trained =
    training === undefined
      ? ''
      : `trained on ${counted(training.tokens, 'token')} in ${decimal(training.steps)} steps; `;
  return `Draft model for ${target.name}, layers: ${decimal(decoderLayers)}; ${trained}licence ${licence}`;
}
