import assert from 'node:assert/strict';
import fc from 'fast-check';
import { TextStream } from '../../../src/engine/textStream';
import type { Tokenizer } from '../../../src/models/model';

/** A tokenizer whose tokens are single bytes: every character beyond ASCII is split. */
const bytes: Pick<Tokenizer, 'bytesOf'> = { bytesOf: (token) => Uint8Array.of(token) };
const stream = (stops: readonly string[] = []) => new TextStream(bytes as Tokenizer, stops);
const tokensOf = (text: string) => [...Buffer.from(text)];

/** Pushes tokens one at a time and returns what each released. */
function feed(text: TextStream, tokens: readonly number[]): string[] {
  return tokens.map((token) => text.push([token]));
}

describe('the text stream', () => {
  it('releases a character only when all of its bytes are there', () => {
    assert.deepEqual(feed(stream(), tokensOf('é€😀')), ['', 'é', '', '', '€', '', '', '', '😀']);
  });

  it('gives back any text, however it is cut into tokens', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.array(fc.nat({ max: 5 })), (text, cuts) => {
        const tokens = tokensOf(text);
        const out = stream();
        let released = '';
        for (const cut of cuts) {
          const part = out.push(tokens.splice(0, cut));
          assert.ok(!part.includes('\ufffd') || text.includes('\ufffd'));
          released += part;
        }
        released += out.push(tokens) + out.finish();
        assert.equal(released, text);
      }),
    );
  });

  it('shows half a character at the end as U+FFFD', () => {
    const out = stream();
    assert.equal(out.push(tokensOf('a€').slice(0, 2)), 'a');
    assert.equal(out.finish(), '\ufffd');
  });

  it('releases nothing from a stop string on', () => {
    const out = stream(['END']);
    assert.equal(feed(out, tokensOf('one END two')).join('') + out.finish(), 'one ');
  });

  it('holds back what may become a stop string, and gives it back when it does not', () => {
    const out = stream(['</s>']);
    assert.deepEqual(feed(out, tokensOf('a</b')), ['a', '', '', '</b']);
    assert.equal(out.push(tokensOf('c</s')), 'c');
    assert.equal(out.finish(), '</s');
  });

  it('takes the stop string that comes first', () => {
    const out = stream(['late', 'early']);
    assert.equal(out.push(tokensOf('x early late')) + out.finish(), 'x ');
  });

  it('tells beforehand whether tokens would complete a stop string', () => {
    const out = stream(['stop', 'öd']);
    out.push(tokensOf('a st'));
    assert.equal(out.wouldStop(tokensOf('o')), false);
    assert.equal(out.wouldStop(tokensOf('op!')), true);
    assert.equal(out.wouldStop(tokensOf('ö')), false);
    assert.equal(out.wouldStop(tokensOf('öd')), true);
    assert.equal(stream().wouldStop(tokensOf('stop')), false);
  });
});
