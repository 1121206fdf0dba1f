import assert from 'node:assert/strict';
import fc from 'fast-check';
import { ancestorMask, DraftTreeBuilder, rowPositions } from '../../../../src/decoding/draftTree';
import { JacobiWindow } from '../../../../src/engine/drafters/jacobiWindow';
import { lookahead } from '../../../../src/engine/drafters/lookahead';
import { NgramPool } from '../../../../src/engine/drafters/ngramPool';
import { pathTokens, plainSettings, toyTarget, type ToyTarget } from '../../decoding/toy';
import { budgetOf, commit, proposalAfter } from './drafting';
import { speculate, topTokens } from './toyLoop';

/** The constants of lookahead.ts, stated again: changing one there must be meant. */
const WINDOW = 3;
const NGRAM = 4;
const GUESSES = 3;

const greedy = { ...plainSettings, temperature: 0 };
const wide = { nodes: 100, depth: 100 };

describe('the pool of n-grams', () => {
  it('keeps the latest different continuations of the latest tokens', () => {
    const anyAddition = fc.tuple(fc.nat(5), fc.tuple(fc.nat(2), fc.nat(2)));
    fc.assert(
      fc.property(
        fc.array(anyAddition, { maxLength: 60 }),
        fc.integer({ min: 1, max: 6 }),
        (added, tokens) => {
          const pool = new NgramPool(2, tokens);
          let latest: typeof added = [];
          for (const addition of added) {
            pool.add(...addition);
            latest = [addition, ...latest];
            const kept = [...new Set(latest.map(([token]) => token))].slice(0, tokens);
            latest = latest.filter(([token]) => kept.includes(token));
          }
          for (let token = 0; token <= 5; token++) {
            const after = latest.filter(([other]) => other === token).map(([, next]) => next.join(' '));
            assert.deepEqual(
              pool.after(token).map((next) => next.join(' ')),
              [...new Set(after)].slice(0, 2),
            );
          }
        },
      ),
    );
  });
});

describe('the window', () => {
  /** Columns of tokens that occur once, so that no two rows are the same. */
  const filled = (columns: number, levels: number): JacobiWindow => {
    const window = new JacobiWindow(
      Array.from({ length: columns }, (_, column) => 100 * (column + 1)),
      levels,
    );
    for (let column = 0; column < columns; column++) {
      for (let level = 1; level < levels; level++) window.advance(column, 100 * (column + 1) + level);
    }
    return window;
  };

  it('looks, as a tree, where lookahead decoding’s mask lets it look, at the positions of the original', () => {
    for (const [columns, levels] of [
      [1, 1],
      [1, 3],
      [3, 3],
      [5, 2],
      [4, 5],
    ]) {
      const tree = new DraftTreeBuilder();
      filled(columns, levels).addTo(tree, 7, wide);
      const draft = tree.build();
      const rows = draft.token.length + 1;
      assert.equal(rows, columns * levels);
      const mask = ancestorMask(draft);
      const positions = rowPositions(draft, 50);
      const place = (row: number) => {
        const token = row === 0 ? 100 : draft.token[row - 1];
        return { column: Math.floor(token / 100) - 1, level: token % 100 };
      };
      for (let row = 0; row < rows; row++) {
        const own = place(row);
        assert.equal(positions[row], 50 + own.column + own.level);
        for (let other = 0; other < rows; other++) {
          const { column, level } = place(other);
          const visible = level === 0 ? column <= own.column : column === own.column && level <= own.level;
          assert.equal(mask[row * rows + other] === 1, visible);
        }
      }
    }
  });

  it('adds the columns that fit whole, and says where each goes on', () => {
    const ends = (limits: { nodes: number; depth: number }) => {
      const tree = new DraftTreeBuilder();
      const added = filled(3, 3).addTo(tree, 7, limits);
      return [tree.size, added];
    };
    assert.deepEqual(ends({ nodes: 8, depth: 4 }), [8, [1, 4, 7]]);
    assert.deepEqual(ends({ nodes: 7, depth: 4 }), [5, [1, 4]]);
    assert.deepEqual(ends({ nodes: 8, depth: 3 }), [5, [1, 4]]);
    assert.deepEqual(ends({ nodes: 1, depth: 4 }), [0, []]);
  });

  it('gives up a column’s lowest level when it is whole, and starts the first at the root token', () => {
    const window = new JacobiWindow([5, 6], 2);
    assert.equal(window.advance(1, 7), null);
    assert.deepEqual(window.advance(1, 8), [6, 7, 8]);
    const tree = new DraftTreeBuilder();
    assert.deepEqual(window.addTo(tree, 9, wide), [-1, 1]);
    assert.deepEqual(pathTokens(tree.build(), 1), [7, 8]);
    assert.equal(window.advance(0, 3), null);
    assert.deepEqual(window.advance(0, 4), [9, 3, 4]);
  });
});

