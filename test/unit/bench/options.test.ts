import assert from 'node:assert/strict';
import { choice, count } from '../../../bench/options';
import { userError } from '../../support/userError';

describe('options of the benchmarks', () => {
  const parse = (option: ReturnType<typeof count>, text: string): unknown =>
    option.parseArg?.(text, undefined);

  it('counts are whole numbers of at least 1', () => {
    const rounds = count('--rounds', 5, 'rounds');
    assert.equal(parse(rounds, '12'), 12);
    for (const text of ['0', '-1', '1.5', 'many', '']) {
      assert.throws(
        () => parse(rounds, text),
        userError('usage', `--rounds must be a whole number of at least 1, not "${text}". Change --rounds.`),
      );
    }
  });

  it('choices are among what there is', () => {
    const drafter = choice('--drafter', ['suffix', 'lookahead'], 'drafters');
    assert.deepEqual(parse(drafter, 'lookahead, suffix'), ['lookahead', 'suffix']);
    assert.throws(
      () => parse(drafter, 'suffix,eagle'),
      userError('usage', '--drafter knows no "eagle". Choose of: suffix, lookahead.'),
    );
  });
});
