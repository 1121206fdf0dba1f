import assert from 'node:assert/strict';
import fc from 'fast-check';
import { acceptanceRules } from '../../../../src/decoding/acceptance';
import { childrenOf, EMPTY_DRAFT, type DraftTree } from '../../../../src/decoding/draftTree';
import type { AcceptanceRule } from '../../../../src/decoding/walk';
import { draftModel } from '../../../../src/engine/drafters/draftModelDrafter';
import { DrafterMemory } from '../../../../src/engine/drafters/memory';
import { staged } from '../../../../src/engine/drafters/staged';
import { lawOf } from '../../decoding/drawnDrafts';
import { besides, pathTokens, plainSettings, softmax, toyTarget, type ToyTarget } from '../../decoding/toy';
import { budgetOf, checkDraft, contextOf, offerAfter } from './drafting';
import { ToyDraftModel } from './toyDraftModel';
import { speculate } from './toyLoop';

/** The constant of draftGrowth.ts, stated again: changing it there must be meant. */
const MIN_PATH_PROBABILITY = 0.05;

const VOCABULARY = 5;
const TEXT = [2, 0, 3];
const greedy = { ...plainSettings, temperature: 0 };
const target = toyTarget(VOCABULARY, 20);
const near = besides(target, toyTarget(VOCABULARY, 21));

const pathsOf = (draft: DraftTree) =>
  [...draft.token.keys()].map((node) => pathTokens(draft, node).join(' '));

/** The most probable paths, by looking at all of them. */
function bestPaths(
  lawAfter: (text: readonly number[]) => readonly number[],
  nodes: number,
  depth: number,
  least = MIN_PATH_PROBABILITY,
) {
  const all: { path: number[]; probability: number }[] = [];
  const visit = (path: number[], probability: number): void => {
    if (path.length === depth) return;
    lawAfter([...TEXT, ...path]).forEach((q, token) => {
      if (probability * q < least) return;
      all.push({ path: [...path, token], probability: probability * q });
      visit([...path, token], probability * q);
    });
  };
  visit([], 1);
  return all
    .sort((a, b) => b.probability - a.probability)
    .slice(0, nodes)
    .map(({ path }) => path.join(' '));
}

