import { z } from 'zod';
import type { Checkpoint } from './checkpoint';
import {
  requireHidden,
  requireVocabulary,
  type HeadBuilder,
  type HeadFormat,
  type ImportedHead,
} from './format';
import type { Guesses, HeadPart, Projection } from './headPart';
import { applyBlock, storeBlock, type ResidualBlock } from './residualBlock';
import { storeIds, type TokenIds } from './tokenIds';

/** What a level does with the target's last state. */
interface Level {
  readonly blocks: readonly ResidualBlock[];
  readonly projection: Projection;
}

/**
 * Medusa (Cai et al. 2024) as its authors release it: the state of a list of `Sequential`s, each of residual blocks
 * `{level}.{block}.linear` and a projection onto the vocabulary behind them, `{level}.{blocks}`.
 */
export const medusa: HeadFormat = {
  name: 'Medusa',
  kind: 'medusa',
  recognise(source) {
    const plain = source.renamed((name) => name.replace(/^medusa_heads?\./, ''));
    return plain.has('0.0.linear.weight') ? plain : null;
  },
  async convert(source, head) {
    const levels: Level[] = [];
    const count = source.countOf((level) => `${level}.0.linear.weight`);
    for (let level = 0; level < count; level++) {
      const blocks = projectionPlace(source, level);
      levels.push({
        blocks: await storeBlocks(source, head, blocks, `${level}`, (block) => `${level}.${block}.linear`),
        projection: await storeProjection(source, head, `${level}.${blocks}`, `${level}`, null),
      });
    }
    return writeMedusa(head, levels);
  },
};

/**
 * Where a level's projection stands: behind the blocks. The authors' code repeats one block, and some tools store such a
 * tensor once, so blocks may be missing.
 */
function projectionPlace(source: Checkpoint, level: number): number {
  const places = source.names.map((name) => new RegExp(`^${level}\\.(\\d+)\\.weight$`).exec(name)?.[1]);
  return Math.max(1, ...places.map(Number).filter((place) => !Number.isNaN(place)));
}

const vllmConfig = z.looseObject({
  /** All levels have the target's own projection, which stands in the checkpoint once. */
  original_lm_head: z.boolean().nullish(),
});

/**
 * Medusa as vLLM reads it: `blocks.{level}.layers.{block}`, `lm_heads.{level}`, and where the projections are cut to
 * the tokens that texts consist of, their ids in `token_map`.
 */
export const vllmMedusa: HeadFormat = {
  name: 'Medusa (vLLM)',
  kind: 'medusa',
  recognise(source) {
    const plain = source.renamed((name) => name.replace('medusa_heads.', ''));
    return plain.has('blocks.0.layers.0.weight') ? plain : null;
  },
  async convert(source, head) {
    const ids = source.has('token_map') ? await tokenMap(source, head) : null;
    const count = source.countOf((level) => `blocks.${level}.layers.0.weight`);
    const shared = vllmConfig.safeParse(source.config).data?.original_lm_head === true;
    const one = source.has('lm_head.weight') ? 'lm_head' : 'lm_heads.0';
    const common = shared ? await storeProjection(source, head, one, '0', ids) : null;
    const levels: Level[] = [];
    for (let level = 0; level < count; level++) {
      const blocks = source.countOf((block) => `blocks.${level}.layers.${block}.weight`);
      const name = (block: number) => `blocks.${level}.layers.${block}`;
      levels.push({
        blocks: await storeBlocks(source, head, blocks, `${level}`, name),
        projection: common ?? (await storeProjection(source, head, `lm_heads.${level}`, `${level}`, ids)),
      });
    }
    return writeMedusa(head, levels);
  },
};

async function tokenMap(source: Checkpoint, head: HeadBuilder): Promise<TokenIds> {
  const ids = await source.integers('token_map', source.shapeOf('token_map'));
  return storeIds(source, 'token_map', ids, head);
}

/** Stores the blocks of a level; one that is missing is the one before it. */
async function storeBlocks(
  source: Checkpoint,
  head: HeadBuilder,
  count: number,
  level: string,
  tensor: (block: number) => string,
): Promise<ResidualBlock[]> {
  const blocks: ResidualBlock[] = [];
  for (let block = 0; block < count; block++) {
    const earlier = blocks.at(-1);
    if (earlier !== undefined && !source.has(`${tensor(block)}.weight`)) {
      blocks.push(earlier);
      continue;
    }
    const { inputs } = source.matrixOf(`${tensor(block)}.weight`);
    requireHidden(source, `${tensor(block)}.weight`, inputs, head);
    const name = `${level}.${block}`;
    blocks.push(await storeBlock(head.weights, source, name, { rows: inputs, inputs }, tensor(block), null));
  }
  return blocks;
}

/** @param map null where the rows are the whole vocabulary's */
async function storeProjection(
  source: Checkpoint,
  head: HeadBuilder,
  tensor: string,
  level: string,
  map: TokenIds | null,
): Promise<Projection> {
  const { rows } = source.matrixOf(`${tensor}.weight`);
  const inputs = head.target.config.hiddenSize;
  if (map === null) {
    requireVocabulary(source, `${tensor}.weight`, rows, head);
    const linear = await head.weights.linear(`projection.${level}`, source, {
      parts: [[tensor, rows]],
      inputs,
    });
    return { linear, ids: null };
  }
  const all = await source.floats(`${tensor}.weight`, [rows, inputs]);
  // vLLM takes the map's rows itself where all are there.
  const chosen = rows === map.ids.length ? all : rowsOf(all, inputs, map.ids);
  const linear = await head.weights.matrix(`projection.${level}`, chosen, inputs, source.path);
  return { linear, ids: map.stored };
}

function rowsOf(matrix: Float32Array, width: number, rows: readonly number[]): Float32Array {
  const chosen = new Float32Array(rows.length * width);
  for (const [at, row] of rows.entries()) {
    chosen.set(matrix.subarray(row * width, (row + 1) * width), at * width);
  }
  return chosen;
}

/** The part `medusa`: `hidden` `[n, h]` to guesses `[n, levels, TOP]`. */
function writeMedusa(head: HeadBuilder, levels: readonly Level[]): ImportedHead {
  const part = head.part('medusa');
  const hidden = part.graph.input('hidden', 'f32', ['n', head.target.config.hiddenSize]);
  const states = levels.map(({ blocks }) => blocks.reduce((x, block) => applyBlock(part, x, block), hidden));
  const { projection } = levels[0];
  const common = levels.every((level) => level.projection === projection);
  const guesses = common
    ? part.guesses(stacked(part, states), projection)
    : joined(
        part,
        levels.map((level, i) => part.guesses(states[i], level.projection)),
      );
  part.output(guesses, ['n', levels.length], projection);
  return { levels: levels.length, draftVocabulary: projection.linear.rows };
}

/** `[n, h]` of every level as `[n, levels, h]`, so that one product reads a common projection once. */
function stacked(part: HeadPart, states: readonly string[]): string {
  return part.graph.op(
    'Concat',
    states.map((state) => part.unsqueeze(state, 1)),
    { axis: 1 },
  );
}

function joined(part: HeadPart, guesses: readonly Guesses[]): Guesses {
  return {
    token: stacked(
      part,
      guesses.map(({ token }) => token),
    ),
    probability: stacked(
      part,
      guesses.map(({ probability }) => probability),
    ),
  };
}
