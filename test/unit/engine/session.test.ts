import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { Tensor } from 'onnxruntime-node';
import { openSession } from '../../../src/engine/session';
import { OnnxGraph } from '../../../src/models/graph/onnxGraph';
import { WEIGHTS_FILE, WeightsWriter } from '../../../src/models/graph/weightsFile';
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

  it('adds the largest 8-bit products exactly on any processor', async () => {
    const inputs = 64;
    const outputs = 32;
    const writer = await WeightsWriter.create(folder.file(WEIGHTS_FILE));
    await writer.add('weight', 'i8', [inputs, outputs], new Int8Array(inputs * outputs).fill(127));
    await writer.add('scales', 'f32', [outputs], new Float32Array(outputs).fill(1));
    const { entries } = writer.index('f32');
    await writer.close();
    const graph = new OnnxGraph(entries, WEIGHTS_FILE);
    const product = graph.microsoft('MatMulIntegerToFloat', [
      graph.input('x', 'u8', ['T', inputs]),
      graph.weight('weight'),
      graph.scalar(1),
      graph.weight('scales'),
      graph.constant('u8', [0], []),
    ]);
    graph.output('product', product, 'f32', ['T', outputs]);
    const file = folder.file('product.onnx');
    fs.writeFileSync(file, graph.serialise());

    const session = await openSession(file, 1);
    try {
      for (const rows of [1, 16]) {
        const x = new Tensor('uint8', new Uint8Array(rows * inputs).fill(255), [rows, inputs]);
        const { product: actual } = await session.run({ x });
        const expected = new Float32Array(rows * outputs).fill(inputs * 255 * 127);
        assert.deepEqual(actual.data, expected, `${rows} rows`);
      }
    } finally {
      await session.release();
    }
  });

  it('reports nothing to the maker of ONNX Runtime', () => {
    // What collects the reports keeps this file open for as long as it lives.
    const collector = path.join(os.tmpdir(), `mat-debug-${process.pid}.log`);
    assert.equal(fs.existsSync(collector), false);
  });
});
