// Of a Parquet file's end: its metadata in Thrift's compact protocol, their length in four bytes, and `PAR1`.
const endSize = 8;

/** Thrift's types of the compact protocol, as far as they are told apart here. */
const thrift = { false: 1, true: 2, byte: 3, double: 7, binary: 8, list: 9, set: 10, map: 11, struct: 12 } as const;

/** The field of the metadata that has the number of rows. */
const rowsField = 3;

/**
 * How many rows a Parquet file says that it has.
 * @param pieces its last bytes, with all of its metadata
 * @throws {RangeError} when they are none of a Parquet file's
 */
export function writtenRows(pieces: readonly Uint8Array[]): number {
  const size = pieces.reduce((sum, piece) => sum + piece.length, 0);
  const end = lastBytes(pieces, Math.min(endSize, size));
  if (size < endSize || end.toString('latin1', 4) !== 'PAR1') throw new RangeError('it does not end as Parquet does');
  const length = end.readUInt32LE(0);
  if (length > size - endSize) throw new RangeError('its metadata are not whole');
  const metadata = new Metadata(lastBytes(pieces, length + endSize).subarray(0, length));
  for (let field = metadata.nextField(0); field !== null; field = metadata.nextField(field.id)) {
    if (field.id === rowsField) return metadata.integer();
    metadata.skip(field.type, false);
  }
  throw new RangeError('its metadata have no number of rows');
}

function lastBytes(pieces: readonly Uint8Array[], length: number): Buffer {
  const bytes = Buffer.alloc(length);
  let at = length;
  for (let index = pieces.length - 1; at > 0; index--) {
    const piece = pieces[index]!.subarray(-at);
    at -= piece.length;
    bytes.set(piece, at);
  }
  return bytes;
}

class Metadata {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  /** The next field of a structure behind the one with this number; null at the structure's end. */
  nextField(before: number): { readonly id: number; readonly type: number } | null {
    const head = this.#byte();
    if (head === 0) return null;
    return { id: head >> 4 === 0 ? this.integer() : before + (head >> 4), type: head & 15 };
  }

  /** A number in zigzag. */
  integer(): number {
    const number = this.#length();
    return number % 2 === 0 ? number / 2 : -(number + 1) / 2;
  }

  /** @param inList of lists' items, truth values have a byte each; of structures they are told by their type */
  skip(type: number, inList: boolean): void {
    switch (type) {
      case thrift.false:
      case thrift.true:
        if (inList) this.#at += 1;
        break;
      case thrift.byte:
        this.#at += 1;
        break;
      case thrift.double:
        this.#at += 8;
        break;
      case thrift.binary: {
        const length = this.#length();
        this.#at += length;
        break;
      }
      case thrift.list:
      case thrift.set: {
        const head = this.#byte();
        const items = head >> 4 === 15 ? this.#length() : head >> 4;
        for (let item = 0; item < items; item++) this.skip(head & 15, true);
        break;
      }
      case thrift.map:
        throw new RangeError('its metadata have a map');
      case thrift.struct:
        for (let field = this.nextField(0); field !== null; field = this.nextField(field.id)) this.skip(field.type, false);
        break;
      default:
        this.#length();
    }
  }

  #byte(): number {
    const byte = this.#bytes[this.#at++];
    if (byte === undefined) throw new RangeError('its metadata are not whole');
    return byte;
  }

  /** A number of seven bits a byte. */
  #length(): number {
    let number = 0;
    for (let scale = 1; ; scale *= 128) {
      const byte = this.#byte();
      number += (byte & 127) * scale;
      if (byte < 128) return number;
    }
  }
}
