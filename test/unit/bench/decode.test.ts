import assert from 'node:assert/strict';
import { decodeReport, type DecodeRound } from '../../../bench/commands/decode';
import { userError } from '../../support/userError';

/** Five tokens in `us`: the first one's time is not counted, so four took it. */
const took = (us: number, tokens = [1, 2, 3, 4, 5]) => ({ tokens, us });

const round = (slow: number, llama1: number, llama2: number): DecodeRound => ({
  file: took(4 * slow),
  int8: took(8 * slow, [1, 2, 9, 9, 9]),
  'llama.cpp, 1 thread': took(4 * slow * llama1),
  'llama.cpp, 2 threads': took(4 * slow * llama2),
  'transformers.js': took(12 * slow),
});

describe('decodeReport', () => {
  it('compares within each round, with the better of the thread settings at each context', () => {
    const { figures, rows } = decodeReport(
      new Map([
        [512, [round(1000, 1.5, 3), round(5000, 1.5, 3), round(1000, 1.4, 3)]],
        [1536, [round(2000, 3, 1.25)]],
      ]),
    );
    assert.deepEqual(figures, {
      'decode.fileVsLlamaCpp.512': 1.5,
      'decode.fileVsLlamaCpp': 1.5,
      'decode.int8VsLlamaCpp.512': 0.75,
      'decode.int8VsLlamaCpp': 0.75,
      'decode.vsTransformersJs.512': 3,
      'decode.vsTransformersJs': 3,
      'decode.fileVsLlamaCpp.1536': 1.25,
      'decode.int8VsLlamaCpp.1536': 0.625,
      'decode.vsTransformersJs.1536': 1.5 * 2,
    });
    assert.deepEqual(rows[1], {
      context: 512,
      contestant: 'int8',
      'tokens/s': '500.0',
      'over llama.cpp': '0.75',
      'over transformers.js': '1.50',
      'tokens as file': '40 %',
    });
  });

  it('stands without peers', () => {
    const { figures, rows } = decodeReport(new Map([[128, [{ file: took(4000), int8: took(4000) }]]]));
    assert.deepEqual(figures, {});
    assert.equal(rows[0]['over llama.cpp'], '');
  });

  it('refuses a peer that decodes another text from the first token on, and one that decodes nothing', () => {
    const other = { file: took(4000), 'transformers.js': took(4000, [7, 7, 7, 7, 7]) };
    assert.throws(
      () => decodeReport(new Map([[128, [other]]])),
      userError('engine', /not decode the same model/),
    );
    const silent = { file: took(4000), 'transformers.js': took(0, []) };
    assert.throws(() => decodeReport(new Map([[128, [silent]]])), userError('engine', /decoded 0 tokens/));
  });
});
