import assert from 'node:assert/strict';
import path from 'node:path';
import { DraftTreeBuilder, EMPTY_DRAFT, type DraftTree } from '../../src/decoding/draftTree';
import { convertedWeights } from '../../src/engine/convert';
import { causal } from '../../src/engine/decoderSession';
import { DeviceDecoder } from '../../src/engine/deviceDecoder';
import { GuardedDecoder } from '../../src/engine/guardedDecoder';
import { HostDecoder } from '../../src/engine/hostDecoder';
import type { KvDecoder } from '../../src/engine/kvDecoder';
import { Engine, type GenerationResult } from '../../src/engine/engine';
import { Target } from '../../src/engine/target';
import type { StateOutput } from '../../src/models/graph/decoder';
import { probeProcess } from '../../src/engine/probe';
import type { WeightForm } from '../../src/protocol/engine';
import { mulberry32, TINY, tinyModel } from '../support/tinyModel';

/**
 * What the suite `gpu` checks, one scenario a process: a fault of a driver then ends one test, not the suite.
 * Every scenario does the same on the CPU and on WebGPU and compares what comes out at each step.
 */

const model = tinyModel({ embedding: 'Q8_0', linear: () => 'Q8_0' });
const noProgress = () => undefined;
const weightsIn = (form: WeightForm) => convertedWeights(model, form, noProgress);

/** Largest difference over largest expected value. */
function error(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
  assert.equal(actual.length, expected.length);
  let difference = 0;
  let largest = 0;
  for (let i = 0; i < expected.length; i++) {
    difference = Math.max(difference, Math.abs(actual[i] - expected[i]));
    largest = Math.max(largest, Math.abs(expected[i]));
  }
  return difference / largest;
}

/** A random tree of `size` nodes and a random path in it. */
function randomDraft(random: () => number, size: number): { draft: DraftTree; path: number[] } {
  const builder = new DraftTreeBuilder();
  while (builder.size < size) {
    const parent = Math.floor(random() * (builder.size + 1)) - 1;
    builder.add(parent, Math.floor(random() * TINY.vocabulary), NaN, 'test');
  }
  const draft = builder.build();
  const path: number[] = [];
  for (let node = Math.floor(random() * (size + 1)) - 1; node >= 0; node = draft.parent[node])
    path.unshift(node);
  return { draft, path };
}

/** What drafters' heads read. */
const STATES: readonly StateOutput[] = ['hidden', 'hidden.before_norm'];

/** Rounds of verify and commit on both targets, the same random drafts and paths. */
async function compareRounds(form: WeightForm, tolerance: number): Promise<void> {
  const targets = [
    await Target.load(await weightsIn('fp32'), 1),
    await Target.load(await weightsIn(form), 1, 'webgpu'),
  ];
  const random = mulberry32(11);
  const text = [5, 17, 3, 88, 41, 41, 9, 60, 2, 33];
  for (const target of targets) assert.equal(await target.prefill(text, noProgress), 0);
  let root = text[text.length - 1];
  for (const size of [0, 5, 5, 1, 5, 0]) {
    const { draft, path } = size === 0 ? { draft: EMPTY_DRAFT, path: [] } : randomDraft(random, size);
    const [cpu, gpu] = [
      await targets[0].verify(root, draft, true, STATES),
      await targets[1].verify(root, draft, true, STATES),
    ];
    const stray = error(gpu.states!, cpu.states!);
    assert.ok(stray < tolerance, `${form}, ${size} nodes: the states differ by ${stray}`);
    for (let row = 0; row <= size; row++) {
      const off = error(gpu.logits(row)!, cpu.logits(row)!);
      assert.ok(off < tolerance, `${form}, ${size} nodes, row ${row}: the logits differ by ${off}`);
    }
    if (form === 'fp32') {
      assert.deepEqual(gpu.topToken, cpu.topToken);
      assert.ok(error(gpu.topProbability, cpu.topProbability) < tolerance);
      if (size > 0) assert.ok(error(gpu.nodeProbability, cpu.nodeProbability) < tolerance);
    }
    for (const target of targets) await target.commit({ acceptedPath: path });
    assert.equal(targets[1].kvLength, targets[0].kvLength);
    root = Math.floor(random() * TINY.vocabulary);
  }
  for (const target of targets) await target.dispose();
}

