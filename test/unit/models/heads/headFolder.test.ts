import assert from 'node:assert/strict';
import { rmSync, utimesSync, writeFileSync } from 'node:fs';
import type { HeadCard } from '../../../../src/models/heads/card';
import { openHeadFolder, type HeadTarget } from '../../../../src/models/heads/headFolder';
import { findShippedHead } from '../../../../src/models/heads/shippedHeads';
import { ownCache } from '../../../support/environment';
import { cardOf, sha256Of } from '../../../support/headFiles';
import { writeFiles } from '../../../support/huggingFaceFiles';
import { temporaryFolder } from '../../../support/temporaryFolder';
import { tinyModel } from '../../../support/tinyModel';
import { userError } from '../../../support/userError';

const FILES = { 'medusa.onnx': 'a graph', 'medusa.bin': 'its weights', 'draft-vocabulary.bin': 'ids' };

describe('a head’s folder', () => {
  const temporary = temporaryFolder();
  ownCache(() => temporary.file('cache'));
  const target: HeadTarget = tinyModel({ embedding: 'F32', linear: () => 'F32' });
  const other: HeadTarget = { ...tinyModel({ embedding: 'F32', linear: () => 'F32' }, 2), name: 'other' };

  /** Writes a head for the target, with another card where the test says so. */
  const write = (change: (card: HeadCard) => unknown = (card) => card, folder = temporary.file('head')) =>
    writeFiles(folder, { ...FILES, 'medusa.json': JSON.stringify(change(cardOf('medusa', target, FILES))) });
  const open = (folder: string, whose = target) => openHeadFolder(folder, 'medusa', whose);

  it('is a card and the files that it names', async () => {
    const folder = write();
    const head = await open(folder);
    assert.equal(head.card.levels, 3);
    assert.equal(head.part('medusa'), temporary.file('head', 'medusa.onnx'));
    const card = JSON.stringify(cardOf('medusa', target, FILES));
    const expected = Object.entries({ 'medusa.json': card, ...FILES }).map(([name, content]) => ({
      name,
      bytes: Buffer.byteLength(content),
      sha256: sha256Of(content),
    }));
    assert.deepEqual(head.files, expected);
  });

  it('is hashed once, until a file changes', async () => {
    const folder = write();
    const hashed = async () => {
      const messages = new Set<string>();
      await openHeadFolder(folder, 'medusa', target, { onProgress: ({ message }) => messages.add(message) });
      return [...messages];
    };
    assert.deepEqual(
      await hashed(),
      Object.keys(FILES).map((name) => `Checking ${name}`),
    );
    assert.deepEqual(await hashed(), []);
    utimesSync(temporary.file('head', 'medusa.bin'), 1, 1);
    assert.deepEqual(await hashed(), ['Checking medusa.bin']);
  });

  it('may say more than is known here', async () => {
    await open(write((card) => ({ ...card, mood: 'good', target: { ...card.target, weights: 'int8' } })));
  });

  const refusals: [what: string, change: Partial<HeadTarget>, sentence: RegExp][] = [
    [
      'of other states',
      { config: { ...target.config, hiddenSize: 128 } },
      /was made for tiny, not for other: it reads states of 64 numbers, and those here have 128\. Choose/,
    ],
    [
      'of another vocabulary',
      { config: { ...target.config, vocabulary: 97 } },
      /its vocabulary has 96 tokens, and that here has 97\. Choose/,
    ],
    [
      'of another tokenizer',
      { tokenizer: { ...target.tokenizer, json: { other: true } } },
      /the tokenizers differ\. Choose/,
    ],
    [
      'of other weights',
      {},
      new RegExp(
        `the weights differ \\(SHA-256 ${target.files[0].sha256.slice(0, 8)} and ${other.files[0].sha256.slice(0, 8)}\\)\\.`,
      ),
    ],
  ];
  for (const [what, change, sentence] of refusals) {
    it(`is refused where it is one for a target ${what}`, () =>
      assert.rejects(open(write(), { ...other, ...change }), userError('usage', sentence)));
  }

  it('is refused without a head of the kind, and where there is no folder', async () => {
    const folder = write();
    rmSync(temporary.file('head', 'medusa.json'));
    for (const place of [folder, temporary.file('nowhere')]) {
      await assert.rejects(
        open(place),
        userError(
          'bad-file',
          new RegExp(`^There is no medusa head in ${place}: it has no medusa\\.json\\. Name`),
        ),
      );
    }
  });

  it('is refused with a card that is none, naming the field', async () => {
    const card = temporary.file('head', 'medusa.json');
    const refused = (what: string) =>
      assert.rejects(
        open(temporary.file('head')),
        userError(
          'bad-file',
          `${card} is no card of a head or a draft model: ${what}. Export or import it again, with this version.`,
        ),
      );
    write();
    writeFileSync(card, '{"version": 1,');
    await refused('it is no JSON object');
    write((whole) => ({ ...whole, version: 3 }));
    await refused('version is not right');
    write(({ target: made, ...rest }) => ({ ...rest, target: { ...made, hiddenSize: 'many' } }));
    await refused('target.hiddenSize is not right');
    write((whole) => ({ ...whole, files: { '../medusa.onnx': whole.files['medusa.onnx'] } }));
    await refused('files.../medusa.onnx is not right');
  });

  it('is refused where a card bears another’s name', () =>
    assert.rejects(
      open(write((card) => ({ ...card, kind: 'eagle' }))),
      userError('bad-file', /medusa\.json is the card of another kind of head: eagle\./),
    ));

  it('is refused when a file is missing, cut off, or was changed', async () => {
    const folder = write();
    const file = temporary.file('head', 'medusa.bin');
    writeFileSync(file, 'its wieghts');
    await assert.rejects(
      open(folder),
      userError(
        'bad-file',
        `${file} is not the file that the card beside it names: its content differs. Copy or export it again.`,
      ),
    );
    writeFileSync(file, 'its');
    await assert.rejects(open(folder), userError('bad-file', /: it has 3 bytes, not 11\./));
    rmSync(file);
    await assert.rejects(open(folder), userError('bad-file', new RegExp(`^There is no ${file}\\.`)));
  });

  it('names a part that the card does not', async () => {
    const head = await open(write());
    assert.throws(
      () => head.part('hydra-2'),
      userError(
        'bad-file',
        /medusa\.json names no hydra-2\.onnx, which a head of this kind with 3 levels needs\./,
      ),
    );
  });

  describe('that comes with the program', () => {
    it('is found by the target’s hashes, whatever it is called', async () => {
      const shipped = temporary.file('heads');
      assert.equal(await findShippedHead(shipped, 'medusa', target), null);
      write(
        (card) => ({ ...card, target: { ...card.target, files: other.files } }),
        temporary.file('heads', 'a'),
      );
      assert.equal(await findShippedHead(shipped, 'medusa', target), null);
      const folder = write(undefined, temporary.file('heads', 'b'));
      writeFiles(shipped, { 'README.md': 'not a folder' });
      assert.equal(await findShippedHead(shipped, 'medusa', target), folder);
      assert.equal(await findShippedHead(shipped, 'eagle', target), null);
    });
  });
});
