import assert from 'node:assert/strict';
import { exitReason } from '../../../src/host/exitReason';

describe('exitReason', () => {
  const sentence = (code: number | null, signal: NodeJS.Signals | null, ...words: string[]) =>
    exitReason({ code, signal }, words).message;

  it('gives the exit code and the error line of a stack trace', () => {
    assert.equal(
      sentence(
        1,
        null,
        'dist/engine.js:12',
        '    throw new Error("no such thing");',
        '    ^',
        '',
        'TypeError: x is undefined',
        '    at main (dist/engine.js:12:3)',
        '',
        'Node.js v20.19.0',
      ),
      'The engine ended with exit code 1: TypeError: x is undefined.',
    );
  });

  it('gives the last line when none speaks of an error', () => {
    assert.equal(
      sentence(null, 'SIGABRT', 'first', 'Assertion failed: n > 0.'),
      'The engine crashed in native code (SIGABRT): Assertion failed: n > 0.',
    );
  });

  it('tells that memory ran out, from the words or from the kernel’s signal', () => {
    const v8 = 'FATAL ERROR: Reached heap limit Allocation failed - JavaScript heap out of memory';
    assert.equal(sentence(null, 'SIGABRT', v8, '1: 0xb76db1 node::Abort()'), 'The engine ran out of memory.');
    assert.equal(
      sentence(134, null, 'terminate called after throwing std::bad_alloc'),
      'The engine ran out of memory.',
    );
    assert.match(sentence(null, 'SIGKILL'), /SIGKILL.*memory ran out/);
  });

  it('tells Windows’ status codes apart', () => {
    assert.match(sentence(0xc0000005, null), /native code \(access violation\)/);
    assert.match(sentence(0xc0000135, null), /system library/);
  });

  it('has a sentence for a silent end', () => {
    assert.equal(sentence(0, null), 'The engine ended before its work was done (exit code 0).');
    assert.equal(sentence(null, 'SIGTERM'), 'The engine was ended by SIGTERM.');
  });
});