interface Step {
  readonly tokens: readonly number[];
  readonly keep: readonly number[];
  /** Where not all of the past may be looked at. */
  readonly visiblePast?: (row: number, column: number) => boolean;
}

/** The same forwards and kept rows on both decoders, and the same logits after each. */
async function compareDecoders(steps: readonly Step[], firstCapacity: number): Promise<readonly KvDecoder[]> {
  const weights = await weightsIn('fp32');
  const decoders: KvDecoder[] = [
    await HostDecoder.open(weights, 'cpu', 1),
    await DeviceDecoder.open(weights, 'webgpu', 1, firstCapacity),
  ];
  for (const [index, { tokens, keep, visiblePast }] of steps.entries()) {
    const logits: ArrayLike<number>[] = [];
    for (const decoder of decoders) {
      const positions = tokens.map((_, i) => decoder.length + i);
      const rows = [...tokens.keys()];
      const input = { tokens, positions, visible: causal, visiblePast, rows, probes: [] };
      logits.push((await decoder.forward(input, ['logits']))['logits'].data as Float32Array);
      await decoder.keep(keep);
    }
    const off = error(logits[1], logits[0]);
    assert.ok(off < 1e-4, `step ${index}: the logits differ by ${off}`);
  }
  return decoders;
}

/** A target with heads, and the numbers in its states. */
const GOLDEN = path.join('test', 'golden', 'heads');
const HIDDEN = 32;

