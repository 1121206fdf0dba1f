import assert from 'node:assert/strict';
import { memoryReport, type MemoryRun } from '../../../bench/commands/memory';

const MB = 1e6;

/** A process of 90 MB that makes 50 MB of copies, maps 100 MB and grows by 40 MB. */
const run = (weights: MemoryRun['weights'], mode: string, peak: number): MemoryRun => ({
  weights,
  mode,
  weightsBytes: 200 * MB,
  kvBytes: 46 * MB,
  started: { peak: 90 * MB, resident: 90 * MB, anonymous: 30 * MB },
  loaded: { peak: 250 * MB, resident: 240 * MB, anonymous: 80 * MB },
  ended: { peak: peak * MB, resident: 290 * MB, anonymous: 120 * MB },
  mapped: 100 * MB,
});

describe('memoryReport', () => {
  it('has the peak over the file, the worst of each form and of the quantised ones', () => {
    const { figures } = memoryReport([
      run('fp32', 'plain', 900),
      run('file', 'plain', 300),
      run('file', 'drafts', 320),
      run('int8', 'plain', 310),
    ]);
    assert.deepEqual(figures, {
      'memory.peakOverWeights.fp32': 4.5,
      'memory.peakOverWeights.file': 1.6,
      'memory.peakOverWeights.int8': 1.55,
      'memory.peakOverWeights': 1.6,
    });
  });

  it('says what the peak is made of, so that the parts add up to it', () => {
    const [row] = memoryReport([run('int8', 'plain', 310)]).rows;
    const parts = [
      'runtime alone',
      'file mapped',
      'copies made at load',
      'grown while generating',
      'the rest',
    ];
    assert.deepEqual(
      parts.map((part) => row[part]),
      ['90', '100', '50', '40', '30'],
    );
    assert.equal(row['peak (MB)'], '310');
  });
});
