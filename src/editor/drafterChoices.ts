import { z } from 'zod';

const manifestSchema = z.object({
  contributes: z.object({
    configuration: z.array(
      z.object({
        properties: z.record(
          z.string(),
          z.object({
            enum: z.array(z.string()).optional(),
            enumItemLabels: z.array(z.string()).optional(),
            enumDescriptions: z.array(z.string()).optional(),
          }),
        ),
      }),
    ),
  }),
});

export interface DrafterChoice {
  readonly id: string;
  readonly name: string;
  readonly summary: string;
}

/**
 * The drafters there are, read from the extension's manifest: the settings editor shows the same list. A unit
 * test holds it equal to the engine's catalogue, which this room must not import.
 */
export function drafterChoices(manifest: unknown): DrafterChoice[] {
  const { configuration } = manifestSchema.parse(manifest).contributes;
  const setting = configuration.map(({ properties }) => properties['draftscope.drafter']).find(Boolean);
  return (setting?.enum ?? []).map((id, i) => ({
    id,
    name: setting?.enumItemLabels?.[i] ?? id,
    summary: setting?.enumDescriptions?.[i] ?? '',
  }));
}
