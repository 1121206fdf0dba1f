import { z } from 'zod';
import type { Extent } from '../trace/extent';
import { headerSchema, roundSchema, summarySchema } from '../trace/schema';
import { analysisSchema, settingChangeSchema } from './analysis';
import { comparisonSchema } from './comparison';
import { draftedSchema, progressSchema } from './engine';
import { changesSchema, forecastSchema } from './whatIf';

/**
 * The messages between the editor and the webview. The editor owns the record; the view has the columns of every
 * round (`trace/roundColumns.ts`), the nodes of those it shows (`trace/nodeSlice.ts`), and a whole round where
 * the user looks closer.
 *
 * A webview that becomes visible says `ready` and gets one `snapshot`, which may begin a longer record; what is
 * missing and what is new follows in deltas, of which only a few are under way that the view has not yet said to
 * have `received`. Nodes that it lacks it `want`s, a whole round it `ask`s for, and what follows from the rounds it has
 * the editor `analyse`. `generation` numbers the record, so that a late message of an old one is dropped.
 */

/** Rounds that a view may want at once. */
export const PAGE = 128;

/** What the view says while there is nothing else to draw, and in its status line afterwards. */
export const viewStatusSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('empty') }),
  z.object({ kind: z.literal('working'), progress: progressSchema }),
  z.object({ kind: z.literal('generating') }),
  /** A trace file is being read; what was read so far is shown. */
  z.object({ kind: z.literal('reading'), done: z.number().nonnegative(), total: z.number().nonnegative() }),
  z.object({ kind: z.literal('finished') }),
  /** The record ends before a summary: the file was cut off or damaged, or the engine died. */
  z.object({ kind: z.literal('truncated'), reason: z.string() }),
  z.object({ kind: z.literal('error'), message: z.string() }),
]);
export type ViewStatus = z.infer<typeof viewStatusSchema>;

const count = z.int().nonnegative();
const buffer = z.instanceof(ArrayBuffer);

/** Rows of the round columns. */
const roundRowsSchema = z.object({ count, data: buffer });

export const nodeSliceSchema = z.object({
  first: count,
  count,
  words: z.array(z.object({ token: count, text: z.string(), bytes: z.string() })),
  sources: z.array(z.string()),
  size: count,
  nodes: buffer,
  endings: buffer,
});

/** Rounds `[first, last)`. */
const rangeSchema = z.object({ first: count, last: count });

const extentSchema = z.object({ rounds: count, of: count }) satisfies z.ZodType<Extent>;

const state = {
  /** Counts snapshots and deltas. */
  sequence: count,
  generation: z.int(),
  /** null when it is not known yet or, in a delta, as before. */
  header: headerSchema.nullable(),
  summary: summarySchema.nullable(),
  status: viewStatusSchema,
  /** What a reader must know of the trace besides, empty for nothing. */
  note: z.string(),
};

export const pictureFormatSchema = z.enum(['svg', 'png']);
export type PictureFormat = z.infer<typeof pictureFormatSchema>;

/** Editor to webview. */
export const toViewSchema = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('snapshot'),
    ...state,
    /** `panel`: the narrow side panel; `wide`: a trace opened as an editor. */
    layout: z.enum(['panel', 'wide']),
    /** File name for a trace, empty for a live generation. */
    title: z.string(),
    rounds: roundRowsSchema,
    /** Nodes that were at hand, where the view will look first. */
    nodes: nodeSliceSchema.nullable(),
  }),
  z.object({
    type: z.literal('delta'),
    ...state,
    /** The index of the first of `rounds`. */
    from: count,
    rounds: roundRowsSchema,
    nodes: nodeSliceSchema.nullable(),
    /** The draft that is being verified now, if any. */
    drafted: draftedSchema.nullable(),
  }),
  /** Answers `want`. */
  z.object({ type: z.literal('nodes'), generation: z.int(), nodes: nodeSliceSchema }),
  /** Answers `ask`. */
  z.object({ type: z.literal('round'), generation: z.int(), round: roundSchema }),
  /** Answers either where the rounds can no longer be read. */
  z.object({ type: z.literal('unread'), generation: z.int(), first: count, message: z.string() }),
  /** Answers `analyse`. */
  z.object({
    type: z.literal('analysis'),
    generation: z.int(),
    /** As it was asked for. */
    range: rangeSchema.nullable(),
    /** The rounds that it is about: those asked for, or their beginning where they are too many. */
    about: rangeSchema,
    analysis: analysisSchema,
  }),
  /** Answers it where the rounds can no longer be read. */
  z.object({ type: z.literal('unanalysed'), generation: z.int(), message: z.string() }),
  /** Answers `predict`. */
  z.object({
    type: z.literal('forecast'),
    generation: z.int(),
    forecast: forecastSchema,
    /** The rounds that it is about: the beginning where they are too many. */
    about: extentSchema,
  }),
  /** Answers it where nothing can be predicted. */
  z.object({ type: z.literal('unforeseen'), generation: z.int(), message: z.string() }),
  /** The record beside another trace, `other` by name: the record is A, the other is B. */
  z.object({
    type: z.literal('comparison'),
    generation: z.int(),
    other: z.string(),
    comparison: comparisonSchema,
    /** The rounds of each that it is about. */
    extents: z.object({ a: extentSchema, b: extentSchema }),
  }),
  /** Asks for a `picture` of what the view shows. */
  z.object({ type: z.literal('draw'), format: pictureFormatSchema }),
  /** Shows a round, a node or an end token, as soon as its round is there; the id is `trace/item.ts`'s. */
  z.object({ type: z.literal('reveal'), item: z.string() }),
]);
export type ToView = z.infer<typeof toViewSchema>;

/** Webview to editor. */
export const fromViewSchema = z.discriminatedUnion('type', [
  /** `round`: where the view will look first, null where it does not know yet. */
  z.object({ type: z.literal('ready'), round: count.nullable() }),
  /** This snapshot or delta has been drawn, and with it those before it. */
  z.object({ type: z.literal('received'), sequence: count }),
  /** The nodes of rounds `[first, first + count)`. */
  z.object({ type: z.literal('want'), generation: z.int(), first: count, count: z.int().min(1).max(PAGE) }),
  /** A whole round. */
  z.object({ type: z.literal('ask'), generation: z.int(), round: count }),
  /** What follows from some rounds, or, for null, from all there are. A later question takes an earlier one's place. */
  z.object({ type: z.literal('analyse'), generation: z.int(), range: rangeSchema.nullable() }),
  /** What the run would have done under another setting. A later question takes an earlier one's place. */
  z.object({ type: z.literal('predict'), generation: z.int(), changes: changesSchema }),
  /** The user wants what a finding proposes. */
  z.object({ type: z.literal('change'), setting: settingChangeSchema }),
  /** The user pressed a button of the view; the editor runs the command of that name. */
  z.object({
    type: z.literal('command'),
    command: z.enum(['generate', 'openSample', 'openTrace', 'exportTrace', 'compareTraces', 'cancel']),
  }),
  /** What the view shows, as a file that the editor is to keep where the user says. */
  z.object({ type: z.literal('picture'), format: pictureFormatSchema, title: z.string(), data: buffer }),
  /** The view received something it does not understand: a defect, for the log. */
  z.object({ type: z.literal('problem'), message: z.string() }),
]);
export type FromView = z.infer<typeof fromViewSchema>;
