import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { DraftTreeBuilder } from '../../../../src/decoding/draftTree';
import { convertedWeights } from '../../../../src/engine/convert';
import type { ConvertedWeights } from '../../../../src/engine/convertedWeights';
import type { StateReader } from '../../../../src/engine/drafter';
import type { Candidate } from '../../../../src/engine/drafters/childChoice';
import { drafters, findDrafter } from '../../../../src/engine/drafters/catalogue';
import { THRIFT } from '../../../../src/engine/drafters/headDrafter';
import { growByScore, type LevelGuesser } from '../../../../src/engine/drafters/levelGrowth';
import { Engine } from '../../../../src/engine/engine';
import type { Guesses, Head } from '../../../../src/engine/heads/head';
import { HeadPart } from '../../../../src/engine/heads/headParts';
import { openHead } from '../../../../src/engine/heads/openHead';
import { Target } from '../../../../src/engine/target';
import { dequantise } from '../../../../src/models/dequantise';
import { OnnxGraph } from '../../../../src/models/graph/onnxGraph';
import { headKindSchema, type HeadKind } from '../../../../src/models/heads/card';
import type { StateOutput } from '../../../../src/models/graph/decoder';
import type { Model } from '../../../../src/models/model';
import { openModel } from '../../../../src/models/open';
import type { GenerationRequest } from '../../../../src/protocol/engine';
import { readTrace } from '../../../../src/trace/reader';
import { sha256Of } from '../../../support/headFiles';
import { temporaryCache } from '../../../support/temporaryCache';
import { temporaryFolder } from '../../../support/temporaryFolder';
import { userError } from '../../../support/userError';
import { contextOf } from '../drafters/drafting';

const GOLDEN = path.join('test', 'golden', 'heads');
const TARGET = path.join(GOLDEN, 'target');
const TRAINED = path.join(GOLDEN, 'trained');

/** What `make_heads_golden.py` writes. */
interface Expected {
  readonly text: readonly number[];
  readonly states: readonly number[];
  readonly normed: readonly number[];
  readonly guessed: readonly number[];
  /** By head: at each of `guessed`, for each level. */
  readonly heads: Readonly<
    Record<HeadKind, readonly { readonly tokens: number[][]; readonly probabilities: number[][] }[]>
  >;
}

const noProgress = () => undefined;
const expected = JSON.parse(fs.readFileSync(path.join(GOLDEN, 'expected.json'), 'utf8')) as Expected;
const { text } = expected;
const otherThan = (token: number) => (token === 5 ? 6 : 5);
const KINDS = headKindSchema.options;

function near(actual: Float32Array, wanted: readonly number[], tolerance = 1e-3): void {
  assert.equal(actual.length, wanted.length);
  actual.forEach((value, i) => assert.ok(Math.abs(value - wanted[i]) < tolerance, `number ${i}: ${value}`));
}

