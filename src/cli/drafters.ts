import { stat } from 'node:fs/promises';
import path from 'node:path';
import { drafters } from '../engine/drafters/catalogue';
import type { HeadKind } from '../models/heads/card';
import { cardName, openHeadFolder } from '../models/heads/headFolder';
import type { Model } from '../models/model';
import type { OpenOptions } from '../models/openOptions';
import type { TraceHeader } from '../trace/schema';
import { EXIT, type Io } from './io';
import { headLine } from './traceReport';
import { withModel } from './withModel';

type HeadFacts = NonNullable<TraceHeader['drafter']['head']>;

export interface DraftersOptions {
  readonly model: string;
  /** A folder of heads instead of those that come with the program. */
  readonly head?: string;
  readonly json?: boolean;
}

/** Lists the drafters there are, and what is known of the heads that a model has for them. */
export async function listDrafters(
  { model: id, head, json = false }: DraftersOptions,
  io: Io,
): Promise<number> {
  return withModel(id, io, async (model, options, clear) => {
    const listed = [];
    // A head alone and beside another drafter is the same one.
    const heads = new Map<HeadKind, HeadFacts | null>();
    for (const { description } of drafters) {
      const { id: drafter, name, summary, needs } = description;
      if (typeof needs === 'object' && !heads.has(needs.head)) {
        heads.set(needs.head, await headOf(needs.head, head, model, options));
      }
      const facts = typeof needs === 'object' ? heads.get(needs.head) : undefined;
      listed.push({ id: drafter, name, summary, needs, ...(facts === undefined ? {} : { head: facts }) });
    }
    clear();
    if (json) {
      io.stdout(`${JSON.stringify({ model: model.id, drafters: listed })}\n`);
      return EXIT.ok;
    }
    const width = Math.max(...listed.map((drafter) => drafter.id.length));
    for (const { id: drafter, summary, head: facts } of listed) {
      io.stdout(`${drafter.padEnd(width)}  ${summary}\n`);
      if (facts === undefined) continue;
      const text = facts === null ? `No such head for ${model.name} ${where(head)}` : headLine(facts);
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
