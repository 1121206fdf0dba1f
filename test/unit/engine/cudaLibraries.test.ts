import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import {
  CUDA_VERSION,
  cudaOffer,
  fetchCudaLibraries,
  libraryFault,
  type CudaWheel,
} from '../../../src/engine/cudaLibraries';
import {
  bundledRuntime,
  bundledVersion,
  CUDA_LIBRARIES,
  cudaRuntimeFolder,
  missingCudaLibraries,
  NATIVE_FOLDER,
  packageIn,
  runtimePackage,
} from '../../../src/engine/runtimePackage';
import { ownEnvironment } from '../../support/environment';
import { installPython } from '../../support/fakePython';
import { temporaryFolder } from '../../support/temporaryFolder';
import { userError } from '../../support/userError';

const FILE = `onnxruntime_gpu-${CUDA_VERSION}-cp311-cp311-manylinux_2_28_x86_64.whl`;
const MEMBERS = [
  ...CUDA_LIBRARIES.map((name) => `onnxruntime/capi/${name}`),
  'onnxruntime/capi/unwanted.so',
  'onnxruntime/LICENSE',
  'onnxruntime/ThirdPartyNotices.txt',
];

/** A wheel as pip wants it, with a few bytes for every member. */
function writeWheel(folder: string): CudaWheel {
  const script = `
import sys, zipfile
info = 'onnxruntime_gpu-${CUDA_VERSION}.dist-info/'
with zipfile.ZipFile(sys.argv[1], 'w') as wheel:
    for member in sys.argv[2:]: wheel.writestr(member, 'bytes of ' + member)
    wheel.writestr(info + 'METADATA', 'Metadata-Version: 2.1\\nName: onnxruntime-gpu\\nVersion: ${CUDA_VERSION}\\n')
    wheel.writestr(info + 'WHEEL', 'Wheel-Version: 1.0\\nRoot-Is-Purelib: false\\nTag: cp311-cp311-manylinux_2_28_x86_64\\n')
    wheel.writestr(info + 'RECORD', '')
`;
  mkdirSync(folder);
  const file = path.join(folder, FILE);
  execFileSync('python3', ['-c', script, file, ...MEMBERS]);
  const bytes = readFileSync(file);
  return {
    ...wheelOf(createHash('sha256').update(bytes).digest('hex')),
    // prettier-ignore
    tags: ['--python-version', '3.11', '--implementation', 'cp', '--abi', 'cp311',
      '--platform', 'manylinux_2_28_x86_64'],
    bytes: bytes.length,
  };
}

const wheelOf = (sha256: string): CudaWheel => ({
  requirement: `onnxruntime-gpu==${CUDA_VERSION}`,
  bytes: 5,
  content: 'the libraries',
  label: 'libraries',
  sha256,
});

const isLinux = process.platform === 'linux' && process.arch === 'x64';