describe('a trained head', function () {
  this.timeout(120_000);
  temporaryCache();
  let model: Model;
  let weights: ConvertedWeights;
  let hidden: number;
  const opened: Head[] = [];

  before(async () => {
    model = await openModel(TARGET);
    weights = await convertedWeights(model, 'fp32', noProgress);
    hidden = model.config.hiddenSize;
  });
  after(async () => {
    for (const head of opened) await head.dispose();
    await model.close();
  });

  /** A head as its drafter has it. */
  async function open(kind: HeadKind, folder = TRAINED): Promise<Head> {
    await findDrafter(kind).create({
      ...contextOf(),
      async openHead(_, load) {
        const { head } = await openHead(
          { kind, folder, load },
          { model, weights, threads: 1 },
          { onProgress: noProgress },
        );
        opened.push(head);
        return head;
      },
    });
    return opened[opened.length - 1];
  }

  const statesOf = (head: Head, from: number, to: number) =>
    Float32Array.from(
      (head.reads[0] === 'hidden' ? expected.normed : expected.states).slice(from * hidden, to * hidden),
    );

  /** Holds a row of guesses against PyTorch's: near ties may change places. */
  function checkRow(guesses: Guesses, row: number, kind: HeadKind, at: number, level: number): void {
    const wanted = expected.heads[kind][at];
    const of = <T>(values: ArrayLike<T>) =>
      Array.from(values).slice(row * guesses.topK, (row + 1) * guesses.topK);
    const tokens = of(guesses.topToken);
    const probabilities = of(guesses.topProbability);
    near(Float32Array.from(probabilities.slice(0, 3)), wanted.probabilities[level]);
    wanted.tokens[level].forEach((token, rank) => {
      const place = tokens.indexOf(token);
      assert.ok(Math.abs(probabilities[place] - wanted.probabilities[level][rank]) < 1e-3);
    });
  }

  /** Holds all levels after position t against PyTorch's, in a draft with a wrong node beside each right one. */
  async function checkDraft(head: Head, kind: HeadKind, at: number): Promise<void> {
    const t = expected.guessed[at];
    const first = await head.first();
    assert.ok(first !== null);
    checkRow(first, 0, kind, at, 0);
    for (let level = 1; level < head.card.levels; level++) {
      const parent = level === 1 ? -1 : 2 * (level - 2);
      const guesses = await head.next([
        { token: text[t + 1 + level], parent },
        { token: otherThan(text[t + 1 + level]), parent },
      ]);
      assert.equal(guesses.rows, 2);
      checkRow(guesses, 0, kind, at, level);
    }
  }

  it('gets the target’s states of a text, and of a draft’s nodes', async () => {
    const target = await Target.load(weights, 1);
    const kinds: [StateOutput, readonly number[]][] = [
      ['hidden', expected.normed],
      ['hidden.before_norm', expected.states],
    ];
    for (const [reads, wanted] of kinds) {
      const read: number[] = [];
      let kept = 0;
      const reader: StateReader = {
        reads: [reads],
        begin: () => kept,
        read(start, states) {
          assert.equal(start, read.length / hidden);
          read.push(...states);
        },
      };
      const prompt = text.slice(0, 20);
      await target.prefill(prompt, noProgress, undefined, { states: reader });
      near(Float32Array.from(read), wanted.slice(0, 19 * hidden));
      // The text's own tokens as a chain, each beside a wrong one.
      const draft = new DraftTreeBuilder();
      for (let i = 20, parent = -1; i < 24; i++) {
        draft.add(parent, otherThan(text[i]), NaN, 'test');
        parent = draft.add(parent, text[i], NaN, 'test');
      }
      const { states } = await target.verify(text[19], draft.build(), false, [reads]);
      for (const [i, row] of [0, 2, 4, 6, 8].entries()) {
        near(
          states!.subarray(row * hidden, (row + 1) * hidden),
          wanted.slice((19 + i) * hidden, (20 + i) * hidden),
        );
      }
      // What the reader does not keep is run again for it, though the keys and values are there.
      kept = 3;
      read.length = 3 * hidden;
      assert.equal(await target.prefill(prompt, noProgress, undefined, { states: reader }), 3);
      near(Float32Array.from(read.slice(3 * hidden)), wanted.slice(3 * hidden, 19 * hidden));
    }
    assert.equal((await target.verify(text[19], new DraftTreeBuilder().build(), false)).states, undefined);
    await target.dispose();
  });

  it('gets the states of layers within the target, side by side', async () => {
    const target = await Target.load(weights, 1);
    const read: number[] = [];
    const reader: StateReader = {
      reads: ['layer.0', 'layer.1'],
      begin: () => 0,
      read: (_, states) => void read.push(...states),
    };
    await target.prefill(text.slice(0, 20), noProgress, undefined, { states: reader });
    // The last layer puts out what the final norm reads.
    const last = Array.from({ length: 19 }, (_, row) =>
      read.slice((2 * row + 1) * hidden, (2 * row + 2) * hidden),
    );
    near(Float32Array.from(last.flat()), expected.states.slice(0, 19 * hidden));
    await target.dispose();
  });

  for (const kind of KINDS) {
    describe(kind, () => {
      it('guesses what PyTorch does, on every level', async () => {
        const head = await open(kind);
        for (const [at, t] of expected.guessed.entries()) {
          const kept = head.begin(text.slice(0, t + 2));
          await head.append(statesOf(head, kept, t + 1));
          await checkDraft(head, kind, at);
        }
      });

      it('guesses the same when a text comes round by round, drafted or not', async () => {
        const head = await open(kind);
        head.begin(text.slice(0, 2));
        await head.append(statesOf(head, 0, 1));
        await checkDraft(head, kind, 0);
        for (const [from, to] of [
          [1, 4],
          [4, 5],
          [5, 10],
        ]) {
          await head.append(statesOf(head, from, to), text.slice(from + 1, to + 1));
          if (to === 5) await head.first();
        }
        assert.equal(expected.guessed[1], 9);
        await checkDraft(head, kind, 1);
        // A text that begins alike: what is kept of the other one, its draft left out, serves this one.
        const kept = head.begin(text.slice(0, 32));
        await head.append(statesOf(head, kept, 31));
        await checkDraft(head, kind, 2);
      });

      it('guesses nothing before any position of the text was run', async () => {
        const head = await open(kind);
        assert.equal(head.begin(text.slice(0, 1)), 0);
        assert.equal(await head.first(), null);
      });
    });
  }

  describe('in as few runs as can be', () => {
    type Run = (this: HeadPart, ...args: Parameters<HeadPart['run']>) => ReturnType<HeadPart['run']>;
    const own = Object.getOwnPropertyDescriptor(HeadPart.prototype, 'run')!;
    let runs = 0;
    before(() => {
      const value: Run = function (...args) {
        runs++;
        return (own.value as Run).apply(this, args);
      };
      Object.defineProperty(HeadPart.prototype, 'run', { ...own, value });
    });
    after(() => Object.defineProperty(HeadPart.prototype, 'run', own));

    /** A text's draft by a head, and how many runs it took. @param guess how a level's guesses become children */
    async function drafted(head: Head, all: boolean, guess: (ranked: Candidate[]) => Candidate[]) {
      const t = expected.guessed[2];
      const kept = head.begin(text.slice(0, t + 2));
      await head.append(statesOf(head, kept, t + 1));
      runs = 0;
      const guesser: LevelGuesser<Guesses> = {
        first: () => head.first(all),
        next: (nodes) => head.next(nodes),
        children: ({ topK, topToken, topProbability }, row) =>
          guess(
            Array.from({ length: topK }, (_, rank) => ({
              token: topToken[row * topK + rank],
              q: topProbability[row * topK + rank],
            })),
          ),
        source: (depth, rank) => `${depth}:${rank}`,
      };
      const limits = { nodes: 25, depth: head.card.levels, minPathProbability: 0, minLevelProbability: 0 };
      return { draft: await growByScore(guesser, limits, THRIFT), runs };
    }

    for (const kind of KINDS) {
      it(`guesses with one run a level at most: ${kind}`, async () => {
        const head = await open(kind);
        const { draft, runs } = await drafted(head, false, (ranked) => ranked);
        assert.ok(draft.token.length > 0 && runs <= head.card.levels, `${runs} runs`);
      });
    }

    for (const [what, guess, isOne] of [
      ['guesses all levels in one', (ranked: Candidate[]) => ranked, true],
      ['guesses on level by level from improbable nodes', (ranked: Candidate[]) => ranked.slice(-2), false],
    ] as const) {
      it(`${what}, and guesses the same: clover2`, async () => {
        const head = await open('clover2');
        const ahead = await drafted(head, true, guess);
        const single = await drafted(head, false, guess);
        assert.ok(single.runs > 1);
        assert.equal(ahead.runs === 1, isOne, `${ahead.runs} runs`);
        assert.deepEqual(ahead.draft.token, single.draft.token);
        assert.deepEqual(ahead.draft.parent, single.draft.parent);
        near(Float32Array.from(ahead.draft.q), [...single.draft.q], 1e-5);
      });
    }
  });

  const temporary = temporaryFolder();

  it('may make one state of several layers’ before it reads it, as EAGLE-3 does', async () => {
    // Here the part takes the second layer's, through the target's final norm: what the head reads without it.
    const graph = new OnnxGraph(new Map(), '');
    const both = graph.input('layers', 'f32', [1, 'T', 2 * hidden]);
    const [from, to, axis] = [hidden, 2 * hidden, 2].map((at) => graph.constant('i64', [at]));
    const second = graph.op('Slice', [both, from, to, axis]);
    const norm = graph.constant('f32', await finalNorm());
    const attributes = { axis: -1, epsilon: { float: model.config.normEpsilon } };
    const normed = graph.op('SimplifiedLayerNormalization', [second, norm], attributes);
    graph.output('features', normed, 'f32', [1, 'T', hidden]);
    const folder = altered(
      'eagle',
      { 'eagle-features.onnx': Buffer.from(graph.serialise()) },
      { layers: [0, 1] },
    );

    const head = await open('eagle', folder);
    assert.deepEqual(head.reads, ['layer.0', 'layer.1']);
    const t = expected.guessed[2];
    head.begin(text.slice(0, t + 2));
    const rows = Array.from({ length: t + 1 }, (_, row) =>
      expected.states.slice(row * hidden, (row + 1) * hidden),
    );
    const nothing = new Array<number>(hidden).fill(0);
    await head.append(Float32Array.from(rows.flatMap((row) => [...nothing, ...row])));
    await checkDraft(head, 'eagle', 2);
  });

  const finalNorm = async () => [...dequantise(await model.tensor('model.norm.weight'))];

  /** A copy of the heads, in which some files have another content that the card knows of. */
  function altered(kind: HeadKind, files: Readonly<Record<string, Buffer>>, change: object = {}): string {
    const folder = temporary.file('heads');
    fs.cpSync(TRAINED, folder, { recursive: true });
    const cardFile = path.join(folder, `${kind}.json`);
    const card = JSON.parse(fs.readFileSync(cardFile, 'utf8')) as { files: Record<string, unknown> };
    for (const [name, content] of Object.entries(files)) {
      fs.writeFileSync(path.join(folder, name), content);
      card.files[name] = { bytes: content.length, sha256: sha256Of(content) };
    }
    fs.writeFileSync(cardFile, JSON.stringify({ ...card, ...change }));
    return folder;
  }

  describe('is refused', () => {
    const trained = (name: string) => fs.readFileSync(path.join(TRAINED, name));

    it('with a part that is no graph', async () => {
      const folder = altered('medusa', { 'medusa.onnx': Buffer.from('no graph') });
      await assert.rejects(
        open('medusa', folder),
        userError(
          'bad-file',
          /^ONNX Runtime could not load .*medusa\.onnx: .*\. Export or import the head again\.$/,
        ),
      );
    });

    it('with a file of weights that lacks some', async () => {
      const folder = altered('medusa', { 'medusa.bin': trained('medusa.bin').subarray(0, 4096) });
      await assert.rejects(open('medusa', folder), userError('bad-file', /could not load .*medusa\.onnx/));
    });

    it('with a part that has other inputs and outputs', async () => {
      const folder = altered('clover2', { 'clover2-step.onnx': trained('hydra-0.onnx') });
      await assert.rejects(
        open('clover2', folder),
        userError('bad-file', /clover2-step\.onnx lacks what a head of this kind has: state, next\. Export/),
      );
    });

    it('when loading it is cancelled', async () => {
      const abort = new AbortController();
      abort.abort();
      const loading = openHead(
        { kind: 'medusa', folder: TRAINED, load: () => Promise.reject(new Error('loaded')) },
        { model, weights, threads: 1 },
        { onProgress: noProgress, signal: abort.signal },
      );
      await assert.rejects(loading, userError('cancelled', /Cancelled/));
    });
  });
});

