import { z } from 'zod';
import { lineSchema, TRACE_SCHEMA } from './schema';

/**
 * The JSON Schema (draft 2020-12) of one line of a trace, derived from what the reader itself checks.
 * `npm run schema` writes it to `media/spectrace.schema.json`.
 */
export function traceJsonSchema(): Record<string, unknown> {
  const { $schema, ...line } = z.toJSONSchema(lineSchema, { target: 'draft-2020-12', io: 'input' });
  return {
    $schema,
    title: `A line of a Draftscope trace (${TRACE_SCHEMA})`,
    description:
      'A trace, *.spectrace.jsonl, is JSON Lines: one header, then one round a line, then the summary, which a ' +
      'trace that was cut off lacks. Fields that are not described here are allowed and ignored.',
    ...line,
  };
}

/** The file's text. */
export function traceJsonSchemaText(): string {
  return `${JSON.stringify(traceJsonSchema(), null, 2)}\n`;
}