describe('the draft model drafter', () => {
  const propose = async (
    model: ToyDraftModel,
    nodes: number,
    depth: number,
    context: Parameters<typeof contextOf>[0] = {},
    text: readonly number[] = TEXT,
  ) => offerAfter(await draftModel.create(contextOf({ model, ...context })), text, budgetOf(nodes, depth));

  describe('at temperature 0', () => {
    it('proposes the most probable tree, with one forward a level at most', () =>
      fc.assert(
        fc.asyncProperty(
          fc.nat(500),
          fc.integer({ min: 1, max: 12 }),
          fc.integer({ min: 1, max: 5 }),
          fc.constantFrom(1, 1.3),
          async (seed, nodes, depth, repetitionPenalty) => {
            const law = toyTarget(VOCABULARY, seed);
            const settings = { ...greedy, repetitionPenalty };
            const model = new ToyDraftModel(law, VOCABULARY);
            const drafter = await draftModel.create(contextOf({ model, settings }));
            await drafter.reset(TEXT);
            model.forwards.length = 0;
            const draft = await drafter.propose({ tokens: TEXT }, budgetOf(nodes, depth));
            checkDraft(draft, budgetOf(nodes, depth));
            const lawAfter = (text: readonly number[]) => lawOf(law, { ...settings, temperature: 1 }, text);
            assert.deepEqual(pathsOf(draft).sort(), bestPaths(lawAfter, nodes, depth).sort());
            assert.ok(model.forwards.length <= depth);
            draft.token.forEach((token, node) => {
              const path = pathTokens(draft, node).slice(0, -1);
              assert.ok(Math.abs(draft.q[node] - lawAfter([...TEXT, ...path])[token]) < 1e-6);
            });
          },
        ),
        { numRuns: 60 },
      ));

    it('grows as far as nodes and levels promise what they cost, where the budget tells', async () => {
      const law = toyTarget(VOCABULARY, 7);
      const drafted = async (node: number, level: number) => {
        const model = new ToyDraftModel(law, VOCABULARY);
        const drafter = await draftModel.create(contextOf({ model }));
        const price = { node, level, time: 0 };
        const draft = await drafter.propose({ tokens: TEXT }, { ...budgetOf(40, 4), price });
        return { draft, forwards: model.forwards.length };
      };
      const lawAfter = (text: readonly number[]) => softmax(law(text));
      for (const node of [0.01, 0.05, 0.2]) {
        const { draft } = await drafted(node, 0);
        assert.deepEqual(pathsOf(draft).sort(), bestPaths(lawAfter, 40, 4, node).sort());
      }
      const all = await drafted(0.01, 0);
      assert.equal(all.forwards, 4);
      const first = await drafted(0.01, 2);
      assert.equal(first.forwards, 1, 'no level promises two tokens');
      assert.deepEqual([...first.draft.depth], new Array(first.draft.token.length).fill(1));
    });

    it('carries no laws: its scores are not what anything was drawn from', async () => {
      assert.equal('laws' in (await propose(new ToyDraftModel(near, VOCABULARY), 8, 4)), false);
    });
  });

  describe('above it', () => {
    const settings = { ...plainSettings, temperature: 0.9, topK: 4, seed: 5 };

    it('drafts what the target draws, where both think alike', async () => {
      const model = new ToyDraftModel(target, VOCABULARY);
      const drafter = await draftModel.create(contextOf({ model, settings }));
      const { rounds } = await speculate(drafter, target, settings, TEXT, 40, { nodes: 6, depth: 3 });
      for (const { draft, walk } of rounds) {
        if (draft.token.length > 0) assert.equal(walk.acceptedPath.length, Math.max(...draft.depth));
      }
    });

    for (const demand of ['drawnChain', 'drawnTree'] as const) {
      it(`carries the law of each row for a ${demand}, and draws the same again`, async () => {
        const memory = new DrafterMemory(VOCABULARY + 2);
        const draw = (seed: number) =>
          propose(new ToyDraftModel(near, VOCABULARY), 12, 4, {
            demand,
            memory,
            settings: { ...settings, seed },
          });
        const draft = await draw(5);
        assert.ok(draft.laws !== undefined && draft.laws.length === draft.token.length + 1);
        for (const [row, law] of draft.laws.entries()) {
          const children = childrenOf(draft, row - 1);
          assert.equal(law === null, children.length === 0);
          if (law === null) continue;
          assert.ok(demand === 'drawnTree' || children.length === 1);
          const naive = lawOf(near, settings, [...TEXT, ...pathTokens(draft, row - 1)]);
          // The target has two tokens more, which the draft model cannot draw.
          [...naive, 0, 0].forEach((q, token) => assert.ok(Math.abs(law[token] - q) < 1e-12));
          for (const child of children) assert.equal(draft.q[child], law[draft.token[child]]);
        }
        assert.deepEqual(await draw(5), draft);
        assert.notDeepEqual(pathsOf(await draw(6)), pathsOf(draft));
      });
    }

    it('drafts less where it was wrong, but never nothing', async () => {
      const wrong: ToyTarget = (context) => target(context).map((logit) => -4 * logit);
      const drafter = await draftModel.create(
        contextOf({ model: new ToyDraftModel(wrong, VOCABULARY), settings, demand: 'drawnChain' }),
      );
      const { rounds } = await speculate(
        drafter,
        target,
        settings,
        TEXT,
        120,
        { nodes: 6, depth: 6 },
        acceptanceRules.speculativeSampling,
      );
      const length = (round: (typeof rounds)[number]) => round.draft.token.length;
      assert.ok(length(rounds[0]) > 2);
      assert.ok(rounds.slice(-20, -1).every((round) => length(round) === 1 || length(round) === 2));
    });
  });

  it('reads a text without the tokens that only the target has, and proposes none of its own', async () => {
    // It knows seven tokens, of which the target shares five; the text has two that only the target has.
    const seven = toyTarget(7, 3);
    for (const settings of [greedy, plainSettings]) {
      for (const demand of ['any', 'drawnTree'] as const) {
        if (demand === 'drawnTree' && settings === greedy) continue;
        const context = { settings, demand, memory: new DrafterMemory(9) };
        const foreign = await propose(new ToyDraftModel(seven, VOCABULARY), 12, 4, context, [8, 2, 0, 5, 3]);
        const plain = await propose(new ToyDraftModel(seven, VOCABULARY), 12, 4, context, TEXT);
        assert.ok(foreign.token.length > 0);
        assert.ok(foreign.token.every((token) => token < VOCABULARY));
        // Draws are keyed by the place in the target's text, which differs.
        if (settings === greedy) assert.deepEqual(foreign, plain);
      }
    }
    assert.equal((await propose(new ToyDraftModel(seven, VOCABULARY), 4, 4, {}, [8, 7])).token.length, 0);
  });

  it('drafts nothing where its own context ends', async () => {
    const after = (context: number) => propose(new ToyDraftModel(near, VOCABULARY, context), 8, 2);
    assert.deepEqual(await after(TEXT.length + 7), EMPTY_DRAFT);
    assert.ok((await after(TEXT.length + 8)).token.length > 0);
    assert.deepEqual(await after(TEXT.length - 1), EMPTY_DRAFT);
  });
});

