import { readdir, readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { UserError } from '../../../errors';
import { t } from '../../../l10n';
import { BinaryFile } from '../../binaryFile';
import { throwIfCancelled } from '../../cancellation';
import { dequantise } from '../../dequantise';
import { isMissing, readError } from '../../fileErrors';
import type { OpenOptions } from '../../openOptions';
import { readSafetensors, type SafetensorsEntry } from '../../safetensors';
import { sameShape, valueCount } from '../../tensorLayout';

const CONFIG = 'config.json';
const SAFETENSORS = '.safetensors';

/** How PyTorch's own files begin: a zip archive, or a pickle of protocol 2. */
const PICKLES: readonly (readonly number[])[] = [
  [0x50, 0x4b, 0x03, 0x04],
  [0x80, 0x02],
];

/** A tensor under the name that a format knows it by. */
interface NamedTensor {
  readonly entry: SafetensorsEntry;
  /** As the file calls it. */
  readonly fileName: string;
}

/**
 * A released head as it was downloaded: tensors, and the config.json beside them. What was never taken is told in the
 * end, as a head whose tensors are not all understood would be another head.
 */
export class Checkpoint {
  private readonly left: Set<string>;

  private constructor(
    /** The file or folder, for errors. */
    readonly path: string,
    /** The files that were read, the configuration among them. */
    readonly files: readonly string[],
    /** What config.json holds; null where there is none. */
    readonly config: unknown,
    private readonly tensors: ReadonlyMap<string, NamedTensor>,
    private readonly readers: readonly BinaryFile[],
    private readonly options: OpenOptions,
  ) {
    this.left = new Set(tensors.keys());
  }

  /**
   * Opens a .safetensors file, or a folder that holds one or several.
   *
   * @throws UserError `bad-file` or `disk`
   */
  static async open(source: string, options: OpenOptions = {}): Promise<Checkpoint> {
    const { files, folder } = await safetensorsOf(source);
    const configFile = path.join(folder, CONFIG);
    const config = await readConfig(configFile);
    const readers: BinaryFile[] = [];
    try {
      const tensors = new Map<string, NamedTensor>();
      for (const file of files) {
        const reader = await BinaryFile.open(file);
        readers.push(reader);
        await refusePickle(reader);
        for (const [fileName, entry] of await readSafetensors(reader)) {
          if (tensors.has(fileName)) throw twice(fileName, tensors.get(fileName), entry);
          tensors.set(fileName, { entry, fileName });
        }
      }
      const read = config === null ? files : [...files, configFile];
      return new Checkpoint(source, read, config, tensors, readers, options);
    } catch (error) {
      for (const reader of readers) await reader.close();
      throw error;
    }
  }

  /** Where the configuration is, or would be. */
  get configFile(): string {
    return path.join(path.dirname(this.readers[0].path), CONFIG);
  }

  /**
   * The same tensors under other names; one that is renamed to '' is left out, as it says nothing of the head.
   *
   * @throws UserError `bad-file` when two get the same name
   */
  renamed(rename: (name: string) => string): Checkpoint {
    const tensors = new Map<string, NamedTensor>();
    for (const [name, tensor] of this.tensors) {
      const other = rename(name);
      if (other === '') continue;
      if (tensors.has(other)) throw twice(other, tensors.get(other), tensor.entry);
      tensors.set(other, tensor);
    }
    return new Checkpoint(this.path, this.files, this.config, tensors, this.readers, this.options);
  }

  get names(): readonly string[] {
    return [...this.tensors.keys()];
  }

  has(name: string): boolean {
    return this.tensors.has(name);
  }

  /** How many of the tensors `name(0)`, `name(1)`, ... are there in a row. */
  countOf(name: (index: number) => string): number {
    let count = 0;
    while (this.tensors.has(name(count))) count++;
    return count;
  }

  /** @throws UserError `bad-file` when there is no such tensor */
  shapeOf(name: string): readonly number[] {
    return this.find(name).entry.shape;
  }

  /** Sizes of a matrix. @throws UserError `bad-file` when it is none */
  matrixOf(name: string): { readonly rows: number; readonly inputs: number } {
    const { entry } = this.find(name);
    const [rows, inputs] = entry.shape;
    if (entry.shape.length !== 2) throw otherShape(this.find(name), ['rows', 'inputs']);
    return { rows, inputs };
  }

  /**
   * A tensor's values, row-major.
   *
   * @throws UserError `bad-file` when it is missing, of another shape or holds values that are none, `unsupported` for
   *   another type, `cancelled`
   */
  async floats(name: string, shape: readonly number[]): Promise<Float32Array> {
    const tensor = this.take(name, shape);
    const { type } = tensor.entry;
    if (type !== 'F32' && type !== 'F16' && type !== 'BF16') throw otherType(tensor, 'F32, F16, BF16');
    const values = dequantise({ name, shape, type, bytes: await bytesOf(tensor) });
    if (!values.every(Number.isFinite)) throw noNumbers(tensor);
    return values;
  }

  /** As `floats`, of whole numbers. */
  async integers(name: string, shape: readonly number[]): Promise<number[]> {
    const tensor = this.take(name, shape);
    const bytes = await bytesOf(tensor);
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const count = valueCount(shape);
    switch (tensor.entry.type) {
      case 'I64':
        return Array.from({ length: count }, (_, i) => Number(view.getBigInt64(8 * i, true)));
      case 'I32':
        return Array.from({ length: count }, (_, i) => view.getInt32(4 * i, true));
      default:
        throw otherType(tensor, 'I64, I32');
    }
  }

  /** Leaves out a tensor that says nothing that is not known from others. */
  ignore(name: string): void {
    this.left.delete(name);
  }

  /** @throws UserError `unsupported` when tensors are left that no one took */
  refuseRest(format: string): void {
    const [name] = this.left;
    if (name === undefined) return;
    const { fileName, entry } = this.find(name);
    throw new UserError(
      'unsupported',
      t(
        '{0} holds the tensor {1}, which is no part of {2} as it is known here.',
        entry.reader.path,
        fileName,
        format,
      ),
      t('Import a head of another training, or convert this one to a known format.'),
    );
  }

  async close(): Promise<void> {
    for (const reader of this.readers) await reader.close();
  }

  private find(name: string): NamedTensor {
    const tensor = this.tensors.get(name);
    if (tensor !== undefined) return tensor;
    throw new UserError(
      'bad-file',
      t('{0} lacks the tensor {1}.', this.path, name),
      t('Download the head again, with all its files.'),
    );
  }

  private take(name: string, shape: readonly number[]): NamedTensor {
    const { options, tensors, left } = this;
    throwIfCancelled(options.signal);
    const tensor = this.find(name);
    if (!sameShape(tensor.entry.shape, shape)) throw otherShape(tensor, shape);
    const [done, total] = [tensors.size - left.size, tensors.size];
    options.onProgress?.({ phase: 'convert', message: t('Importing the head {0}', this.path), done, total });
    left.delete(name);
    return tensor;
  }
}

function bytesOf({ entry }: NamedTensor): Promise<Uint8Array> {
  return entry.reader.read(entry.offset, entry.bytes);
}

async function safetensorsOf(source: string): Promise<{ files: string[]; folder: string }> {
  const found = await stat(source).catch((error: unknown) => {
    throw readError(error, source);
  });
  if (!found.isDirectory()) return { files: [source], folder: path.dirname(source) };
  const names = await readdir(source).catch((error: unknown) => {
    throw readError(error, source);
  });
  const files = names.filter((name) => name.endsWith(SAFETENSORS)).sort();
  if (files.length > 0) return { files: files.map((name) => path.join(source, name)), folder: source };
  const pickle = names.find((name) => /\.(pt|pth|bin)$/.test(name));
  if (pickle !== undefined) throw pickled(path.join(source, pickle));
  throw new UserError(
    'bad-file',
    t('{0} holds no .safetensors file, so there is no head to import.', source),
    t('Give the folder or the file that the head was downloaded to.'),
  );
}

async function refusePickle(reader: BinaryFile): Promise<void> {
  const start = await reader.read(0, Math.min(4, reader.bytes));
  if (PICKLES.some((magic) => magic.every((byte, i) => start[i] === byte))) throw pickled(reader.path);
}

/** A pickle is a program: it is never run here. */
function pickled(file: string): UserError {
  return new UserError(
    'unsupported',
    t('{0} is a file of PyTorch, which may run code when it is read.', file),
    t('Save its tensors with safetensors.torch.save_file, and import that file.'),
  );
}

async function readConfig(file: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(file, 'utf8'));
  } catch (error) {
    if (isMissing(error)) return null;
    if (!(error instanceof SyntaxError)) throw readError(error, file);
    throw new UserError('bad-file', t('{0} is not valid JSON.', file), t('Download it again.'), {
      cause: error,
    });
  }
}

