import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { openSession } from '../../../src/engine/session';
import { temporaryFolder } from '../../support/temporaryFolder';

describe('a session', () => {
  const folder = temporaryFolder();

  it('that cannot be opened is one sentence that names the graph', async () => {
    const graph = folder.file('decoder.onnx');
    fs.writeFileSync(graph, 'not a graph');
    await assert.rejects(openSession(graph, 1), {
      name: 'UserError',
      code: 'engine',
      message: /decoder\.onnx/,
    });
  });

  it('reports nothing to the maker of ONNX Runtime', () => {
    // What collects the reports keeps this file open for as long as it lives.
    const collector = path.join(os.tmpdir(), `mat-debug-${process.pid}.log`);
    assert.equal(fs.existsSync(collector), false);
  });
});
