import { z } from 'zod';
import { UserError } from '../errors';
import { t } from '../l10n';
import { BinaryFile, truncatedError } from './binaryFile';
import { valueCount } from './tensorLayout';

/** Where a tensor stands in a safetensors file. */
export interface SafetensorsEntry {
  readonly reader: BinaryFile;
  /** The file's name for the type: `F32`, `F16`, `BF16`, `I64`, `F8_E4M3`, ... */
  readonly type: string;
  readonly shape: readonly number[];
  readonly offset: number;
  readonly bytes: number;
}

/** The format's own limit on the header. */
const MOST_HEADER_BYTES = 100_000_000;

const size = z.int().nonnegative();
const headerSchema = z.record(
  z.string(),
  z.object({ dtype: z.string(), shape: z.array(size), data_offsets: z.tuple([size, size]) }),
);

/** Bytes of one value, of the types whose extent is checked. */
const VALUE_BYTES: Readonly<Record<string, number>> = {
  F32: 4,
  F16: 2,
  BF16: 2,
  I64: 8,
  I32: 4,
  U8: 1,
  BOOL: 1,
};

/**
 * Reads a safetensors header: 8 bytes of length, that much JSON, then the values. The tensors must fill the
 * rest of the file without gaps and without overlaps, as the format demands.
 *
 * @throws UserError `bad-file`
 */
export async function readSafetensors(reader: BinaryFile): Promise<Map<string, SafetensorsEntry>> {
  const { path } = reader;
  const damaged = (what: string) =>
    new UserError('bad-file', `${path} ${what}.`, t('Download or copy it again.'));
  if (reader.bytes < 8) throw truncatedError(path);
  const lengthBytes = await reader.read(0, 8);
  const length = Number(new DataView(lengthBytes.buffer).getBigUint64(0, true));
  if (length > MOST_HEADER_BYTES) throw damaged(t('is not a safetensors file'));
  if (8 + length > reader.bytes) throw truncatedError(path);

  let header: z.infer<typeof headerSchema>;
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(await reader.read(8, length));
    const tensors = JSON.parse(text) as Record<string, unknown>;
    delete tensors.__metadata__;
    header = headerSchema.parse(tensors);
  } catch (error) {
    if (error instanceof UserError) throw error;
    throw damaged(t('has a damaged header'));
  }

  const entries = Object.entries(header).sort(([, a], [, b]) => a.data_offsets[0] - b.data_offsets[0]);
  const result = new Map<string, SafetensorsEntry>();
  const start = 8 + length;
  let end = 0;
  for (const [name, { dtype, shape, data_offsets }] of entries) {
    const [from, to] = data_offsets;
    if (from < end) throw damaged(t('gives {0} bytes of another tensor', name));
    if (from > end || to < from) throw damaged(t('leaves a gap before {0}', name));
    const valueBytes = VALUE_BYTES[dtype];
    if (valueBytes !== undefined && to - from !== valueCount(shape) * valueBytes)
      throw damaged(t('gives {0} {1} bytes for the shape [{2}]', name, to - from, shape.join(', ')));
    if (start + to > reader.bytes) throw truncatedError(path);
    result.set(name, { reader, type: dtype, shape, offset: start + from, bytes: to - from });
    end = to;
  }
  if (start + end !== reader.bytes) throw damaged(t('is longer than its header says'));
  return result;
}
