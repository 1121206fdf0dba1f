import { UserError } from '../../../errors';
import { t } from '../../../l10n';
import type { Checkpoint } from './checkpoint';
import type { HeadBuilder } from './format';

/** Which tokens the rows of a projection are, where they are not the whole vocabulary's. */
export interface TokenIds {
  readonly ids: readonly number[];
  /** Their name in the weights file. */
  readonly stored: string;
}

/**
 * Stores the ids that a checkpoint's tensor told.
 *
 * @throws UserError `usage` when one is no token of the target
 */
export async function storeIds(
  source: Checkpoint,
  tensor: string,
  ids: readonly number[],
  { target, weights }: HeadBuilder,
): Promise<TokenIds> {
  const { vocabulary } = target.config;
  const foreign = ids.find((id) => id < 0 || id >= vocabulary);
  if (foreign !== undefined) {
    throw new UserError(
      'usage',
      t(
        '{0} is a head for another target than {1}: {2} names the token {3}, and there are {4}.',
        source.path,
        target.name,
        tensor,
        foreign,
        vocabulary,
      ),
      t('Give the model that it was made for (--model), or a head for this one.'),
    );
  }
  return { ids, stored: await weights.ids('vocabulary.ids', ids) };
}