describe('generating with a trained head', function () {
  this.timeout(120_000);
  temporaryCache();
  const temporary = temporaryFolder();
  let engine: Engine;

  before(async () => {
    engine = await Engine.load({ model: TARGET, weights: 'fp32', provider: 'cpu', threads: 1 });
  });
  after(() => engine.dispose());

  const run = (change: Partial<GenerationRequest>) =>
    engine.generate({
      input: { kind: 'prompt', text: 'abcabcab' },
      drafter: 'none',
      head: TRAINED,
      sampler: { temperature: 0, topK: 0, topP: 1, minP: 0, repetitionPenalty: 1, seed: 4 },
      maxTokens: 64,
      stop: [],
      budget: { policy: 'fixed', nodes: 10, depth: 5 },
      trace: null,
      ...change,
    });

  const withHeads = drafters.flatMap(({ description: { id, needs } }) =>
    typeof needs === 'object' ? [id] : [],
  );
  for (const drafter of withHeads) {
    it(`${drafter} gives plain decoding’s tokens, token for token, one text after another`, async () => {
      let accepted = 0;
      for (const temperature of [0, 0.9]) {
        for (const text of ['abcabcab', 'abcabcabxyz', 'q']) {
          const settings = {
            input: { kind: 'prompt', text } as const,
            sampler: { temperature, topK: 0, topP: 1, minP: 0, repetitionPenalty: 1, seed: 4 },
          };
          const plain = await run(settings);
          for (const change of [
            {},
            { headTree: 'static' as const },
            { budget: { policy: 'costAware' as const, nodes: 16, depth: 5 } },
          ]) {
            const { tokens, summary } = await run({ ...settings, ...change, drafter });
            assert.deepEqual(tokens, plain.tokens, JSON.stringify({ text, temperature, change }));
            accepted += summary.accepted;
          }
        }
      }
      assert.ok(accepted > 0);
    });
  }

  it('names its head in the trace, and the level of each node', async () => {
    const trace = temporary.file('run.spectrace.jsonl');
    await run({ drafter: 'clover2', trace });
    const { header, rounds } = await readTrace(trace);
    const { head } = header.drafter;
    assert.deepEqual([head?.kind, head?.folder, head?.licence], ['clover2', TRAINED, 'MIT']);
    assert.equal(head?.files[0].name, 'clover2.json');
    assert.equal(head?.files[0].sha256, sha256Of(fs.readFileSync(path.join(TRAINED, 'clover2.json'))));
    for (const { source, depth } of rounds) {
      assert.deepEqual(
        source,
        depth.map((level) => `clover2:${level}`),
      );
    }
    const beside = await run({ drafter: 'clover2+suffix' });
    assert.equal(beside.header.drafter.head?.kind, 'clover2');
  });

  it('reads again what another drafter’s turn did not show it', async () => {
    const prompt = { kind: 'raw', text: 'abcabcababcabcab' } as const;
    await run({ input: prompt });
    const { header } = await run({ input: prompt, drafter: 'eagle' });
    assert.equal(header.prefill.reused, 0);
    const again = await run({ input: { kind: 'raw', text: `${prompt.text}xy` }, drafter: 'eagle' });
    assert.equal(again.header.prefill.reused, prompt.text.length - 1);
  });

  it('is refused where none comes with the program for the model', () =>
    assert.rejects(
      run({ drafter: 'eagle', head: undefined }),
      userError(
        'usage',
        'No eagle head for target comes with Draftscope. Train or import one and name its folder in the setting draftscope.head (--head), or choose another drafter.',
      ),
    ));
});
