import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { cacheFolder } from '../models/cache';

/**
 * Which copy of ONNX Runtime this process loads. The runtime looks for a provider's libraries beside its own
 * library and nowhere else, and the package's folder may be read-only or shared: so the fetched CUDA libraries
 * lie beside a copy of the package in the cache. Where that copy is whole, every provider runs from it, for a
 * process can hold one runtime only. Removing its folder undoes it.
 */

const NAME = 'onnxruntime-node';
const COMMON = 'onnxruntime-common';
const ownRequire = createRequire(__filename);

/** Where the native libraries of this platform are in the package's folder. */
export const NATIVE_FOLDER = path.join('bin', 'napi-v6', process.platform, process.arch);

export const CUDA_LIBRARIES = ['libonnxruntime_providers_cuda.so', 'libonnxruntime_providers_shared.so'];

/** The package that came with Draftscope. */
export function bundledRuntime(): { readonly folder: string; readonly common: string } {
  const manifest = ownRequire.resolve(`${NAME}/package.json`);
  const main = createRequire(manifest).resolve(COMMON);
  const common = main.slice(0, main.lastIndexOf(COMMON) + COMMON.length);
  return { folder: path.dirname(manifest), common };
}

/** The version of the package that came with Draftscope. */
export function bundledVersion(): string {
  return (ownRequire(`${NAME}/package.json`) as { version: string }).version;
}

/** Where the copy with CUDA's libraries is, or will be: a folder that holds `node_modules`. */
export function cudaRuntimeFolder(): string {
  return path.join(cacheFolder(), 'runtimes', `onnxruntime-${bundledVersion()}-cuda`);
}

/** The places of the two packages within such a folder. */
export const packageIn = (folder: string): string => path.join(folder, 'node_modules', NAME);
export const commonIn = (folder: string): string => path.join(folder, 'node_modules', COMMON);

/** The package that is loaded: the copy with CUDA's libraries where there is a whole one, else the bundled one. */
export function runtimePackage(): string {
  const copy = packageIn(cudaRuntimeFolder());
  const native = ['onnxruntime_binding.node', ...CUDA_LIBRARIES];
  const isWhole = native.every((name) => existsSync(path.join(copy, NATIVE_FOLDER, name)));
  return isWhole ? copy : bundledRuntime().folder;
}

/** CUDA's libraries that are not beside the runtime that is loaded. */
export function missingCudaLibraries(): string[] {
  const folder = path.join(runtimePackage(), NATIVE_FOLDER);
  return CUDA_LIBRARIES.filter((name) => !existsSync(path.join(folder, name)));
}

export function loadRuntime(): typeof import('onnxruntime-node') {
  return ownRequire(runtimePackage()) as typeof import('onnxruntime-node');
}
