import assert from 'node:assert/strict';
import path from 'node:path';
import { draftModelLine } from '../../../src/cli/drafters';
import { run } from '../../../src/cli/run';
import { drafters } from '../../../src/engine/drafters/catalogue';
import { draftModelCardSchema } from '../../../src/models/heads/card';
import { draftModelFiles } from '../../support/draftModelFiles';
import { FakeIo } from '../../support/fakeIo';
import { temporaryCache } from '../../support/temporaryCache';
import { tinyModel } from '../../support/tinyModel';

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
    assert.match(out, /^draft-model .*\n +No draft model for target comes with Draftscope\.$/m);
    assert.doesNotMatch(out, /^suffix .*\n +No such/m);
  });

  it('tells what is known of the draft model that comes with the program', async () => {
    const target = tinyModel({ embedding: 'F32', linear: () => 'Q8_0' });
    const files = await draftModelFiles(target, target);
    const card = draftModelCardSchema.parse(JSON.parse(String(files['draft-model.json'])));
    assert.equal(
      draftModelLine(card, target),
      'Draft model for tiny, layers: 2; trained on 1,000 tokens in 10 steps; licence MIT',
    );
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
