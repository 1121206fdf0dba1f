import { z } from 'zod';
import { headerSchema, roundSchema, summarySchema } from '../trace/schema';
import { draftedSchema, progressSchema } from './engine';

/**
 * The messages between the editor and the webview. The editor owns the record of a generation: a webview
 * that becomes visible says `ready`, gets one `snapshot`, and from then on only what is new, at most one
 * message a frame. `generation` numbers the record, so that a late message of an old one is dropped.
 */

/** What the view says while there is nothing else to draw, and in its status line afterwards. */
export const viewStatusSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('empty') }),
  z.object({ kind: z.literal('working'), progress: progressSchema }),
  z.object({ kind: z.literal('generating') }),
  z.object({ kind: z.literal('finished') }),
  /** The record ends before a summary: the file was cut off or the engine died. */
  z.object({ kind: z.literal('truncated'), reason: z.string() }),
  z.object({ kind: z.literal('error'), message: z.string() }),
]);
export type ViewStatus = z.infer<typeof viewStatusSchema>;

/** Editor to webview. */
export const toViewSchema = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('snapshot'),
    generation: z.int(),
    /** `panel`: the narrow side panel; `wide`: a trace opened as an editor. */
    layout: z.enum(['panel', 'wide']),
    /** File name for a trace, empty for a live generation. */
    title: z.string(),
    header: headerSchema.nullable(),
    rounds: z.array(roundSchema),
    summary: summarySchema.nullable(),
    status: viewStatusSchema,
  }),
  z.object({
    type: z.literal('delta'),
    generation: z.int(),
    header: headerSchema.nullable(),
    rounds: z.array(roundSchema),
    /** The draft that is being verified now, if any. */
    drafted: draftedSchema.nullable(),
    summary: summarySchema.nullable(),
    status: viewStatusSchema,
  }),
]);
export type ToView = z.infer<typeof toViewSchema>;

/** Webview to editor. */
export const fromViewSchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('ready') }),
  /** The user pressed a button of the view; the editor runs the command of that name. */
  z.object({
    type: z.literal('command'),
    command: z.enum(['generate', 'openSample', 'openTrace', 'exportTrace', 'cancel']),
  }),
  /** The view received something it does not understand: a defect, for the log. */
  z.object({ type: z.literal('problem'), message: z.string() }),
]);
export type FromView = z.infer<typeof fromViewSchema>;
