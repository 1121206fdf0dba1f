import assert from 'node:assert/strict';
import fs from 'node:fs';
import type { ConvertedWeights } from '../../../src/engine/convertedWeights';
import type { KvDecoder } from '../../../src/engine/kvDecoder';
import { costFile, knownCost, measureCost, measuredCost } from '../../../src/engine/measureCost';
import type { Progress } from '../../../src/protocol/engine';
import { temporaryFolder } from '../../support/temporaryFolder';
import { TINY } from '../../support/tinyModel';
import { userError } from '../../support/userError';

const ignore = () => undefined;
const place = { provider: 'cpu', threads: 2 } as const;

/** A decoder that only keeps account of what it is asked to run. */
class Counting implements KvDecoder {
  readonly config = { ...TINY, context: 2048 };
  readonly traffic = null;
  readonly forwards: string[] = [];
  disposed = 0;

  constructor(readonly length = 0) {}

  forward(input: Parameters<KvDecoder['forward']>[0]) {
    this.forwards.push(`${input.tokens.length} after ${input.positions[0]}`);
    return Promise.resolve({});
  }

  keep = () => Promise.resolve();
  truncate = ignore;

  blank(rows: number): Promise<KvDecoder> {
    const blank = new Counting(rows);
    return Promise.resolve({
      ...blank,
      config: this.config,
      length: rows,
      traffic: null,
      keep: this.keep,
      truncate: ignore,
      blank: (more: number) => this.blank(more),
      forward: (input) => this.forward(input),
      dispose: () => Promise.resolve(void this.disposed++),
    });
  }

  dispose = () => Promise.resolve();
}

describe('measuring what a forward costs', () => {
  const folder = temporaryFolder();

  it('runs every number of rows after both past lengths, in turn and as often as the others', async () => {
    const decoder = new Counting();
    const { points } = await measureCost(decoder, ignore, undefined, Infinity);
    const grid = [1, 2, 4, 8, 16, 32, 64].flatMap((rows) => [128, 512].map((past) => ({ rows, past })));
    assert.deepEqual(
      points.map(({ rows, past }) => ({ rows, past })),
      grid,
    );
    assert.ok(points.every(({ us }) => us > 0));
    const asked = grid.map(({ rows, past }) => `${rows} after ${past}`);
    // Once to warm up, then five times.
    assert.deepEqual(decoder.forwards, Array.from({ length: 6 }, () => asked).flat());
    assert.equal(decoder.disposed, 2);
  });

  it('measures only small numbers of rows, once, where there is no time', async () => {
    const decoder = new Counting();
    const { points } = await measureCost(decoder, ignore, undefined, 0);
    assert.deepEqual([...new Set(points.map(({ rows }) => rows))], [1, 2, 4]);
    assert.equal(decoder.forwards.length, 12);
  });

  it('keeps within a short context', async () => {
    const decoder = Object.assign(new Counting(), { config: { ...TINY, context: 40 } });
    const { points } = await measureCost(decoder, ignore, undefined, Infinity);
    assert.ok(points.every(({ rows, past }) => rows + past <= 40));
  });

  it('tells how far it is, and ends when it is cancelled', async () => {
    const decoder = new Counting();
    const abort = new AbortController();
    const steps: Progress[] = [];
    const watch = (step: Progress) => {
      if (steps.push(step) === 3) abort.abort();
    };
    await assert.rejects(measureCost(decoder, watch, abort.signal, Infinity), userError('cancelled', /./));
    assert.equal(steps.length, 3);
    assert.equal(decoder.forwards.length, 3);
    assert.equal(decoder.disposed, 2);
    assert.equal(steps[0].message, 'Measuring what a forward costs here');
  });

  it('is read from beside the weights the next time, and measured anew where that is broken or was far too dear', async () => {
    const weights = {
      folder: folder.file('weights'),
      config: TINY,
      index: [],
    } as unknown as ConvertedWeights;
    fs.mkdirSync(weights.folder, { recursive: true });
    assert.equal(await knownCost(weights, place), null);
    // Less than any forward takes, so that it holds whatever the machine.
    const points = [{ rows: 1, past: 0, us: 1e-6 }];
    const measured = '2026-01-02T03:04:05.000Z';
    fs.writeFileSync(costFile(weights, place), JSON.stringify({ measured, points }));
    const decoder = new Counting();
    assert.deepEqual(await measuredCost(weights, decoder, place, ignore), { points, measured, cached: true });
    assert.deepEqual(new Set(decoder.forwards), new Set(['1 after 0']));
    assert.equal(await knownCost(weights, { ...place, threads: 1 }), null);
    const dear = [{ rows: 1, past: 0, us: 1e12 }];
    fs.writeFileSync(costFile(weights, place), JSON.stringify({ measured, points: dear }));
    assert.equal((await measuredCost(weights, decoder, place, ignore)).cached, false);
    fs.writeFileSync(costFile(weights, place), '{"points": [');
    assert.equal((await measuredCost(weights, decoder, place, ignore)).cached, false);
  });
});
