import type { Provider, WeightForm } from '../protocol/engine';
import type { ConvertedWeights } from './convertedWeights';
import { DeviceDecoder } from './deviceDecoder';
import { HostDecoder } from './hostDecoder';
import type { KvDecoder } from './kvDecoder';

/** What the engine knows of a provider before it has tried it. */
interface ProviderFacts {
  /** For people. */
  readonly name: string;
  /** Where keys and values live: only WebGPU's tensors can stay on the device from Node. */
  readonly rows: 'host' | 'device';
  /** Weight forms that its kernels compute. */
  readonly forms: readonly WeightForm[];
}

export const PROVIDERS: Readonly<Record<Provider, ProviderFacts>> = {
  cpu: { name: 'CPU', rows: 'host', forms: ['fp32', 'file', 'int8'] },
  webgpu: { name: 'WebGPU', rows: 'device', forms: ['fp32', 'file'] },
  cuda: { name: 'CUDA', rows: 'host', forms: ['fp32', 'file'] },
  dml: { name: 'DirectML', rows: 'host', forms: ['fp32'] },
  coreml: { name: 'CoreML', rows: 'host', forms: ['fp32'] },
};

/** A decoder over these weights where the provider wants its keys and values. */
export async function openDecoder(
  weights: ConvertedWeights,
  provider: Provider,
  threads: number,
): Promise<KvDecoder> {
  switch (PROVIDERS[provider].rows) {
    case 'host':
      return HostDecoder.open(weights, provider, threads);
    case 'device':
      return DeviceDecoder.open(weights, provider, threads);
  }
}
