import fc from 'fast-check';
import assert from 'node:assert/strict';
import { Utf8Stream } from '../../../src/models/utf8Stream';

describe('Utf8Stream', () => {
  it('holds an unfinished character back', () => {
    const stream = new Utf8Stream();
    const [a, b, c, d] = Buffer.from('👍');
    assert.equal(stream.push(Uint8Array.of(0x61, a, b)), 'a');
    assert.equal(stream.push(Uint8Array.of(c)), '');
    assert.equal(stream.push(Uint8Array.of(d, 0x62)), '👍b');
    assert.equal(stream.flush(), '');
  });

  it('shows at the end what never became a character', () => {
    const stream = new Utf8Stream();
    assert.equal(stream.push(Uint8Array.of(0x61, 0xf0, 0x9f)), 'a');
    assert.equal(stream.flush(), '\ufffd');
    assert.equal(stream.push(Buffer.from('next')), 'next');
  });

  it('shows at once what cannot become a character', () => {
    assert.equal(new Utf8Stream().push(Uint8Array.of(0xff, 0x61)), '\ufffda');
  });

  it('keeps a byte-order mark', () => {
    assert.equal(new Utf8Stream().push(Buffer.from('\ufeffa')), '\ufeffa');
  });

  it('gives the same text however the bytes are cut', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.array(fc.nat(8)), (text, sizes) => {
        const bytes = Buffer.from(text);
        const stream = new Utf8Stream();
        let result = '';
        let at = 0;
        for (const size of sizes) {
          const piece = stream.push(bytes.subarray(at, at + size));
          assert.doesNotMatch(piece, /\p{Surrogate}/u);
          result += piece;
          at += size;
        }
        result += stream.push(bytes.subarray(at)) + stream.flush();
        assert.equal(result, bytes.toString());
      }),
    );
  });
});