describe("CUDA's libraries", () => {
  const temporary = temporaryFolder();
  const cache = () => temporary.file('cache');
  const index = () => temporary.file('index');
  const bin = () => temporary.file('bin');
  ownEnvironment(() => ({
    DRAFTSCOPE_CACHE: cache(),
    PIP_NO_INDEX: '1',
    PIP_FIND_LINKS: index(),
    PIP_CONFIG_FILE: '/dev/null',
  }));
  const native = () => path.join(packageIn(cudaRuntimeFolder()), NATIVE_FOLDER);
  /** Everything in the cache, unfinished work among it. */
  const left = () => {
    const folder = path.dirname(cudaRuntimeFolder());
    return existsSync(folder) ? readdirSync(folder) : [];
  };

  it('are of the version of ONNX Runtime that runs here', () => {
    assert.equal(CUDA_VERSION, bundledVersion());
  });

  it('exist for one platform only, and others are told', () => {
    assert.throws(
      () => cudaOffer('darwin arm64'),
      userError(
        'usage',
        "CUDA's libraries can be fetched for linux x64 only; this is darwin arm64. Choose the provider auto.",
      ),
    );
  });

  it('are missing without a fetch, and the bundled runtime is taken', () => {
    assert.deepEqual(missingCudaLibraries(), CUDA_LIBRARIES);
    assert.equal(runtimePackage(), bundledRuntime().folder);
  });

  it('are named by what the runtime says when they do not load', () => {
    const says = (rest: string) =>
      `E: [ONNXRuntimeError] : 1 : FAIL : Failed to load library /a/b/libx.so with error: ${rest}\n`;
    const gone = 'cannot open shared object file: No such file or directory';
    assert.match(
      libraryFault(says(`libcublasLt.so.13: ${gone}`))!,
      /^libx\.so needs libcublasLt\.so\.13, which cannot/,
    );
    assert.equal(libraryFault(says(`/a/b/libx.so: ${gone}`)), 'libx.so is not there');
    assert.equal(
      libraryFault(says('/a/b/libx.so: file too short')),
      'libx.so cannot be loaded: libx.so: file too short',
    );
    assert.equal(libraryFault('something else'), null);
  });

  describe('on Linux, x64', function () {
    before(function () {
      if (!isLinux) this.skip();
    });

    it('are offered with all that there is to agree to, and nothing is fetched', () => {
      const { present, package: name, bytes, installedBytes, licence, folder } = cudaOffer();
      assert.equal(present, false);
      assert.equal(name, `onnxruntime-gpu==${CUDA_VERSION}`);
      assert.ok(bytes > 2e8 && installedBytes > 2e8);
      assert.match(licence, /MIT/);
      assert.equal(folder, cudaRuntimeFolder());
      assert.deepEqual(left(), []);
    });

    it('are fetched through pip, lie beside a runtime of their own, and go with its folder', async () => {
      const wheel = writeWheel(index());
      assert.equal((await fetchCudaLibraries({}, wheel)).present, true);
      assert.equal(runtimePackage(), packageIn(cudaRuntimeFolder()));
      assert.deepEqual(left(), [path.basename(cudaRuntimeFolder())]);
      for (const name of CUDA_LIBRARIES) {
        assert.equal(readFileSync(path.join(native(), name), 'utf8'), `bytes of onnxruntime/capi/${name}`);
      }
      assert.ok(!existsSync(path.join(native(), 'unwanted.so')));
      assert.deepEqual(readdirSync(cudaRuntimeFolder()).sort(), [
        'LICENSE',
        'ThirdPartyNotices.txt',
        'node_modules',
      ]);
      // The copy runs, and looks for the libraries in its own folder.
      const script = `require(process.argv[1]).InferenceSession.create(Buffer.from(''), { executionProviders: ['cuda'] })`;
      const { stderr } = spawnSync(process.execPath, ['-e', script, runtimePackage()], { encoding: 'utf8' });
      assert.equal(
        libraryFault(stderr),
        `${CUDA_LIBRARIES[1]} cannot be loaded: ${CUDA_LIBRARIES[1]}: file too short`,
        stderr,
      );

      rmSync(index(), { recursive: true });
      assert.equal((await fetchCudaLibraries({}, wheel)).present, true, 'a second fetch needs no index');
      rmSync(path.join(native(), CUDA_LIBRARIES[0]));
      assert.equal(runtimePackage(), bundledRuntime().folder, 'a copy that is not whole is not taken');
      await fetchCudaLibraries({}, writeWheel(index()));
      assert.deepEqual(missingCudaLibraries(), [], 'and is made whole by another fetch');
      rmSync(cudaRuntimeFolder(), { recursive: true });
      assert.equal(runtimePackage(), bundledRuntime().folder);
    }).timeout(60_000);

    it('of other bytes than the agreed ones are refused, and nothing stays', async () => {
      const wheel = { ...writeWheel(index()), sha256: '0'.repeat(64) };
      await assert.rejects(
        fetchCudaLibraries({}, wheel),
        userError(
          'bad-file',
          `The wheel of the Python package onnxruntime-gpu==${CUDA_VERSION} is not the one it should be (its SHA-256 differs). Check which package index pip uses.`,
        ),
      );
      assert.deepEqual(left(), []);
    }).timeout(60_000);

    it('that no index has are an error in pip’s words', async () => {
      mkdirSync(index());
      await assert.rejects(
        fetchCudaLibraries(),
        userError(
          'network',
          /^pip could not download ONNX Runtime's CUDA libraries \(onnxruntime-gpu==.*\): Could not find/,
        ),
      );
      assert.deepEqual(left(), []);
    }).timeout(60_000);

    describe('with a Python of the tests', () => {
      ownEnvironment(() => ({ PATH: bin() }));

      it('do not fit on a full disk', async () => {
        installPython(bin(), { download: 'fillsTheDisk' });
        await assert.rejects(
          fetchCudaLibraries({}, wheelOf('')),
          userError('disk', /^There is no space left for .*runtimes\. Free some or set DRAFTSCOPE_CACHE/),
        );
        assert.deepEqual(left(), []);
      });

      it('are given up when the user cancels', async () => {
        installPython(bin(), { download: 'neverEnds' });
        const abort = new AbortController();
        const onProgress = ({ done }: { readonly done: number }) => {
          if (done > 0) abort.abort();
        };
        await assert.rejects(
          fetchCudaLibraries({ signal: abort.signal, onProgress }, wheelOf('')),
          userError('cancelled', 'Cancelled.'),
        );
        assert.deepEqual(left(), []);
      });

      it('need a Python with pip', async () => {
        mkdirSync(bin());
        await assert.rejects(
          fetchCudaLibraries({}, wheelOf('')),
          userError(
            'network',
            `the libraries could not be fetched: there is no Python 3 with pip for the package onnxruntime-gpu==${CUDA_VERSION}. Install Python 3 with pip.`,
          ),
        );
      });

      it('need a cache that can be written', async () => {
        installPython(bin(), { download: 'bringsAWheel' });
        writeFileSync(cache(), 'a file where the folder should be');
        await assert.rejects(
          fetchCudaLibraries({}, wheelOf('')),
          userError('disk', /runtimes could not be written/),
        );
      });
    });
  });
});
