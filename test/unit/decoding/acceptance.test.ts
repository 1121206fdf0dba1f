import assert from 'node:assert/strict';
import fc from 'fast-check';
import { acceptanceRules } from '../../../src/decoding/acceptance';
import { childWithToken, childrenOf, type DraftTree } from '../../../src/decoding/draftTree';
import { createSampler, type Sampler, type SamplerSettings } from '../../../src/decoding/sampling';
import type { AcceptanceRule, Walk } from '../../../src/decoding/walk';
import { userError } from '../../support/userError';
import { naiveLaw, totalVariation } from './naiveLaw';
import { inverseCdf } from './inverseCdf';
import { drawsIn, piecesOf } from './pieces';
import {
  anyDrawingSettings,
  anyTree,
  decode,
  pathTokens,
  plainSettings,
  toyTarget,
  treeOf,
  verify,
  walkOnce,
  type ToyTarget,
} from './toy';

const VOCABULARY = 4;
const PROMPT = [2, 0, 3];
/** For draws that must not matter; on no border of the laws below. */
const ANY_DRAW = 0.7;

const shapes: Record<string, DraftTree> = {
  'no nodes': treeOf([]),
  'one node': treeOf([[-1, 1]]),
  chain: treeOf([
    [-1, 1],
    [0, 0],
    [1, 2],
  ]),
  wide: treeOf([
    [-1, 0],
    [-1, 3],
    [-1, 2],
    [-1, 1],
  ]),
  'wide, then deep': treeOf([
    [-1, 3],
    [-1, 0],
    [0, 1],
    [1, 2],
    [0, 2],
    [1, 0],
    [2, 3],
    [3, 3],
  ]),
  'every path of two': treeOf(
    [-1, 0, 1, 2, 3].flatMap((parent) =>
      Array.from({ length: VOCABULARY }, (_, token) => [parent, token] as const),
    ),
  ),
};

const laws: Record<string, Partial<SamplerSettings>> = {
  'the plain law': {},
  'temperature 0.7': { temperature: 0.7 },
  'top-k 2': { topK: 2 },
  'top-p 0.8': { topP: 0.8 },
  'min-p 0.3': { minP: 0.3 },
  'repetition penalty 1.5': { repetitionPenalty: 1.5 },
  'all of them': { temperature: 1.4, topK: 3, topP: 0.95, minP: 0.05, repetitionPenalty: 1.2 },
};

/**
 * The law of the first two emitted tokens, `[vocabulary * vocabulary]`, by integrating over the two draws that
 * decide them. The second token may come from the same round or from the next one, which drafts alike.
 */
function lawOfTwo(
  rule: AcceptanceRule,
  target: ToyTarget,
  draft: DraftTree,
  settings: SamplerSettings,
): number[] {
  const draws = new Map<number, number>();
  const sampler = createSampler(
    settings,
    inverseCdf((_seed, position) => draws.get(position) ?? ANY_DRAW),
  );
  const emit = (first: number, second: number): number[] => {
    draws.set(PROMPT.length, first);
    draws.set(PROMPT.length + 1, second);
    return decode(target, rule, sampler, PROMPT, 2, () => draft);
  };

  const law = new Array<number>(VOCABULARY * VOCABULARY).fill(0);
  for (const firstPiece of piecesOf((draw) => emit(draw, ANY_DRAW)[0])) {
    // The law of what follows must be the same wherever in its piece the first draw fell.
    const firstDraws = drawsIn(firstPiece);
    for (const firstDraw of firstDraws) {
      const weight = (firstPiece.to - firstPiece.from) / firstDraws.length;
      const pieces = piecesOf((draw) => {
        const [first, second] = emit(firstDraw, draw);
        return first * VOCABULARY + second;
      });
      for (const { from, to, outcome } of pieces) law[outcome] += weight * (to - from);
    }
  }
  return law;
}

/** The target's own law of two tokens, from the definition of the settings. */
function targetLawOfTwo(target: ToyTarget, settings: SamplerSettings): number[] {
  const lawAfter = (text: readonly number[]): number[] => {
    const law = naiveLaw(target(text), text, settings);
    assert.ok(law !== null, 'the case stands on a border: choose another target');
    return law;
  };
  return lawAfter(PROMPT).flatMap((p, first) => lawAfter([...PROMPT, first]).map((next) => p * next));
}

/**
 * Compares a sample with the draft, throws it away where they differ and draws again: the mistake of some
 * released code, here to show that the enumeration sees it.
 */
const comparesAndDrawsAgain: AcceptanceRule = {
  id: 'test',
  lossless: false,
  demand: 'any',
  walk(draft, scored, sampler, context) {
    const walk = acceptanceRules.sampled.walk(draft, scored, sampler, context);
    if (walk.end.kind !== 'correction') return walk;
    const again = sampler.choose(scored, 0, context.tokens.length + 1, context.tokens).token;
    return { ...walk, emitted: [again] };
  },
};

