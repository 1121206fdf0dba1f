import Ajv2020 from 'ajv/dist/2020';
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { traceJsonSchema, traceJsonSchemaText } from '../../../src/trace/jsonSchema';
import { summarise } from '../../../src/trace/summary';
import { sampleTrace } from '../../support/sampleTrace';

describe('the published JSON Schema', () => {
  const { header, rounds } = sampleTrace();
  const lines = [header, ...rounds, summarise(header, rounds, 'stop')];
  // A reason's value is a number or a name.
  const validate = new Ajv2020({ strict: true, allowUnionTypes: true }).compile(traceJsonSchema());

  it('is up to date', () => {
    assert.equal(
      fs.readFileSync('media/spectrace.schema.json', 'utf8'),
      traceJsonSchemaText(),
      'media/spectrace.schema.json is stale: run `npm run schema` and commit it',
    );
  });

  it('accepts every line of a trace, with fields of a later version too', () => {
    for (const line of lines) {
      assert.equal(validate(JSON.parse(JSON.stringify(line))), true, JSON.stringify(validate.errors));
      assert.equal(validate({ ...line, news: 1 }), true);
    }
  });

  it('refuses a line of another version, without a field, or with a wrong value', () => {
    for (const line of [
      { ...header, schema: 'spectrace/2' },
      { ...rounds[2], p: undefined },
      { ...rounds[2], q: [2, null, null, null, null] },
      { ...rounds[2], state: ['maybe'] },
      { type: 'note' },
    ]) {
      assert.equal(validate(JSON.parse(JSON.stringify(line))), false, JSON.stringify(line));
    }
  });
});
