import { t } from '../l10n';
import './noTelemetry';
import { availableParallelism } from 'node:os';
import type * as Ort from 'onnxruntime-node';
import { sentenceOf, tellsOutOfMemory, UserError } from '../errors';
import type { Provider } from '../protocol/engine';
import { areFastProductsExact } from './exactProducts';
import { loadRuntime } from './runtimePackage';

export type Feeds = Readonly<Record<string, Ort.Tensor>>;
export type Results = Ort.InferenceSession.OnnxValueMapType;

const ort = loadRuntime();

/** Asked once a process. */
let fastProductsExact: Promise<boolean> | null = null;

/** A failed check of the runtime's begins with where it stands in the sources, up to what was not so. */
const SOURCE_PLACE = /^\/.* was false\. /;

/** A failed call of CUDA's says in the middle what failed. */
const CUDA_FAILURE = /CUDA failure \d+: [^;]*?(?= ;)/;

/** Threads for `requested`, where 0 asks for one a core. */
export function threadCount(requested: number): number {
  return requested === 0 ? availableParallelism() : requested;
}

/**
 * Opens a graph. Weights beside it are mapped into memory, not read. What the provider has no kernel for, the
 * runtime gives to the CPU.
 *
 * @param kept an output that stays on the device; given tensors are bound in place only without one
 */
export async function openSession(
  graphFile: string,
  threads: number,
  provider: Provider = 'cpu',
  kept?: string,
): Promise<Ort.InferenceSession> {
  try {
    fastProductsExact ??= areFastProductsExact(ort);
    return await ort.InferenceSession.create(graphFile, {
      executionProviders: provider === 'cpu' ? ['cpu'] : [provider, 'cpu'],
      intraOpNumThreads: threads,
      interOpNumThreads: 1,
      graphOptimizationLevel: 'all',
      logSeverityLevel: 3,
      extra: {
        session: {
          // A second session's waiting threads would otherwise take the cores from the one that runs.
          force_spinning_stop: '1',
          // Asks for exact 8-bit products where the fast ones are not.
          x64quantprecision: (await fastProductsExact) ? '0' : '1',
        },
      },
      ...(kept === undefined ? {} : { preferredOutputLocation: { [kept]: 'gpu-buffer' } }),
    });
  } catch (error) {
    if (provider !== 'cpu') {
      const text = sentenceOf(error);
      const said = CUDA_FAILURE.exec(text)?.[0] ?? text.replace(SOURCE_PLACE, '').replace(/\.$/, '');
      throw new UserError('engine', t('the runtime says "{0}"', said), '', { cause: error });
    }
    if (tellsOutOfMemory(sentenceOf(error))) {
      throw new UserError(
        'engine',
        t('Memory ran out while {0} was loaded.', graphFile),
        t('Choose a smaller model or int8 weights (setting draftscope.weights).'),
        { cause: error },
      );
    }
    throw new UserError(
      'engine',
      t('ONNX Runtime could not load {0}: {1}.', graphFile, sentenceOf(error)),
      t('Delete that folder to have the model converted again.'),
      { cause: error },
    );
  }
}

export function floats(dims: readonly number[], data: Float32Array): Ort.Tensor {
  return new ort.Tensor('float32', data, dims);
}

export function integers(dims: readonly number[], values: ArrayLike<number>): Ort.Tensor {
  return new ort.Tensor(
    'int64',
    BigInt64Array.from({ length: values.length }, (_, i) => BigInt(values[i])),
    dims,
  );
}

export function bytes(dims: readonly number[], data: Uint8Array): Ort.Tensor {
  return new ort.Tensor('uint8', data, dims);
}

export function smallIntegers(dims: readonly number[], values: readonly number[]): Ort.Tensor {
  return new ort.Tensor('int32', Int32Array.from(values), dims);
}

/** Bytes of the tensors that lie in the host's memory. */
export function byteLength(tensors: Feeds | Results): number {
  let bytes = 0;
  for (const tensor of Object.values<Ort.Tensor>(tensors)) {
    if (tensor.location === 'cpu') bytes += (tensor.data as Uint8Array).byteLength;
  }
  return bytes;
}

/** Providers that this build of the runtime knows; whether one works here shows only when it is tried. */
export function supportedProviders(): string[] {
  return ort.listSupportedBackends().map(({ name }) => name);
}

export const runtimeVersion: string = ort.env.versions.node ?? ort.env.versions.common;