describe('acceptance rules', () => {
  describe('output law of the first two tokens, by exact enumeration', () => {
    const target = toyTarget(VOCABULARY, 20);
    for (const [law, partial] of Object.entries(laws)) {
      for (const [shape, draft] of Object.entries(shapes)) {
        it(`sampled: ${law}, ${shape}`, () => {
          const settings = { ...plainSettings, ...partial };
          const output = lawOfTwo(acceptanceRules.sampled, target, draft, settings);
          assert.ok(totalVariation(output, targetLawOfTwo(target, settings)) < 1e-12);
        });
      }
    }

    for (const [shape, draft] of Object.entries(shapes)) {
      for (const repetitionPenalty of [1, 1.5]) {
        it(`greedy: repetition penalty ${repetitionPenalty}, ${shape}`, () => {
          const settings = { ...plainSettings, temperature: 0, repetitionPenalty };
          // Near 0 the law is that of the most probable token: the independent definition has no 0 itself.
          const limit = targetLawOfTwo(target, { ...settings, temperature: 1e-6 });
          for (const rule of [acceptanceRules.greedy, acceptanceRules.sampled]) {
            assert.deepEqual(lawOfTwo(rule, target, draft, settings), limit);
          }
        });
      }
    }

    it('sees a rule that throws a sample away: total variation 0.25, as computed by hand', () => {
      const probabilities = [0.5, 0.3, 0.15, 0.05];
      const draft = treeOf([[-1, 0]]);
      const output = lawOfTwo(
        comparesAndDrawsAgain,
        () => Float32Array.from(probabilities, Math.log),
        draft,
        plainSettings,
      );
      const first = probabilities.map((_, token) =>
        output.slice(token * VOCABULARY, (token + 1) * VOCABULARY).reduce((a, b) => a + b, 0),
      );
      assert.ok(Math.abs(totalVariation(first, probabilities) - 0.25) < 1e-6, String(first));
    });
  });

  describe('over any tree', () => {
    const anyCase = fc.record({
      target: fc.nat().map((seed) => toyTarget(VOCABULARY, seed)),
      prompt: fc.array(fc.nat(VOCABULARY - 1), { minLength: 1, maxLength: 4 }),
      drafts: fc.array(anyTree(VOCABULARY), { minLength: 1, maxLength: 4 }),
      settings: fc.oneof(
        anyDrawingSettings,
        anyDrawingSettings.map((settings) => ({ ...settings, temperature: 0 })),
      ),
    });
    const ruleOf = (settings: SamplerSettings) =>
      settings.temperature === 0 ? acceptanceRules.greedy : acceptanceRules.sampled;

    it('emits token for token what plain decoding emits with the same seed', () => {
      fc.assert(
        fc.property(anyCase, ({ target, prompt, drafts, settings }) => {
          const sampler = createSampler(settings);
          const rule = ruleOf(settings);
          const plain = decode(target, rule, sampler, prompt, 16, () => treeOf([]));
          const speculative = decode(
            target,
            rule,
            sampler,
            prompt,
            16,
            (tokens) => drafts[tokens.length % drafts.length],
          );
          assert.deepEqual(speculative, plain);
        }),
        { numRuns: 300 },
      );
    });

    it('accepts a whole draft of what the target would say, and adds a bonus token', () => {
      fc.assert(
        fc.property(anyCase, fc.integer({ min: 1, max: 8 }), ({ target, prompt, settings }, length) => {
          const sampler = createSampler(settings);
          const rule = ruleOf(settings);
          const said = decode(target, rule, sampler, prompt, length + 1, () => treeOf([]));
          const draft = treeOf(said.slice(0, length).map((token, i) => [i - 1, token] as const));
          const walk = walkOnce(target, rule, sampler, draft, prompt);
          assert.deepEqual(walk.emitted, said);
          assert.deepEqual(walk.end, { kind: 'bonus', token: said[length] });
          assert.ok(walk.state.every((state) => state === 'accepted'));
        }),
      );
    });

    it('gives a verdict that holds together', () => {
      fc.assert(
        fc.property(anyCase, fc.nat(6), ({ target, prompt, drafts, settings }, stopAt) => {
          const sampler = createSampler(settings);
          const ends = (emitted: readonly number[]) => emitted.length > stopAt;
          const walk = walkOnce(target, ruleOf(settings), sampler, drafts[0], prompt, ends);
          checkVerdict(walk, drafts[0], prompt);
          checkNumbers(walk, drafts[0], target, sampler, prompt);
          const passed = walk.acceptedPath.map((_, i) => ends(walk.emitted.slice(0, i + 1)));
          assert.equal(passed.indexOf(true), walk.end.kind === 'none' ? passed.length - 1 : -1);
        }),
        { numRuns: 300 },
      );
    });

    it('is pure: the same inputs give the same walk', () => {
      fc.assert(
        fc.property(anyCase, ({ target, prompt, drafts, settings }) => {
          const once = () => walkOnce(target, ruleOf(settings), createSampler(settings), drafts[0], prompt);
          assert.deepEqual(once(), once());
        }),
      );
    });
  });

  it('counts the path walked so far in the repetition penalty', () => {
    const target: ToyTarget = () => Float32Array.of(4, 3, 1, 0);
    const sampler = createSampler({ ...plainSettings, temperature: 0, repetitionPenalty: 2 });
    const draft = treeOf([
      [-1, 0],
      [0, 0],
      [0, 1],
    ]);
    const walk = walkOnce(target, acceptanceRules.greedy, sampler, draft, [3]);
    assert.deepEqual(walk.emitted, [0, 1, 0]);
    assert.deepEqual(walk.state, ['accepted', 'rejected', 'accepted']);
  });

  it('ends inside the draft without a token of its own when the sequence is over', () => {
    const target: ToyTarget = () => Float32Array.of(0, 9, 0, 0);
    const sampler = createSampler({ ...plainSettings, temperature: 0 });
    const draft = treeOf([
      [-1, 1],
      [0, 1],
    ]);
    const walk = walkOnce(target, acceptanceRules.greedy, sampler, draft, [0], () => true);
    assert.deepEqual(walk.end, { kind: 'none', token: null });
    assert.deepEqual(walk.emitted, [1]);
    assert.deepEqual(walk.state, ['accepted', 'notReached']);
  });

  it('refuses greedy acceptance at a temperature', () => {
    const sampler = createSampler({ ...plainSettings, temperature: 0.8 });
    assert.throws(
      () => walkOnce(toyTarget(4, 0), acceptanceRules.greedy, sampler, treeOf([]), [0]),
      userError('usage', /temperature 0/),
    );
  });

  it('refuses scores of another draft', () => {
    const target = toyTarget(4, 0);
    const sampler = createSampler(plainSettings);
    const scored = verify(target, treeOf([]), [0]);
    const context = { tokens: [0], ends: () => false };
    assert.throws(
      () => acceptanceRules.sampled.walk(treeOf([[-1, 1]]), scored, sampler, context),
      /1 rows instead of 2/,
    );
  });

  it('is listed under its own id and is lossless', () => {
    for (const [id, rule] of Object.entries(acceptanceRules)) {
      assert.equal(rule.id, id);
      assert.ok(rule.lossless);
    }
  });
});

