import type { Model } from '../../src/models/model';
import { DEFAULT_MODEL, openModel } from '../../src/models/open';

/**
 * The default model for the tests of the surrounding `describe`, opened as the product opens it: from the
 * cache, into which the test runner has fetched it beforehand.
 */
export function defaultModel(): () => Model {
  let model: Model | undefined;
  before(async () => {
    model = await openModel(DEFAULT_MODEL);
  });
  after(() => model?.close());
  return () => {
    if (model === undefined) throw new Error('the default model is there only while a test runs');
    return model;
  };
}
