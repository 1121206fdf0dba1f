import './noTelemetry';
import * as ort from 'onnxruntime-node';
import { availableParallelism } from 'node:os';
import { sentenceOf, UserError } from '../errors';

export type Feeds = Readonly<Record<string, ort.Tensor>>;
export type Results = ort.InferenceSession.OnnxValueMapType;

/** Threads for `requested`, where 0 asks for one a core. */
export function threadCount(requested: number): number {
  return requested === 0 ? availableParallelism() : requested;
}

/** Opens a graph on the CPU provider. Weights beside it are mapped into memory, not read. */
export async function openSession(graphFile: string, threads: number): Promise<ort.InferenceSession> {
  try {
    return await ort.InferenceSession.create(graphFile, {
      executionProviders: ['cpu'],
      intraOpNumThreads: threads,
      interOpNumThreads: 1,
      graphOptimizationLevel: 'all',
      logSeverityLevel: 3,
      // A second session's waiting threads would otherwise take the cores from the one that runs.
      extra: { session: { force_spinning_stop: '1' } },
    });
  } catch (error) {
    throw new UserError(
      'engine',
      `ONNX Runtime could not load ${graphFile}: ${sentenceOf(error)}.`,
      'Delete that folder to have the model converted again.',
      { cause: error },
    );
  }
}

export function floats(dims: readonly number[], data: Float32Array): ort.Tensor {
  return new ort.Tensor('float32', data, dims);
}

export function integers(dims: readonly number[], values: ArrayLike<number>): ort.Tensor {
  return new ort.Tensor(
    'int64',
    BigInt64Array.from({ length: values.length }, (_, i) => BigInt(values[i])),
    dims,
  );
}

export const runtimeVersion: string = ort.env.versions.node ?? ort.env.versions.common;
