import assert from 'node:assert/strict';
import { UserError, type ErrorCode } from '../../src/errors';

/** A check for `assert.throws` and `assert.rejects`: a user's error with this code and sentence. */
export function userError(code: ErrorCode, sentence: string | RegExp): (error: unknown) => true {
  return (error) => {
    assert.ok(error instanceof UserError, `not a UserError: ${String(error)}`);
    if (typeof sentence === 'string') assert.equal(error.sentence, sentence);
    else assert.match(error.sentence, sentence);
    assert.equal(error.code, code);
    return true;
  };
}