function twice(name: string, one: NamedTensor | undefined, other: SafetensorsEntry): UserError {
  return new UserError(
    'bad-file',
    t(
      'The tensor {0} is there twice: in {1} and {2}.',
      name,
      one?.entry.reader.path ?? '',
      other.reader.path,
    ),
    t('Import the file of the head alone.'),
  );
}

function otherShape({ fileName, entry }: NamedTensor, wanted: readonly (number | string)[]): UserError {
  return new UserError(
    'bad-file',
    t(
      '{0} in {1} has the shape [{2}] instead of [{3}].',
      fileName,
      entry.reader.path,
      entry.shape.join(', '),
      wanted.join(', '),
    ),
    t('Download the head again, with the config.json that belongs to it.'),
  );
}

function noNumbers({ fileName, entry }: NamedTensor): UserError {
  return new UserError(
    'bad-file',
    t('{0} in {1} holds values that are no numbers.', fileName, entry.reader.path),
    t('Download the head again; if they are there too, its training failed.'),
  );
}

function otherType({ fileName, entry }: NamedTensor, known: string): UserError {
  return new UserError(
    'unsupported',
    t('{0} tensors ({1} in {2}) are not read here.', entry.type, fileName, entry.reader.path),
    t('Save it as one of: {0}.', known),
  );
}