describe('staged speculation', () => {
  /** Goes in circles, so that n-grams guess well. */
  const circling: ToyTarget = (context) => toyTarget(VOCABULARY, 4)(context.slice(-1));
  const text = [2, 0, 3, 1, 2, 0, 3, 1, 2, 0];

  it('drafts the tree that the draft model alone drafts, node by node, in no more forwards', async () => {
    let [saved, guessed] = [0, 0];
    for (const demand of ['any', 'drawnChain', 'drawnTree'] as const) {
      for (const temperature of demand === 'any' ? [0, 1] : [1]) {
        for (const law of [circling, near]) {
          const drawn = async (entry: typeof staged, seed: number) => {
            const model = new ToyDraftModel(law, VOCABULARY);
            const settings = { ...plainSettings, temperature, seed };
            const drafter = await entry.create(contextOf({ model, settings, demand }));
            const size = { nodes: 6, depth: 4 };
            const rule = demand === 'any' ? undefined : acceptanceRules.multiRound;
            const { rounds, output } = await speculate(drafter, target, settings, text, 12, size, rule);
            return { drafts: rounds.map(({ draft }) => draft), output, forwards: model.forwards.length };
          };
          for (let seed = 0; seed < 6; seed++) {
            const alone = await drawn(draftModel, seed);
            const ahead = await drawn(staged, seed);
            assert.deepEqual(ahead.output, alone.output);
            ahead.drafts.forEach((draft, i) => {
              const { source, ...expected } = alone.drafts[i];
              const { source: sources, ...tree } = draft;
              assert.deepEqual(tree, expected);
              sources.forEach((by, node) => {
                const own = source[node].replace('draft-model', 'staged');
                assert.ok(by === own || /^staged-ngram:[12]$/.test(by), by);
                if (by !== own) guessed++;
              });
            });
            assert.ok(ahead.forwards <= alone.forwards);
            saved += alone.forwards - ahead.forwards;
          }
        }
      }
    }
    assert.ok(saved > 100 && guessed > 100, `${saved} forwards saved, ${guessed} nodes guessed`);
  });

  /** Knows what comes next by the last token alone. */
  const sure: ToyTarget = (context) =>
    Float32Array.from({ length: VOCABULARY }, (_, token) =>
      token === text[text.indexOf(context[context.length - 1]) + 1] ? 9 : 0,
    );
  const proposed = async (model: ToyDraftModel) => {
    const drafter = await staged.create(contextOf({ model }));
    await drafter.reset(text);
    model.forwards.length = 0;
    return drafter.propose({ tokens: text }, budgetOf(6));
  };

  it('needs few forwards where the text repeats itself, and says which tokens were guessed', async () => {
    const model = new ToyDraftModel(sure, VOCABULARY);
    const chain = await proposed(model);
    assert.deepEqual([...chain.token], [3, 1, 2, 0, 3, 1]);
    // The text's last token; then the first drafted one with four guesses behind it.
    assert.deepEqual(model.forwards, [1, 5]);
    assert.deepEqual(chain.source, ['staged:1', ...new Array<string>(4).fill('staged-ngram:2'), 'staged:1']);
  });

  it('guesses nothing where the draft model’s context is about to end', async () => {
    const model = new ToyDraftModel(sure, VOCABULARY, text.length + 20);
    const chain = await proposed(model);
    assert.deepEqual([...chain.token], [3, 1, 2, 0, 3, 1]);
    assert.deepEqual(model.forwards, [1, 1, 1, 1, 1, 1]);
  });
});

