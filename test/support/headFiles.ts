import { createHash } from 'node:crypto';
import type { HeadCard, HeadKind } from '../../src/models/heads/card';
import { tokenizerHash, type HeadTarget } from '../../src/models/heads/headFolder';

export const sha256Of = (content: string | Uint8Array): string =>
  createHash('sha256').update(content).digest('hex');

/** The card of a head for the target, over these files of its folder. */
export function cardOf(
  kind: HeadKind,
  target: HeadTarget,
  files: Readonly<Record<string, string | Uint8Array>>,
): HeadCard {
  return {
    version: 1,
    kind,
    levels: 3,
    licence: 'MIT',
    target: {
      name: target.name,
      files: target.files.map(({ name, bytes, sha256 }) => ({ name, bytes, sha256 })),
      hiddenSize: target.config.hiddenSize,
      vocabulary: target.config.vocabulary,
      tokenizerSha256: tokenizerHash(target.tokenizer),
    },
    draftVocabulary: { size: 32, coverage: 0.99 },
    files: Object.fromEntries(
      Object.entries(files).map(([name, content]) => [
        name,
        { bytes: Buffer.byteLength(content), sha256: sha256Of(content) },
      ]),
    ),
  };
}
