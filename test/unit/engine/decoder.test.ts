import assert from 'node:assert/strict';
import fc from 'fast-check';
import { DraftTreeBuilder, EMPTY_DRAFT, type DraftTree } from '../../../src/decoding/draftTree';
import { convertedWeights } from '../../../src/engine/convert';
import { causal, DecoderSession } from '../../../src/engine/decoderSession';
import type { CandidateReader } from '../../../src/engine/drafter';
import { KvCache } from '../../../src/engine/kvCache';
import { Target } from '../../../src/engine/target';
import { VERIFY_OUTPUTS } from '../../../src/models/graph/decoder';
import type { WeightForm } from '../../../src/models/graph/weightForms';
import type { Model, TensorType } from '../../../src/models/model';
import { naiveDecode, naiveLogits } from '../../support/naiveDecoder';
import { temporaryCache } from '../../support/temporaryCache';
import { TINY, tinyModel } from '../../support/tinyModel';

const TEXT = [5, 17, 3, 88, 41, 41, 9, 60, 2, 33];
const noProgress = () => undefined;

/** The logits after `tokens`, from a whole graph in the given form. */
async function graphLogits(model: Model, form: WeightForm, tokens: readonly number[]): Promise<Float32Array> {
  const session = await DecoderSession.open(
    await convertedWeights(model, form, noProgress),
    VERIFY_OUTPUTS,
    1,
  );
  try {
    const cache = new KvCache(TINY);
    const positions = [...tokens.keys()];
    const input = { tokens, positions, visible: causal, rows: [tokens.length - 1], probes: [] };
    return (await session.forward(cache, input, ['logits']))['logits'].data as Float32Array;
  } finally {
    await session.dispose();
  }
}

/** Length of the difference over the length of the expected vector. */
function relativeError(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
  let difference = 0;
  let length = 0;
  for (let i = 0; i < expected.length; i++) {
    difference += (actual[i] - expected[i]) ** 2;
    length += expected[i] ** 2;
  }
  return Math.sqrt(difference / length);
}

const allOf = (type: TensorType) => ({ embedding: type, linear: () => type });

describe('the decoder graph', function () {
  this.timeout(60_000);
  temporaryCache();

  for (const type of ['F32', 'F16', 'BF16', 'Q8_0', 'Q4_0', 'Q4_1'] as const) {
    it(`computes what the paper says in fp32, for ${type} weights`, async () => {
      const model = tinyModel(allOf(type));
      const error = relativeError(await graphLogits(model, 'fp32', TEXT), await naiveLogits(model, TEXT));
      assert.ok(error < 1e-5, `relative error ${error}`);
    });

    it(`carries ${type} weights over exactly in the form "file"`, async () => {
      const model = tinyModel(allOf(type));
      const error = relativeError(await graphLogits(model, 'file', TEXT), await naiveLogits(model, TEXT));
      // The runtime rounds activations to 8 bits in its block products; a wrong nibble or scale is far outside.
      assert.ok(error < (type.startsWith('Q') ? 0.02 : 1e-5), `relative error ${error}`);
    });

    it(`stays close in int8, for ${type} weights`, async () => {
      const model = tinyModel(allOf(type));
      const error = relativeError(await graphLogits(model, 'int8', TEXT), await naiveLogits(model, TEXT));
      // Fixed steps over four times the mean size; a wrong scale, row or basis is far outside.
      assert.ok(error < 0.05, `relative error ${error}`);
    });
  }

  it('joins weights of different types that read one input', async () => {
    const types = {
      embedding: 'F32' as const,
      linear: (name: string) => (/[qk]_proj|gate/.test(name) ? 'Q8_0' : 'F16') as TensorType,
    };
    const model = tinyModel(types);
    const error = relativeError(await graphLogits(model, 'file', TEXT), await naiveLogits(model, TEXT));
    assert.ok(error < 0.02, `relative error ${error}`);
  });

  for (const [form, most] of [
    ['fp32', 1e-5],
    ['int8', 0.05],
  ] as const) {
    it(`hands out hidden states and the outputs of chosen layers, where they are asked for, in ${form}`, async () => {
      const model = tinyModel(allOf('F32'));
      const outputs = { ...VERIFY_OUTPUTS, hidden: true, hiddenBeforeNorm: true, layers: [0, 1] };
      const session = await DecoderSession.open(await convertedWeights(model, form, noProgress), outputs, 1);
      try {
        const cache = new KvCache(TINY);
        const input = { tokens: TEXT, positions: [...TEXT.keys()], visible: causal, rows: [0], probes: [] };
        const wanted = ['hidden', 'hidden.before_norm', 'layer.0', 'layer.1'];
        const results = await session.forward(cache, input, wanted);
        const last = (name: string) => (results[name].data as Float32Array).slice(-TINY.hiddenSize);
        const expected = await naiveDecode(model, TEXT);
        assert.ok(relativeError(last('hidden'), expected.hidden) < most);
        assert.ok(relativeError(last('hidden.before_norm'), expected.hiddenBeforeNorm) < most);
        assert.ok(relativeError(last('layer.0'), expected.layers[0]) < most);
        assert.ok(relativeError(last('layer.1'), expected.layers[1]) < most);
      } finally {
        await session.dispose();
      }
    });
  }

  it('can tell a wrong weight: another seed is far away', async () => {
    const expected = await naiveLogits(tinyModel(allOf('F32'), 2), TEXT);
    const error = relativeError(await graphLogits(tinyModel(allOf('F32'), 1), 'fp32', TEXT), expected);
    assert.ok(error > 0.5, `relative error ${error}`);
  });
});

