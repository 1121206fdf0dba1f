import assert from 'node:assert/strict';
import { fork } from 'node:child_process';
import path from 'node:path';
import { candidates, fastest } from '../../src/engine/chooseProvider';
import { convertedWeights } from '../../src/engine/convert';
import { probeProcess } from '../../src/engine/probe';
import { providerReport } from '../../src/engine/providerReport';
import { ownEnvironment } from '../support/environment';
import { repositoryRoot } from '../support/repository';
import { temporaryCache } from '../support/temporaryCache';
import { tinyModel } from '../support/tinyModel';
import type { Scenario } from './scenarios';

/** Runs a scenario in a process of its own, and fails with its words, or with its way of dying. */
function play(scenario: Scenario): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = fork(path.join(repositoryRoot, 'dist/test/gpu/scenarios.js'), [scenario], { execArgv: [] });
    child.on('message', (said: string) => {
      child.kill('SIGKILL');
      if (said === 'passed') resolve();
      else reject(new Error(said));
    });
    child.on('error', reject);
    child.on('exit', (code, signal) => reject(new Error(`the process ended: ${signal ?? `exit ${code}`}`)));
  });
}

/** WebGPU on the driver that the suite's runner names: SwiftShader, where there is no GPU. */
describe('the WebGPU path', function () {
  this.timeout(240_000);
  temporaryCache();
  before(function () {
    if (process.env.DRAFTSCOPE_VULKAN_ICD === undefined) this.skip();
  });

  const probe = probeProcess(path.join(repositoryRoot, 'dist/engine.js'));
  const options = { probe, onProgress: () => undefined };
  const weights = () =>
    convertedWeights(tinyModel({ embedding: 'Q8_0', linear: () => 'Q8_0' }), 'fp32', () => {});

  it('scores as the CPU does over rounds of trees, chains and plain decoding', () => play('rounds'));
  it('computes quantised blocks', () => play('block weights'));
  it('outgrows its buffer without losing a row', () => play('growth'));
  it('says so when the device has no room, and goes on on the CPU', () => play('refusal'));
  it('hides kept rows where a draft must not see them', () => play('hidden past'));
  it('goes back to a shorter beginning', () => play('truncation'));
  it('generates the CPU’s text, plainly and with drafters', () => play('generation'));
  it('moves ids, masks and what is asked for, and nothing else', () => play('traffic'));

  it('passes the self-test, and is remembered', async () => {
    const works = { works: true, forms: ['fp32', 'file'], trees: true };
    assert.deepEqual(await providerReport('webgpu', probe), works);
    const never = () => Promise.reject(new Error('asked again'));
    assert.deepEqual(await providerReport('webgpu', never), works);
  });

  it('is timed beside the CPU on the weights it is wanted for', async () => {
    const able = await candidates('auto', 'fp32', options);
    assert.ok(able.able.some(({ used }) => used === 'webgpu'));
    const { used, reason } = await fastest(able, await weights(), 1, options);
    assert.ok(used === 'cpu' || used === 'webgpu', used);
    assert.match(reason, /cpu [\d.]+ and [\d.]+ ms/);
    assert.match(reason, /webgpu [\d.]+ and [\d.]+ ms/);
  });

  describe('without a driver', () => {
    ownEnvironment(() => ({ VK_ICD_FILENAMES: path.join(repositoryRoot, 'no-such-driver.json') }));

    it('is refused by name, in a sentence', async () => {
      await assert.rejects(candidates('webgpu', 'fp32', options), /WebGPU does not work on this machine: /);
    });

    it('leaves the CPU to auto, and says why', async () => {
      const able = await candidates('auto', 'fp32', options);
      const { used, reason } = await fastest(able, await weights(), 1, options);
      assert.equal(used, 'cpu');
      assert.match(reason, /no other provider can run it here \(webgpu: /);
    });
  });
});
