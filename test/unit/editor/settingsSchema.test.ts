import assert from 'node:assert/strict';
import {
  checkChange,
  checkSettings,
  generationRequest,
  type SettingName,
} from '../../../src/editor/settingsSchema';
import { UserError } from '../../../src/errors';
import { engineRequestSchema } from '../../../src/protocol/engine';

const GOOD: Readonly<Record<SettingName, unknown>> = {
  model: 'default',
  weights: 'int8',
  provider: 'auto',
  threads: 0,
  drafter: 'suffix',
  draftModel: '',
  head: '',
  headTree: 'dynamic',
  acceptance: 'auto',
  'draft.policy': 'fixed',
  'draft.nodes': 8,
  'draft.depth': 4,
  temperature: 0.8,
  topK: 40,
  topP: 0.9,
  minP: 0.05,
  repetitionPenalty: 1.1,
  seed: 7,
  maxTokens: 64,
  stop: ['END'],
  promptFormat: 'chat',
  output: 'untitled',
  revealPanel: true,
  marks: true,
  traceFolder: '',
};
const DRAFTERS = ['none', 'suffix'];

const check = (change: Partial<Record<SettingName, unknown>> = {}) =>
  checkSettings((name) => ({ ...GOOD, ...change })[name], DRAFTERS);

describe('checkChange', () => {
  const change = (key: string, value: string | number) => checkChange({ key, value }, DRAFTERS);

  it('passes on what the setting takes', () => {
    assert.deepEqual(change('draftscope.draft.nodes', 4), { name: 'draft.nodes', value: 4 });
    assert.deepEqual(change('draftscope.drafter', 'none'), { name: 'drafter', value: 'none' });
  });

  const bad: readonly [string, string | number, RegExp][] = [
    ['draftscope.draft.nodes', 65, /^The setting draftscope\.draft\.nodes cannot be 65: .*<=64\.$/],
    ['draftscope.draft.nodes', '4', /cannot be "4": expected number/],
    ['draftscope.drafter', 'oracle', /cannot be "oracle": Choose one of none, suffix\.$/],
    ['draftscope.wings', 2, /^There is no setting named draftscope\.wings\.$/],
    ['editor.fontSize', 40, /^There is no setting named editor\.fontSize\.$/],
  ];
  for (const [key, value, sentence] of bad) {
    it(`refuses ${key} = ${JSON.stringify(value)}`, () => {
      assert.throws(
        () => change(key, value),
        (error) => error instanceof UserError && error.code === 'usage' && sentence.test(error.message),
      );
    });
  }
});

describe('checkSettings', () => {
  it('passes good settings on as they are', () => {
    assert.deepEqual(check(), GOOD);
  });

  const bad: readonly [SettingName, unknown, RegExp][] = [
    ['topP', 3, /draftscope\.topP \(now 3\) is not valid: .*<=1/],
    ['topP', 0, /draftscope\.topP \(now 0\) is not valid: .*>0/],
    ['threads', 1.5, /draftscope\.threads \(now 1\.5\)/],
    ['seed', -1, /draftscope\.seed \(now -1\)/],
    ['draft.nodes', 65, /draftscope\.draft\.nodes \(now 65\) is not valid: .*<=64/],
    ['temperature', 'hot', /draftscope\.temperature \(now "hot"\) is not valid: expected number/],
    ['stop', [''], /draftscope\.stop \(now \[""\]\)/],
    ['acceptance', 'greedier', /draftscope\.acceptance \(now "greedier"\) is not valid/],
    ['weights', 'int2', /draftscope\.weights \(now "int2"\)/],
    ['model', '', /draftscope\.model \(now ""\)/],
    ['maxTokens', undefined, /draftscope\.maxTokens \(now not set\)/],
    ['drafter', 'oracle', /draftscope\.drafter \(now "oracle"\) is not valid: Choose one of none, suffix/],
  ];
  for (const [name, value, sentence] of bad) {
    it(`names ${name} when it is ${JSON.stringify(value)}`, () => {
      assert.throws(
        () => check({ [name]: value }),
        (error) => error instanceof UserError && error.code === 'usage' && sentence.test(error.message),
      );
    });
  }
});

describe('generationRequest', () => {
  it('makes a request that the engine accepts', () => {
    const request = generationRequest(check(), 'hello', 't.spectrace.jsonl');
    const parsed = engineRequestSchema.parse({ type: 'generate', id: 1, ...request });
    assert.deepEqual(parsed, {
      type: 'generate',
      id: 1,
      model: 'default',
      weights: 'int8',
      provider: 'auto',
      threads: 0,
      input: { kind: 'prompt', text: 'hello' },
      drafter: 'suffix',
      headTree: 'dynamic',
      acceptance: 'auto',
      sampler: { temperature: 0.8, topK: 40, topP: 0.9, minP: 0.05, repetitionPenalty: 1.1, seed: 7 },
      maxTokens: 64,
      stop: ['END'],
      budget: { policy: 'fixed', nodes: 8, depth: 4 },
      trace: 't.spectrace.jsonl',
    });
  });

  it('names a draft model and a head where they are set', () => {
    const request = generationRequest(check({ draftModel: 'layers:6', head: 'heads' }), 'hello', 't');
    assert.equal(request.draftModel, 'layers:6');
    assert.equal(request.head, 'heads');
  });

  it('continues raw text as it stands', () => {
    const request = generationRequest(check({ promptFormat: 'raw' }), 'Once', 't');
    assert.deepEqual(request.input, { kind: 'raw', text: 'Once' });
  });
});
