import { UserError } from '../../../errors';
import { t } from '../../../l10n';
import type { Model } from '../../model';
import type { HeadKind } from '../card';
import type { Checkpoint } from './checkpoint';
import type { HeadPart } from './headPart';
import type { HeadWeights } from './headWeights';

/** Where a format's reader leaves a head. */
export interface HeadBuilder {
  /** The model that the head is to guess for. */
  readonly target: Pick<Model, 'name' | 'config' | 'tensor'>;
  readonly weights: HeadWeights;
  /** A new ONNX part, `<name>.onnx`. */
  part(name: string): HeadPart;
}

/** What a head turned out to be. */
export interface ImportedHead {
  /** Tokens that it guesses, one after another. */
  readonly levels: number;
  /** Tokens that it can guess. */
  readonly draftVocabulary: number;
  /** The target's layers whose outputs it reads, side by side; without them, the state after the final norm. */
  readonly layers?: readonly number[];
}

/** A format that heads are released in. */
export interface HeadFormat {
  /** For people. */
  readonly name: string;
  /** Which drafter runs it. */
  readonly kind: HeadKind;
  /** The checkpoint under the names that `convert` knows, or null when it is of another format. */
  recognise(source: Checkpoint): Checkpoint | null;
  /** Stores the head's weights and writes its parts. @throws UserError */
  convert(source: Checkpoint, head: HeadBuilder): Promise<ImportedHead>;
}

/** @throws UserError `usage` when the tensor shows that the head was made for states of another size */
export function requireHidden(
  source: Checkpoint,
  tensor: string,
  found: number,
  { target }: HeadBuilder,
): void {
  const wanted = target.config.hiddenSize;
  if (found === wanted) return;
  throw otherTarget(
    t(
      '{0} is a head for another target than {1}: {2} reads states of {3} numbers, and those here have {4}.',
      source.path,
      target.name,
      tensor,
      found,
      wanted,
    ),
  );
}

/** @throws UserError `usage` when the tensor shows that the head was made for another vocabulary */
export function requireVocabulary(
  source: Checkpoint,
  tensor: string,
  found: number,
  { target }: HeadBuilder,
): void {
  const wanted = target.config.vocabulary;
  if (found === wanted) return;
  throw otherTarget(
    t(
      '{0} is a head for another target than {1}: {2} is for a vocabulary of {3} tokens, and that here has {4}.',
      source.path,
      target.name,
      tensor,
      found,
      wanted,
    ),
  );
}

function otherTarget(sentence: string): UserError {
  return new UserError(
    'usage',
    sentence,
    t('Give the model that it was made for (--model), or a head for this one.'),
  );
}
