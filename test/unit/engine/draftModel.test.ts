import assert from 'node:assert/strict';
import { convertedWeights } from '../../../src/engine/convert';
import { LoadedDraftModel, type DraftNode, type DraftScores } from '../../../src/engine/draftModel';
import type { KvDecoder } from '../../../src/engine/kvDecoder';
import { openDraftModel, type DraftTarget } from '../../../src/engine/openDraftModel';
import { openDecoder } from '../../../src/engine/providers';
import type { Model } from '../../../src/models/model';
import { draftModelFiles } from '../../support/draftModelFiles';
import { writeFiles, tinyModelFiles } from '../../support/huggingFaceFiles';
import { naiveLogits } from '../../support/naiveDecoder';
import { temporaryCache } from '../../support/temporaryCache';
import { temporaryFolder } from '../../support/temporaryFolder';
import { TINY, tinyModel } from '../../support/tinyModel';
import { userError } from '../../support/userError';

const noProgress = () => undefined;
const model = tinyModel({ embedding: 'F32', linear: () => 'F32' });
const TEXT = [5, 17, 3, 88, 41, 41, 9, 60, 2, 33];

describe('a draft model', function () {
  this.timeout(60_000);
  temporaryCache();
  let target: DraftTarget;
  let decoder: ReturnType<typeof counted>;
  let draft: LoadedDraftModel;

  const open = (id: string | undefined, signal?: AbortSignal) =>
    openDraftModel(id, target, { onProgress: noProgress, signal });

  before(async () => {
    const weights = await convertedWeights(model, 'fp32', noProgress);
    target = { model, weights, form: 'fp32', provider: 'cpu', threads: 1 };
  });
  beforeEach(async () => {
    decoder = counted(await openDecoder(target.weights, 'cpu', 1));
    const facts = { id: 'layers:2', name: 'tiny', files: [], layers: 2 };
    draft = new LoadedDraftModel(facts, TINY.vocabulary, decoder);
  });
  afterEach(() => draft.dispose());

  /** Compares a row with the whole text run anew, without a cache. */
  async function checkRow(scores: DraftScores, row: number, text: readonly number[], of: Model = model) {
    const expected = await naiveLogits(of, text);
    const actual = scores.logits(row);
    assert.ok(actual !== null && actual.length === TINY.vocabulary);
    actual.forEach((logit, token) => assert.ok(Math.abs(logit - expected[token]) < 1e-3, `token ${token}`));
    assert.equal(scores.topToken[row * scores.topK], expected.indexOf(Math.max(...expected)));
  }

  it('scores a text, and each row of a tree after its own ancestors alone', async () => {
    await checkRow(await draft.begin(TEXT, true), 0, TEXT);
    const levels: DraftNode[][] = [
      [
        { token: 7, parent: -1 },
        { token: 8, parent: -1 },
      ],
      [
        { token: 9, parent: 1 },
        { token: 10, parent: 0 },
        { token: 11, parent: 3 },
      ],
      [{ token: 12, parent: 2 }],
    ];
    const paths = [
      [[7], [8]],
      [
        [8, 9],
        [7, 10],
        [7, 10, 11],
      ],
      [[8, 9, 12]],
    ];
    for (const [level, nodes] of levels.entries()) {
      const scores = await draft.extend(nodes, true);
      for (const [row, path] of paths[level].entries()) await checkRow(scores, row, [...TEXT, ...path]);
    }
    assert.equal(draft.kvLength, TEXT.length + 6);
  });

  it('keeps what the text took of a draft, and nothing of what it did not take', async () => {
    const reuse = async (taken: readonly number[], kept: number) => {
      await draft.begin(TEXT, false);
      await draft.extend([{ token: 7, parent: -1 }], false);
      await draft.extend(
        [
          { token: 8, parent: 0 },
          { token: 9, parent: 0 },
          { token: 10, parent: 1 },
        ],
        false,
      );
      const text = [...TEXT, ...taken];
      decoder.ran = 0;
      await checkRow(await draft.begin(text, true), 0, text);
      assert.equal(draft.kvLength, text.length);
      assert.equal(decoder.ran, taken.length - kept);
    };
    await reuse([7, 8, 10, 20], 2);
    // The last token is run again, for its scores.
    await reuse([7, 8], 1);
    await reuse([7, 9, 21], 1);
    await reuse([22], 0);
  });

  it('keeps an earlier turn, and runs only what is new', async () => {
    await draft.begin(TEXT, false);
    const longer = [...TEXT.slice(0, 6), 50, 51];
    decoder.ran = 0;
    await checkRow(await draft.begin(longer, true), 0, longer);
    assert.equal(decoder.ran, 2);
  });

  it('forgets the rows behind a rewind', async () => {
    await draft.begin(TEXT, false);
    await draft.extend(
      [
        { token: 7, parent: -1 },
        { token: 8, parent: 0 },
      ],
      false,
    );
    draft.rewind(1);
    assert.equal(draft.kvLength, TEXT.length + 1);
    await checkRow(await draft.extend([{ token: 9, parent: 0 }], true), 0, [...TEXT, 7, 9]);
  });

  it('is the first layers of the target under its own head', async () => {
    const one = await open('layers:1');
    const config = { ...TINY, layers: 1 };
    await checkRow(await one.begin(TEXT, true), 0, TEXT, { ...model, config });
    assert.equal(one.facts.layers, 1);
    await one.dispose();
  });

  it('is layers that were distilled from the target, between its embeddings and its head', async () => {
    const layers = {
      ...tinyModel({ embedding: 'F32', linear: () => 'Q8_0' }, 3),
      config: { ...TINY, layers: 1 },
    };
    const folder = writeFiles(temporary.file('distilled'), await draftModelFiles(layers, model));
    const distilled = await open(folder);
    const together: Model = {
      ...layers,
      tensor: (name) => (name.includes('embed') ? model : layers).tensor(name),
    };
    await checkRow(await distilled.begin(TEXT, true), 0, TEXT, together);
    assert.equal(distilled.facts.id, folder);
    assert.equal(distilled.facts.layers, 1);
    await distilled.dispose();
  });

  it('is refused where none is named and none comes with the program', () =>
    assert.rejects(
      open(undefined),
      userError(
        'usage',
        /^No draft model is named, and none for tiny comes with Draftscope\. Name one .*draftscope\.draftModel/,
      ),
    ));

  it('is refused where the target has fewer layers, and where it is no number', async () => {
    for (const id of ['layers:3', 'layers:0', 'layers:1.5', 'layers:', 'layers:two']) {
      await assert.rejects(
        open(id),
        userError(
          'usage',
          `The draft model ${id} is not there: tiny has 2 layers. Write layers:1 to layers:2.`,
        ),
      );
    }
  });

  it('is refused by name when it has another tokenizer', async () => {
    const folder = writeFiles(temporary.file('other'), tinyModelFiles());
    await assert.rejects(
      open(folder),
      userError(
        'usage',
        /^The draft model other has another tokenizer than tiny: token 0 is .* in the target and .* in the draft model\. Choose/,
      ),
    );
  });

  it('is refused when it is not there', async () => {
    await assert.rejects(open('/nowhere/draft.gguf'), userError('bad-file', /There is no model \/nowhere/));
  });

  it('stops reading a text when it is cancelled, and goes on from there', async () => {
    const abort = new AbortController();
    abort.abort();
    await assert.rejects(draft.begin(TEXT, true, abort.signal), userError('cancelled', /Cancelled/));
    await assert.rejects(open('default', abort.signal), userError('cancelled', /Cancelled/));
    await checkRow(await draft.begin(TEXT, true), 0, TEXT);
  });

  const temporary = temporaryFolder();
});

/** A decoder that counts the rows which are run. */
function counted(decoder: KvDecoder): KvDecoder & { ran: number } {
  return Object.assign(Object.create(decoder) as KvDecoder, {
    ran: 0,
    forward(this: { ran: number }, ...[input, wanted]: Parameters<KvDecoder['forward']>) {
      this.ran += input.tokens.length;
      return decoder.forward(input, wanted);
    },
    keep: (rows: readonly number[]) => decoder.keep(rows),
    truncate: (length: number) => decoder.truncate(length),
    dispose: () => decoder.dispose(),
  });
}
