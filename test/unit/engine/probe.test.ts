import assert from 'node:assert/strict';
import path from 'node:path';
import { probeProcess } from '../../../src/engine/probe';
import { UserError } from '../../../src/errors';
import { repositoryRoot } from '../../support/repository';

const SCRIPT = path.join(repositoryRoot, 'test/unit/engine/fixtures/fakeProbe.mjs');

describe('a probe', () => {
  const probe = probeProcess(SCRIPT);

  it('gets its task and hands back its answer', async () => {
    const answer = await probe('cpu', { kind: 'selfTest' });
    assert.deepEqual(answer, { kind: 'failed', reason: 'told of selfTest' });
  });

  it('that is killed by a fault is an answer', async () => {
    const answer = await probe('webgpu', { kind: 'selfTest' });
    assert.deepEqual(answer, {
      kind: 'failed',
      reason: 'the process that tried it was ended by SIGSEGV',
    });
  });

  it('that ends with an error is an answer, with its last words', async () => {
    const answer = await probe('cuda', { kind: 'selfTest' });
    assert.deepEqual(answer, {
      kind: 'failed',
      reason: 'the process that tried it ended with exit code 3 (Failed to load a library)',
    });
  });

  it('that misses a library names it', async () => {
    const answer = await probe('coreml', { kind: 'selfTest' });
    assert.ok(answer.kind === 'failed' && /^liby\.so needs libz\.so\.1, /.test(answer.reason));
  });

  it('that hangs is ended, and is an answer', async () => {
    const impatient = probeProcess(SCRIPT, { selfTest: 200, time: 200 });
    const answer = await impatient('dml', { kind: 'selfTest' });
    assert.deepEqual(answer, { kind: 'failed', reason: 'no answer within 0.2 seconds' });
  });

  it('whose script is not there is an answer', async () => {
    const answer = await probeProcess(`${SCRIPT}.gone`)('cpu', { kind: 'selfTest' });
    assert.ok(answer.kind === 'failed' && answer.reason.includes('exit code 1'));
  });

  it('can be cancelled', async () => {
    const abort = new AbortController();
    const waiting = probe('dml', { kind: 'selfTest' }, abort.signal);
    abort.abort();
    await assert.rejects(waiting, (error) => error instanceof UserError && error.code === 'cancelled');
    await assert.rejects(probe('dml', { kind: 'selfTest' }, abort.signal), UserError);
  });
});
