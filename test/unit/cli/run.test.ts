import assert from 'node:assert/strict';
import fs from 'node:fs';
import { run } from '../../../src/cli/run';
import { UserError, type ErrorCode } from '../../../src/errors';
import { FakeEngine } from '../../support/fakeEngine';
import { FakeIo } from '../../support/fakeIo';
import { assertGolden } from '../../support/golden';
import { temporaryFolder } from '../../support/temporaryFolder';

describe('the command line', () => {
  const folder = temporaryFolder();

  /** What a person would see, with the parts told apart. */
  async function session(commands: readonly (readonly string[])[]): Promise<string> {
    let text = '';
    for (const argv of commands) {
      const io = new FakeIo();
      const engine = new FakeEngine();
      const code = await run(argv, io, engine.load);
      const words = argv.map((word) => (/^[\w./=-]+$/.test(word) ? word : JSON.stringify(word)));
      text += `${['$ draftscope', ...words].join(' ')}\n${io.out}`;
      text += io.err === '' ? '' : io.err.trimEnd().replace(/^/gm, '! ').replace(/ +$/gm, '') + '\n';
      text += `[${code}]\n\n`;
    }
    return text.replaceAll(folder.file(), '<folder>');
  }

  it('explains itself', async () => {
    assertGolden(
      'cli/help.txt',
      await session([
        ['--help'],
        ['generate', '--help'],
        ['trace', '--help'],
        ['models', '--help'],
        ['drafters', '--help'],
        ['agreement', '--help'],
        ['providers', '--help'],
        ['describe', '--help'],
        [],
      ]),
    );
  });

  it('says what is wrong with how it was called', async () => {
    const chat = folder.file('chat.json');
    fs.writeFileSync(chat, '[]');
    const prompt = ['--prompt', 'Hi'];
    const commands = [
      ['unknown'],
      ['trace'],
      ['trace', 'a', 'b'],
      ['generate'],
      ['generate', '--prompt'],
      ['generate', '--prompt', 'Hi', '--chat', chat],
      ['generate', '--raw', '--chat', chat],
      ['generate', '--prompt', ''],
      ['generate', '--prompt', ' \n'],
      ['generate', '--raw', '--prompt', ''],
      ['generate', ...prompt, '--tempature', '1'],
      ['generate', ...prompt, '--temperature', 'hot'],
      ['generate', ...prompt, '--temperature', '-1'],
      ['generate', ...prompt, '--temperature', 'Infinity'],
      ['generate', ...prompt, '--temperature='],
      ['generate', ...prompt, '--top-k', '1.5'],
      ['generate', ...prompt, '--top-p', '0'],
      ['generate', ...prompt, '--top-p', '1.01'],
      ['generate', ...prompt, '--min-p', '2'],
      ['generate', ...prompt, '--repetition-penalty', '0'],
      ['generate', ...prompt, '--seed', '4294967296'],
      ['generate', ...prompt, '--max-tokens', '0'],
      ['generate', ...prompt, '--nodes', '65'],
      ['generate', ...prompt, '--depth', '-1'],
      ['generate', ...prompt, '--threads', '257'],
      ['generate', ...prompt, '--weights', 'int4'],
      ['generate', ...prompt, '--drafter', 'oracle'],
      ['generate', ...prompt, '--stop', ''],
      ['models', '--weights', 'q4'],
    ];
    const text = await session(commands);
    assertGolden('cli/usage.txt', text);
    assert.equal(text.match(/^\[2\]$/gm)?.length, commands.length);
  });

  it('says what is wrong with an input file', async () => {
    fs.writeFileSync(folder.file('latin1.txt'), Buffer.from([0x48, 0xe9]));
    fs.writeFileSync(folder.file('text.json'), 'Hello');
    fs.writeFileSync(folder.file('empty.json'), '[]');
    fs.writeFileSync(folder.file('role.json'), '[{"role":"wizard","content":"Hi"}]');
    fs.writeFileSync(folder.file('empty.spectrace.jsonl'), '');
    const commands = [
      ['generate', '--prompt-file', folder.file('absent.txt')],
      ['generate', '--prompt-file', folder.file()],
      ['generate', '--prompt-file', folder.file('latin1.txt')],
      ['generate', '--chat', folder.file('absent.json')],
      ['generate', '--chat', folder.file('text.json')],
      ['generate', '--chat', folder.file('empty.json')],
      ['generate', '--chat', folder.file('role.json')],
      ['trace', folder.file('absent.spectrace.jsonl')],
      ['trace', folder.file('empty.spectrace.jsonl')],
      ['trace', folder.file('text.json')],
    ];
    const text = await session(commands);
    assertGolden('cli/bad-files.txt', text);
    assert.equal(text.match(/^\[3\]$/gm)?.length, commands.length);
  });

  it('turns every kind of error into its exit code and one sentence', async () => {
    const codes: Record<ErrorCode, number> = {
      usage: 2,
      'bad-file': 3,
      unsupported: 3,
      network: 1,
      disk: 1,
      cancelled: 130,
      engine: 1,
    };
    for (const [code, expected] of Object.entries(codes)) {
      const io = new FakeIo();
      const failing = () => Promise.reject(new UserError(code as ErrorCode, 'It went wrong.', 'Try again.'));
      assert.equal(await run(['generate', '--prompt', 'Hi'], io, failing), expected, code);
      assert.equal(io.err, 'draftscope: It went wrong. Try again.\n');
      assert.equal(io.out, '');
      assert.ok(io.deaf, 'still listens for interruptions');
    }
  });

  it('shows one line of a defect, without where it was thrown', async () => {
    const io = new FakeIo();
    const failing = () => Promise.reject(new Error('no module x\nRequire stack:\n- a\n- b'));
    assert.equal(await run(['generate', '--prompt', 'Hi'], io, failing), 1);
    assert.equal(io.err, 'draftscope: no module x\n');
  });

  it('prints the version alone', async () => {
    const io = new FakeIo();
    assert.equal(await run(['--version'], io), 0);
    assert.match(io.out, /^\d+\.\d+\.\d+\n$/);
    assert.equal(io.err, '');
  });
});
