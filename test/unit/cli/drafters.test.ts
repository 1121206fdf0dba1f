import assert from 'node:assert/strict';
import path from 'node:path';
import { run } from '../../../src/cli/run';
import { drafters } from '../../../src/engine/drafters/catalogue';
import { FakeIo } from '../../support/fakeIo';
import { temporaryCache } from '../../support/temporaryCache';

const GOLDEN = path.join('test', 'golden', 'heads');
const MODEL = ['--model', path.join(GOLDEN, 'target')];
const TRAINED = path.join(GOLDEN, 'trained');

describe('drafters', () => {
  temporaryCache();

  async function list(...options: string[]): Promise<string> {
    const io = new FakeIo();
    assert.equal(await run(['drafters', ...MODEL, ...options], io), 0, io.err);
    return io.out;
  }

  it('lists all there are, and that no head comes with the program for a model', async () => {
    const out = await list();
    for (const { description } of drafters) {
      assert.match(out, new RegExp(`^${description.id.replace('+', '\\+')} +\\S`, 'm'));
    }
    assert.match(out, /^medusa .*\n +No such head for target comes with Draftscope\.$/m);
    assert.doesNotMatch(out, /^suffix .*\n +No such/m);
  });

  it('tells what is known of the heads in a folder', async () => {
    const out = await list('--head', TRAINED);
    const facts = /^clover2 .*\n +Head clover2 for target, \d+ levels, .*; head's licence MIT\.$/m;
    assert.match(out, facts);
    const found = JSON.parse(await list('--head', TRAINED, '--json')) as {
      drafters: { id: string; head?: { kind: string; licence: string } | null }[];
    };
    const by = new Map(found.drafters.map(({ id, head }) => [id, head]));
    assert.equal(by.get('eagle')?.licence, 'MIT');
    assert.equal(by.get('suffix'), undefined);
    assert.match(await list('--head', GOLDEN), /No such head for target is in /);
  });
});