describe('lookahead decoding', () => {
  it('proposes n-grams of the text', () => {
    const draft = proposalAfter(lookahead.create(), [1, 2, 3, 4, 9, 1], budgetOf(6));
    assert.deepEqual(pathTokens(draft, 2), [2, 3, 4]);
    assert.deepEqual(draft.source.slice(0, 3), ['lookahead-pool:1', 'lookahead-pool:1', 'lookahead-pool:1']);
  });

  it('begins its window with tokens of the text', () => {
    const draft = proposalAfter(lookahead.create(), [11, 12, 13], budgetOf(16));
    assert.deepEqual(
      [...draft.parent],
      Array.from({ length: WINDOW - 1 }, (_, i) => i - 1),
    );
    assert.ok(draft.token.every((token) => [11, 12, 13].includes(token)));
  });

  it('drafts, round by round, what a second writing of the algorithm drafts', () =>
    fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 2, max: 12 }),
        fc.nat(1000),
        fc.constantFrom(1, 2, Infinity),
        fc.record({ nodes: fc.integer({ min: 1, max: 24 }), depth: fc.integer({ min: 1, max: 8 }) }),
        async (vocabulary, seed, reach, size) => {
          const whole = toyTarget(vocabulary, seed);
          const target: ToyTarget = (context) => whole(context.slice(-reach));
          const drafter = lookahead.create();
          const { rounds } = await speculate(drafter, target, greedy, [1, 0, 1], 40, size);

          const first = rounds.find(({ budget }) => budget.nodes > 0)?.draft;
          const naive = new NaiveLookahead(target, firstGuesses(first?.token, first?.source));
          naive.learn([1, 0, 1]);
          for (const { tokens, budget, draft, walk } of rounds) {
            const paths = budget.nodes > 0 ? naive.round(tokens, budget) : [];
            const drafted = Array.from(draft.token, (_, node) => pathTokens(draft, node).join(' '));
            assert.deepEqual(drafted, paths);
            naive.learn(walk.emitted);
          }
        },
      ),
      { numRuns: 60 },
    ));

  it('drafts what its window wrote and the text never had', async () => {
    // A target that counts up by one, except that the text itself is held to zeros.
    const target: ToyTarget = (context) => {
      const logits = new Float32Array(40);
      const isGuess = context[context.length - 1] !== 0;
      logits[isGuess ? (context[context.length - 1] + 1) % 40 : 0] = 1;
      return logits;
    };
    const prompt = [3, 9, 17, 21, 30, 0];
    const drafter = lookahead.create();
    await speculate(drafter, target, greedy, prompt, 80, { nodes: 16, depth: 8 });
    const written = [...Array(40).keys()].filter((token) => {
      void commit(drafter, [token]);
      const text = new Array<number>(prompt.length + 80 + token + 1).fill(token);
      const draft = drafter.propose({ tokens: text }, budgetOf(6));
      assert.ok(!(draft instanceof Promise));
      return draft.source[0]?.startsWith('lookahead-pool') && draft.token[0] === (token + 1) % 40;
    });
    assert.ok(written.length > 3, `${written.length} n-grams`);
  });
});

/** The window's first guesses, read off the lowest level of the first draft. */
function firstGuesses(token: Int32Array | undefined, source: readonly string[] | undefined): number[] {
  const guesses = [NaN];
  source?.forEach((name, node) => {
    if (name.startsWith('lookahead-window') && token !== undefined) guesses.push(token[node]);
  });
  return guesses;
}

/** Lookahead decoding again, in texts instead of nodes: each row of the window is a text of its own. */
class NaiveLookahead {
  private readonly columns: number[][];
  private readonly ngrams: number[][] = [];
  private text: number[] = [];

  constructor(
    private readonly target: ToyTarget,
    guesses: readonly number[],
  ) {
    this.columns = guesses.map((token) => [token]);
  }

  learn(tokens: readonly number[]): void {
    for (const token of tokens) {
      this.text.push(token);
      if (this.text.length >= NGRAM) this.ngrams.push(this.text.slice(-NGRAM));
    }
  }

  /** The paths of the draft's nodes in order; the window moves on. */
  round(tokens: readonly number[], { nodes, depth }: { nodes: number; depth: number }): string[] {
    const root = tokens[tokens.length - 1];
    const continuations = this.ngrams
      .filter(([token]) => token === root)
      .map((ngram) => ngram.slice(1).join(' '))
      .reverse();
    const guesses = [...new Set(continuations)].slice(0, GUESSES).map((text) => text.split(' '));
    const paths = new Set<string>();
    const guess = (most: number) => {
      for (const tokens of guesses) {
        for (let length = 1; length <= Math.min(tokens.length, depth); length++) {
          if (paths.size < most) paths.add(tokens.slice(0, length).join(' '));
        }
      }
    };

    guess(Math.floor(nodes / 2));
    this.columns[0][0] = root;
    const lowest: number[] = [];
    const written: number[] = [];
    for (const [column, levels] of this.columns.entries()) {
      const rows = column === 0 ? levels.slice(1) : levels;
      if (paths.size + rows.length > nodes || column + levels.length - 1 > depth) break;
      for (const [i] of rows.entries()) paths.add([...lowest, ...rows.slice(0, i + 1)].join(' '));
      written.push(topTokens(this.target([...tokens, ...lowest, ...rows]))[0]);
      if (column > 0) lowest.push(levels[0]);
    }
    guess(nodes);

    written.forEach((token, column) => {
      const levels = this.columns[column];
      levels.push(token);
      if (levels.length === NGRAM) {
        this.ngrams.push([...levels]);
        levels.shift();
      }
    });
    return [...paths];
  }
}