describe('where trees cannot be run', () => {
  /** Refuses whatever is no chain. */
  class ChainModel extends ToyDraftModel {
    private length = 0;

    override begin(...args: Parameters<ToyDraftModel['begin']>) {
      this.length = 0;
      return super.begin(...args);
    }

    override extend(...args: Parameters<ToyDraftModel['extend']>) {
      for (const { parent } of args[0]) assert.equal(parent, this.length++ - 1);
      return super.extend(...args);
    }

    override rewind(rows: number) {
      this.length = Math.min(rows, this.length);
      super.rewind(rows);
    }
  }

  for (const entry of [draftModel, staged]) {
    for (const temperature of [0, 1]) {
      it(`${entry.description.id} drafts chains at temperature ${temperature}, and runs nothing else`, async () => {
        let most = 0;
        for (let seed = 0; seed < 20; seed++) {
          const model = new ChainModel(near, VOCABULARY);
          const settings = { ...plainSettings, temperature, seed };
          const drafter = await entry.create(contextOf({ model, settings, trees: false }));
          const size = { nodes: 8, depth: 4 };
          const { rounds } = await speculate(drafter, target, settings, TEXT, 24, size);
          for (const { draft } of rounds) {
            assert.deepEqual(
              [...draft.parent],
              [...draft.parent.keys()].map((node) => node - 1),
            );
            most = Math.max(most, draft.parent.length);
          }
        }
        assert.equal(most, 4);
      });
    }
  }
});

describe('drafters that draw', () => {
  const cases: readonly [typeof staged, AcceptanceRule][] = [
    [draftModel, acceptanceRules.speculativeSampling],
    [draftModel, acceptanceRules.multiRound],
    [draftModel, acceptanceRules.block],
    [staged, acceptanceRules.block],
  ];
  for (const [entry, rule] of cases) {
    it(`${entry.description.id} under ${rule.id} writes by the target's law`, async () => {
      const runs = 1500;
      const counts = new Map<string, number>();
      for (let seed = 0; seed < runs; seed++) {
        const settings = { ...plainSettings, topK: 3, seed };
        const model = new ToyDraftModel(near, VOCABULARY);
        const drafter = await entry.create(contextOf({ model, settings, demand: rule.demand }));
        const size = { nodes: 5, depth: 3 };
        const { output } = await speculate(drafter, target, settings, TEXT, 3, size, rule);
        const written = output.join(' ');
        counts.set(written, (counts.get(written) ?? 0) + 1);
      }
      let statistic = 0;
      let degrees = -1;
      let rest = { expected: 0, count: 0 };
      const settings = { ...plainSettings, topK: 3 };
      const add = (expected: number, count: number) => {
        statistic += (count - expected) ** 2 / expected;
        degrees++;
      };
      const visit = (path: number[], p: number): void => {
        if (path.length < 3) {
          lawOf(target, settings, [...TEXT, ...path]).forEach((q, token) => {
            if (q > 0) visit([...path, token], p * q);
          });
          return;
        }
        const count = counts.get(path.join(' ')) ?? 0;
        // Texts that are too rare for the statistic count as one.
        if (runs * p >= 8) add(runs * p, count);
        else rest = { expected: rest.expected + runs * p, count: rest.count + count };
      };
      visit([], 1);
      add(rest.expected, rest.count);
      // The mean of chi-square and four of its standard deviations.
      assert.ok(
        statistic < degrees + 4 * Math.sqrt(2 * degrees),
        `chi-square ${statistic} of ${degrees} degrees`,
      );
    });
  }
});
