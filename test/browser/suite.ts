import assert from 'node:assert/strict';
import path from 'node:path';
import { Harness, type PageOptions, type ViewPage } from './page';

const DIST = path.resolve(__dirname, '../..');

/**
 * Gives each test of the suite at hand a page of its own, of the built bundle, and holds it to a run without complaints:
 * broken content security policies are among them.
 *
 * @param opened told of every page
 * @returns opens the test's page
 */
export function eachOnItsPage(
  opened: (view: ViewPage) => void,
): (options?: PageOptions) => Promise<ViewPage> {
  let harness: Harness;
  let view: ViewPage;

  before(async () => {
    harness = await Harness.start(DIST);
  });
  after(() => harness?.stop());
  afterEach(async () => {
    const { complaints } = view;
    await view.close();
    assert.deepEqual(complaints, []);
  });
  return async (options) => {
    view = await harness.open(options);
    opened(view);
    return view;
  };
}