describe('the target', function () {
  this.timeout(120_000);
  temporaryCache();
  const model = tinyModel(allOf('Q8_0'));
  let target: Target;

  beforeEach(async () => {
    target = await Target.load(await convertedWeights(model, 'fp32', noProgress), 1);
  });
  afterEach(() => target.dispose());

  /** Any tree of up to 12 nodes: each node hangs under the root token or an earlier node. */
  const trees: fc.Arbitrary<DraftTree> = fc
    .array(fc.tuple(fc.nat(), fc.nat({ max: TINY.vocabulary - 1 })), { maxLength: 12 })
    .map((nodes) => {
      const builder = new DraftTreeBuilder();
      for (const [choice, token] of nodes) builder.add((choice % (builder.size + 1)) - 1, token, NaN, 'test');
      return builder.build();
    });

  it('scores every node of any tree as if its path were the whole text', async () => {
    await fc.assert(
      fc.asyncProperty(trees, async (draft) => {
        await target.prefill(TEXT, noProgress);
        const scored = await target.verify(TEXT[TEXT.length - 1], draft, true);
        for (let row = 0; row <= draft.token.length; row++) {
          const path: number[] = [];
          for (let node = row - 1; node >= 0; node = draft.parent[node]) path.unshift(draft.token[node]);
          const expected = await naiveLogits(model, [...TEXT, ...path]);
          const logits = scored.logits(row)!;
          assert.ok(relativeError(logits, expected) < 1e-5, `row ${row}`);
          const best = expected.indexOf(Math.max(...expected));
          assert.equal(scored.topToken[row * scored.topK], best);
        }
      }),
      { numRuns: 15 },
    );
  });

  it('gives each node the softmax probability of its token after its parent', async () => {
    const builder = new DraftTreeBuilder();
    const first = builder.add(-1, 7, NaN, 'test');
    builder.add(-1, 11, NaN, 'test');
    builder.add(first, 30, NaN, 'test');
    await target.prefill(TEXT, noProgress);
    const scored = await target.verify(TEXT[TEXT.length - 1], builder.build(), false);
    const law = async (tokens: readonly number[], token: number) => {
      const logits = await naiveLogits(model, tokens);
      return Math.exp(logits[token]) / logits.reduce((sum, logit) => sum + Math.exp(logit), 0);
    };
    const expected = [await law(TEXT, 7), await law(TEXT, 11), await law([...TEXT, 7], 30)];
    expected.forEach((p, node) =>
      assert.ok(Math.abs(scored.nodeProbability[node] - p) < 1e-6, `node ${node}`),
    );
    assert.equal(scored.logits(0), null);
  });

  it('continues after a committed path as if it had been plain text', async () => {
    const builder = new DraftTreeBuilder();
    builder.add(-1, 50, NaN, 'test');
    const kept = builder.add(-1, 7, NaN, 'test');
    builder.add(kept, 9, NaN, 'test');
    const deeper = builder.add(kept, 30, NaN, 'test');
    await target.prefill(TEXT, noProgress);
    await target.verify(TEXT[TEXT.length - 1], builder.build(), false);
    await target.commit({ acceptedPath: [kept, deeper] });
    assert.equal(target.kvLength, TEXT.length + 2);
    const scored = await target.verify(64, EMPTY_DRAFT, true);
    const expected = await naiveLogits(model, [...TEXT, 7, 30, 64]);
    assert.ok(relativeError(scored.logits(0)!, expected) < 1e-5);
  });

  it('hands out the candidates after tokens of the prompt that are asked for, as far as it runs them', async () => {
    const prompt = Array.from({ length: TINY.context }, (_, i) => (i * i + 5) % TINY.vocabulary);
    const read: { token: number; candidates: number[] }[] = [];
    const places = [0, 3, 4, 31, 62];
    const candidates: CandidateReader = {
      wanted: () => places,
      read: (token, found) => void read.push({ token, candidates: [...found] }),
    };
    await target.prefill(prompt.slice(0, 4), noProgress);
    await target.prefill(prompt, noProgress, undefined, { candidates });
    for (const [i, place] of places.filter((at) => at >= 3).entries()) {
      const logits = await naiveLogits(model, prompt.slice(0, place + 1));
      const likeliest = [...logits.keys()].sort((a, b) => logits[b] - logits[a]);
      assert.deepEqual(read[i], {
        token: prompt[place],
        candidates: likeliest.slice(0, VERIFY_OUTPUTS.topK),
      });
    }
    assert.equal(read.length, 4);
    // Nobody else pays for it.
    await target.prefill(prompt, noProgress);
    assert.equal(read.length, 4);
  });

  it('keeps the keys and values of a shared beginning, and drops the rest', async () => {
    assert.equal(await target.prefill(TEXT, noProgress), 0);
    const other = [...TEXT.slice(0, 4), 77, 12, 13];
    assert.equal(await target.prefill(other, noProgress), 4);
    const scored = await target.verify(13, EMPTY_DRAFT, true);
    assert.ok(relativeError(scored.logits(0)!, await naiveLogits(model, other)) < 1e-5);
  });

  it('runs a prompt up to the whole context', async () => {
    const long = Array.from({ length: TINY.context }, (_, i) => (i * 7) % TINY.vocabulary);
    await target.prefill(long, noProgress);
    const scored = await target.verify(long[long.length - 1], EMPTY_DRAFT, true);
    assert.ok(relativeError(scored.logits(0)!, await naiveLogits(model, long)) < 1e-5);
  });
});