const scenarios = {
  /** Prompt, then rounds of tree, chain and plain decoding. */
  rounds: () => compareRounds('fp32', 1e-4),
  /** The CPU's fp32 is the truth: its own block products round activations to 8 bits. */
  'block weights': () => compareRounds('file', 0.03),
  /** The buffer starts with room for two rows and is outgrown twice, with rows in it. */
  growth: async () => {
    await compareDecoders(
      [
        { tokens: [1, 2], keep: [0, 1] },
        { tokens: [3, 4, 5], keep: [0, 2] },
        { tokens: [6, 7, 8, 9, 10], keep: [0, 1, 2, 3, 4] },
        { tokens: [11], keep: [0] },
      ],
      2,
    );
  },
  /** Rows kept of a draft are not seen by its other branches. */
  'hidden past': async () => {
    await compareDecoders(
      [
        { tokens: [1, 2, 3, 4], keep: [0, 1, 2, 3] },
        { tokens: [5, 6], keep: [0, 1], visiblePast: (row, column) => column < 2 + row },
      ],
      16,
    );
  },
  /** A buffer that the device refuses: the text goes on on the CPU, or the refusal is a sentence. */
  refusal: async () => {
    const weights = await weightsIn('fp32');
    const vast = { ...weights, config: { ...weights.config, context: 2 ** 28 } };
    const device = () => DeviceDecoder.open(vast, 'webgpu', 1, vast.config.context);
    const host = () => HostDecoder.open(weights, 'cpu', 1);
    const tokens = [1, 2, 3];
    const input = { tokens, positions: [0, 1, 2], visible: causal, rows: [0, 1, 2], probes: [] };
    const logits = async (decoder: KvDecoder) =>
      (await decoder.forward(input, ['logits']))['logits'].data as Float32Array;
    const alone = new GuardedDecoder(await device(), 'webgpu', null);
    await assert.rejects(
      logits(alone),
      /WebGPU failed after 0 tokens of text: it has no room for 268435456 rows/,
    );
    const guarded = new GuardedDecoder(await device(), 'webgpu', host);
    assert.deepEqual(await logits(guarded), await logits(await host()));
    assert.match(guarded.fault?.reason ?? '', /^it has no room for/);
  },
  /** What the user gets: the text, and what of it was drafted by a head that reads the device's states. */
  generation: async () => {
    const results: GenerationResult[] = [];
    for (const provider of ['cpu', 'webgpu'] as const) {
      const engine = await Engine.load(
        { model: path.join(GOLDEN, 'target'), weights: 'fp32', provider, threads: 1 },
        { probe: probeProcess(path.resolve('dist/engine.js')) },
      );
      for (const drafter of ['none', 'eagle', 'suffix']) {
        results.push(
          await engine.generate({
            input: { kind: 'prompt', text: 'abcabcab' },
            drafter,
            head: path.join(GOLDEN, 'trained'),
            sampler: { temperature: 0, topK: 0, topP: 1, minP: 0, repetitionPenalty: 1, seed: 4 },
            maxTokens: 24,
            stop: [],
            budget: { policy: 'fixed', nodes: 8, depth: 4 },
            trace: null,
          }),
        );
      }
      await engine.dispose();
    }
    const [plain, ...others] = results;
    for (const { tokens, header } of others) {
      assert.deepEqual(tokens, plain.tokens, `${header.drafter.id} on ${header.provider}`);
    }
    const [plainThere, headThere] = results.slice(3);
    assert.equal(headThere.header.provider, 'webgpu');
    assert.ok(headThere.summary.accepted > 0);
    const fetched = ({ rounds: [{ moved, token }] }: GenerationResult) =>
      moved!.from_device / (token.length + 1);
    // Beside what any round fetches of a row, its state.
    assert.ok(fetched(headThere) >= fetched(plainThere) + HIDDEN * 4);
  },
  /** A shorter beginning continues as if the rest had never been. */
  truncation: async () => {
    const steps = [{ tokens: [1, 2, 3, 4, 5, 6], keep: [0, 1, 2, 3, 4, 5] }];
    const decoders = await compareDecoders(steps, 16);
    const logits: ArrayLike<number>[] = [];
    for (const decoder of decoders) {
      decoder.truncate(3);
      const input = { tokens: [40, 41], positions: [3, 4], visible: causal, rows: [0, 1], probes: [] };
      logits.push((await decoder.forward(input, ['logits']))['logits'].data as Float32Array);
    }
    assert.ok(error(logits[1], logits[0]) < 1e-4);
  },
  /** What moves is what goes in and what is asked for: no row of keys and values, nothing that grows with the text. */
  traffic: async () => {
    const target = await Target.load(await weightsIn('fp32'), 1, 'webgpu');
    const moved = async (work: () => Promise<unknown>): Promise<readonly [number, number]> => {
      const before = target.traffic!;
      await work();
      const { toDevice, fromDevice } = target.traffic!;
      return [toDevice - before.toDevice, fromDevice - before.fromDevice];
    };
    const tree = new DraftTreeBuilder();
    tree.add(-1, 7, NaN, 'test');
    tree.add(-1, 9, NaN, 'test');
    // Bytes of a token's id, position and place among the rows; of the bias's padding and the two lengths; of a
    // row's eight most probable tokens and their probabilities.
    const [row, fixed, top] = [3 * 8, 8 * 8 + 2 * 4, 8 * (8 + 4)];
    for (const length of [4, 24]) {
      const text = Array.from({ length }, (_, i) => i + 1);
      await target.prefill(text, noProgress);
      // Three rows, what each may see of the others, and two probes.
      const treeBytes = [3 * row + fixed + 3 * 3 * 4 + 2 * 2 * 8, 3 * top + 2 * 4];
      assert.deepEqual(await moved(() => target.verify(4, tree.build(), false)), treeBytes);
      // One row moves: its old place, and three indices for each of the heads.
      assert.deepEqual(await moved(() => target.commit({ acceptedPath: [1] })), [
        8 + TINY.kvHeads * 3 * 8,
        0,
      ]);
      // A chain needs no mask, and its rows lie where they belong.
      assert.deepEqual(await moved(() => target.verify(4, EMPTY_DRAFT, false)), [row + fixed + 4, top]);
      assert.deepEqual(await moved(() => target.commit({ acceptedPath: [] })), [0, 0]);
    }
    // Logits only where the sampler reads them.
    const [, fetched] = await moved(() => target.verify(4, EMPTY_DRAFT, true));
    assert.equal(fetched, top + TINY.vocabulary * 4);
    await target.dispose();
  },
};
export type Scenario = keyof typeof scenarios;

const name = process.argv[2] as Scenario;
scenarios[name]().then(
  () => process.send?.('passed'),
  (failure: Error) => process.send?.(failure.message),
);
