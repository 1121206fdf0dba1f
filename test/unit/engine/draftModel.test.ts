import assert from 'node:assert/strict';
import { convertedWeights } from '../../../src/engine/convert';
import { isChain, type ForwardInput } from '../../../src/engine/decoderSession';
import { LoadedDraftModel, type DraftNode, type DraftScores } from '../../../src/engine/draftModel';
import { GuardedDecoder } from '../../../src/engine/guardedDecoder';
import { KeptDraftModel } from '../../../src/engine/keptDraftModel';
import type { KvDecoder } from '../../../src/engine/kvDecoder';
import { openDraftModel, type DraftTarget } from '../../../src/engine/openDraftModel';
import { openDecoder } from '../../../src/engine/providers';
import type { Model } from '../../../src/models/model';
import { BrokenProvider, type Breakage } from '../../support/brokenProvider';
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
    target = { model, weights, form: 'fp32', provider: 'cpu', threads: 1, fallsBack: false };
  });
  beforeEach(async () => {
    decoder = counted(await openDecoder(target.weights, 'cpu', 1));
    const facts = { id: 'layers:2', name: 'tiny', files: [], layers: 2 };
    draft = new LoadedDraftModel(facts, TINY.vocabulary, new GuardedDecoder(decoder, 'cpu', null));
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

  it('runs a chain as text, without a mask', async () => {
    await draft.begin(TEXT, false);
    await draft.extend([{ token: 7, parent: -1 }], false);
    const next = [
      { token: 8, parent: 0 },
      { token: 9, parent: 1 },
    ];
    await checkRow(await draft.extend(next, true), 1, [...TEXT, 7, 8, 9]);
    assert.ok(isChain(decoder.last!));
    await draft.extend([{ token: 10, parent: 0 }], false);
    assert.ok(!isChain(decoder.last!));
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

  describe('on a provider that fails', () => {
    const openOn = (breakage: Breakage, fallsBack: boolean) => {
      const provider = new BrokenProvider(breakage);
      const place: DraftTarget = { ...target, provider: 'webgpu', fallsBack };
      const options = { onProgress: noProgress, open: provider.open };
      return { provider, loading: openDraftModel('layers:2', place, options) };
    };
    const FAULT = { provider: 'webgpu', reason: 'Device lost' };

    it('runs on the CPU where that does not load it', async () => {
      const { provider, loading } = openOn('open', true);
      const loaded = await loading;
      assert.deepEqual(provider.opened, ['webgpu', 'cpu']);
      assert.deepEqual(loaded.fault, FAULT);
      await checkRow(await loaded.begin(TEXT, true), 0, TEXT);
      await loaded.dispose();
      await assert.rejects(openOn('open', false).loading, /^Error: Device lost\.$/);
    });

    it('goes on on the CPU in the middle of a tree, with the same rows', async () => {
      const { provider, loading } = openOn({ after: 3 }, true);
      const loaded = await loading;
      await loaded.begin(TEXT, true);
      await loaded.extend(
        [
          { token: 7, parent: -1 },
          { token: 8, parent: -1 },
        ],
        true,
      );
      await loaded.extend([{ token: 9, parent: 1 }], true);
      assert.equal(loaded.fault, null);
      const scores = await loaded.extend(
        [
          { token: 10, parent: 0 },
          { token: 11, parent: 2 },
        ],
        true,
      );
      await checkRow(scores, 0, [...TEXT, 7, 10]);
      await checkRow(scores, 1, [...TEXT, 8, 9, 11]);
      assert.deepEqual(loaded.fault, FAULT);
      assert.deepEqual(provider.opened, ['webgpu', 'cpu']);
      // The next round goes on from a part of these rows.
      await checkRow(await loaded.begin([...TEXT, 7, 30], true), 0, [...TEXT, 7, 30]);
      await loaded.dispose();
    });

    it('ends with a sentence where it was asked for by name', async () => {
      const loaded = await openOn({ after: 1 }, false).loading;
      await loaded.begin(TEXT, true);
      await assert.rejects(
        loaded.extend([{ token: 7, parent: -1 }], true),
        userError('engine', /^WebGPU failed after 10 tokens of text: Device lost\. The rounds so far/),
      );
      await loaded.dispose();
    });

    it('is kept for the next generation, but not where the target runs elsewhere since', async () => {
      const provider = new BrokenProvider({ after: Infinity });
      const kept = new KeptDraftModel();
      const ask = (id: string, place: DraftTarget['provider']) =>
        kept.open(
          id,
          { ...target, provider: place, fallsBack: true },
          { onProgress: noProgress, open: provider.open },
        );
      const first = await ask('layers:1', 'webgpu');
      assert.equal(await ask('layers:1', 'webgpu'), first);
      first.dispose = () => Promise.reject(new Error('the device is gone'));
      const second = await ask('layers:1', 'cpu');
      assert.notEqual(second, first);
      assert.notEqual(await ask('layers:2', 'cpu'), second);
      assert.deepEqual(provider.opened, ['webgpu', 'cpu', 'cpu']);
      await kept.dispose();
      assert.equal(kept.loaded, null);
    });
  });

  const temporary = temporaryFolder();
});

/** A decoder that counts the rows which are run. */
function counted(decoder: KvDecoder): KvDecoder & { ran: number; last: ForwardInput | null } {
  return Object.assign(Object.create(decoder) as KvDecoder, {
    ran: 0,
    last: null,
    forward(
      this: { ran: number; last: ForwardInput | null },
      ...[input, wanted]: Parameters<KvDecoder['forward']>
    ) {
      this.ran += input.tokens.length;
      this.last = input;
      return decoder.forward(input, wanted);
    },
    keep: (rows: readonly number[]) => decoder.keep(rows),
    truncate: (length: number) => decoder.truncate(length),
    dispose: () => decoder.dispose(),
  });
}
