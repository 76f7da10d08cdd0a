import { loadArrow } from '../../load-arrow.js';
import { checkFooter } from './arrow-metadata.js';
import type { ByteInput } from '../byte-input.js';
import type { RowErrors } from '../row-error.js';

/** What the end of an Arrow file tells. */
export interface ArrowFooter {
  /** The schema as a message. */
  readonly schema: Uint8Array;
  /** Where dictionaries and record batches are, in this order. */
  readonly blocks: readonly { readonly offset: number; readonly size: number }[];
}

const magic = Buffer.from('ARROW1');
/** The length of the footer and the magic bytes behind it. */
const suffixSize = 4 + magic.length;
/** The mark that ends a stream. */
const endSize = 8;

/**
 * Reads the end of an Arrow file.
 * @returns null when the input is not a regular file, or has no such end
 * @throws {FlowError} ERR_NFSTREAM_CORRUPT
 */
export async function readFooter(input: ByteInput, errors: RowErrors): Promise<ArrowFooter | null> {
  const size = input.bytesTotal;
  const suffix = await input.at(Math.max(0, size - suffixSize), suffixSize);
  if (suffix === null || suffix.length < suffixSize || !magic.equals(suffix.subarray(4))) return null;
  const length = suffix.readInt32LE(0);
  const begin = size - suffixSize - length;
  if (length <= 0 || begin < magic.length) throw errors.inInput('ERR_NFSTREAM_CORRUPT', `its end says that it has ${length} bytes`, size - suffixSize);
  const footer = (await input.at(begin, length))!;
  try {
    return decode(footer);
  } catch (error) {
    throw errors.inInput('ERR_NFSTREAM_CORRUPT', `its end cannot be read: ${(error as Error).message}`, begin);
  }
}

function decode(bytes: Uint8Array): ArrowFooter {
  checkFooter(bytes);
  const { Footer, Table, tableToIPC } = loadArrow();
  const footer = Footer.decode(bytes);
  const blocks = [...footer.dictionaryBatches(), ...footer.recordBatches()];
  if (blocks.some(({ offset, metaDataLength, bodyLength }) => offset < magic.length || metaDataLength < 8 || !(bodyLength >= 0)))
    throw new RangeError('a message has no place');
  return {
    schema: tableToIPC(new Table(footer.schema), 'stream').slice(0, -endSize),
    blocks: blocks.map(({ offset, metaDataLength, bodyLength }) => ({ offset, size: metaDataLength + bodyLength })),
  };
}