/** The states, the path, the emitted tokens and the end tell one story. */
function checkVerdict(walk: Walk, draft: DraftTree, prompt: readonly number[]): void {
  const { acceptedPath, emitted, end, state, choices } = walk;
  assert.equal(state.length, draft.token.length);
  acceptedPath.forEach((node, i) => assert.equal(draft.parent[node], i === 0 ? -1 : acceptedPath[i - 1]));
  const last = acceptedPath.at(-1) ?? -1;
  assert.deepEqual(emitted, [...pathTokens(draft, last), ...(end.token === null ? [] : [end.token])]);
  assert.ok(emitted.length > 0);

  const reachedRows = choices.map(({ row }) => row);
  assert.deepEqual(reachedRows, [0, ...acceptedPath.map((node) => node + 1)].slice(0, emitted.length));
  assert.deepEqual(
    choices.map(({ token }) => token),
    emitted,
  );
  assert.deepEqual(
    choices.map(({ position }) => position),
    emitted.map((_, i) => prompt.length + i),
  );

  state.forEach((verdict, node) => {
    const expected = acceptedPath.includes(node)
      ? 'accepted'
      : reachedRows.includes(draft.parent[node] + 1)
        ? 'rejected'
        : 'notReached';
    assert.equal(verdict, expected);
  });

  if (end.token !== null) {
    assert.equal(childWithToken(draft, last, end.token), -1);
    assert.equal(end.kind, childrenOf(draft, last).length > 0 ? 'correction' : 'bonus');
  }
}

/** The probabilities and draws are those of the sampler at the node's parent, NaN where it was not asked. */
function checkNumbers(
  walk: Walk,
  draft: DraftTree,
  target: ToyTarget,
  sampler: Sampler,
  prompt: readonly number[],
): void {
  const scored = verify(target, draft, prompt);
  for (const { row, position, token, draw, probability } of walk.choices) {
    const text = [...prompt, ...pathTokens(draft, row - 1)];
    const law = sampler.choose(scored, row, position, text);
    assert.deepEqual([token, draw], [law.token, law.drawOf(token)]);
    assert.equal(probability, law.probabilityOf(token));
    assert.ok(probability > 0 && probability <= 1);
    draft.parent.forEach((parent, node) => {
      if (parent + 1 !== row) return;
      assert.equal(walk.processedProbability[node], law.probabilityOf(draft.token[node]));
      assert.ok(Object.is(walk.draw[node], law.drawOf(draft.token[node])));
    });
  }
  walk.state.forEach((state, node) => {
    if (state !== 'notReached') return;
    assert.ok(Number.isNaN(walk.processedProbability[node]) && Number.isNaN(walk.draw[node]));
  });
}
