import assert from 'node:assert/strict';
import { EMPTY_DRAFT } from '../../../src/decoding/draftTree';
import { countEqual, knownAgreement, measureAgreement } from '../../../src/engine/agreement';
import { convertedWeights, isConverted } from '../../../src/engine/convert';
import { writeTexts } from '../../../src/engine/ownTexts';
import { Target } from '../../../src/engine/target';
import type { WeightForm } from '../../../src/protocol/engine';
import { naiveLogits } from '../../support/naiveDecoder';
import { temporaryCache } from '../../support/temporaryCache';
import { TINY, tinyModel } from '../../support/tinyModel';
import { userError } from '../../support/userError';

const noProgress = () => undefined;

describe('how far a weight form agrees with fp32', function () {
  this.timeout(60_000);
  temporaryCache();
  const model = tinyModel({ embedding: 'F32', linear: () => 'Q4_1' });
  const load = async (form: WeightForm) => Target.load(await convertedWeights(model, form, noProgress), 1);

  it('is counted over what the model writes in fp32, position by position', async () => {
    const exact = await load('fp32');
    const texts = await writeTexts(model, exact, ['one', 'another'], 6, noProgress);
    for (const { tokens, prompt } of texts) {
      assert.equal(tokens.length, prompt + 6);
      for (let at = prompt; at < tokens.length; at++) {
        const logits = await naiveLogits(model, tokens.slice(0, at));
        assert.equal(tokens[at], logits.indexOf(Math.max(...logits)));
      }
    }
    assert.deepEqual(await countEqual(exact, texts, noProgress), { positions: 12, equal: 12 });
    await exact.dispose();

    // A text whose answer nobody would write: only where the form happens to choose the same is there agreement.
    const form = await load('file');
    const made = { tokens: [...texts[0].tokens.slice(0, -3), 1, 2, 3], prompt: texts[0].prompt };
    let equal = 0;
    for (let at = made.prompt; at < made.tokens.length; at++) {
      await form.prefill(made.tokens.slice(0, at), noProgress);
      const { topToken } = await form.verify(made.tokens[at - 1], EMPTY_DRAFT, false);
      if (topToken[0] === made.tokens[at]) equal++;
    }
    assert.ok(equal < 6);
    assert.deepEqual(await countEqual(form, [made], noProgress), { positions: 6, equal });
    await form.dispose();
  });

  it('is remembered beside the form, for this model alone', async () => {
    assert.equal(await knownAgreement(model, 'int8'), null);
    const steps = new Set<string>();
    const found = await measureAgreement(model, ['file', 'int8'], ({ message }) => steps.add(message));
    assert.ok(steps.has('Writing texts in fp32') && steps.has('Comparing int8 with fp32'));
    assert.ok(await isConverted(model, 'fp32'));
    for (const form of ['file', 'int8'] as const) {
      const agreement = found.get(form)!;
      assert.ok(agreement.positions > TINY.context);
      assert.ok(agreement.equal <= agreement.positions && 2 * agreement.equal > agreement.positions);
      assert.deepEqual(await knownAgreement(model, form), agreement);
    }
    assert.equal(await knownAgreement(model, 'fp32'), null, 'fp32 is what the others are held against');
    const other = tinyModel({ embedding: 'F32', linear: () => 'Q4_1' }, 2);
    assert.equal(await knownAgreement(other, 'file'), null);
  });

  it('is not measured after a cancellation', () =>
    assert.rejects(
      measureAgreement(model, ['file'], noProgress, AbortSignal.abort()),
      userError('cancelled', /./),
    ));
});
