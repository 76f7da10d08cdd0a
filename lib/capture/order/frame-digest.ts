import { ipVersionMask, ipVersionShift, littleEndian, recordOffset as at } from '../packet-record.js';

/** Digests of what is compared of frames: of 53 bits, by a secret of this run, so that nobody can make frames that only look the same. */
export class FrameDigest {
  readonly #ofPacket: boolean;
  readonly #seed = process.getBuiltinModule('node:crypto').randomInt(2 ** 31);
  readonly #other = process.getBuiltinModule('node:crypto').randomInt(2 ** 31);
  #one = 0;
  #two = 0;

  /** @param ofPacket of the innermost IP packet, without its time to live and header checksum; of a frame without one, of all */
  constructor(ofPacket: boolean) {
    this.#ofPacket = ofPacket;
  }

  /** @param record where the record begins in `view` */
  of(bytes: DataView, view: DataView, record: number): number {
    const begin = view.getUint32(record + at.dataOffset, littleEndian);
    const end = begin + view.getUint32(record + at.capturedLength, littleEndian);
    const version = (view.getUint8(record + at.tunnelAndIp) >> ipVersionShift) & ipVersionMask;
    const packet = begin + view.getUint16(record + at.l3Offset, littleEndian);
    this.#one = this.#seed;
    this.#two = this.#other;
    if (this.#ofPacket && version === 4 && packet + 20 <= end) {
      this.#add(view.getUint32(record + at.ipSize, littleEndian));
      this.#addBytes(bytes, packet, packet + 8);
      this.#add(bytes.getUint8(packet + 9));
      this.#addBytes(bytes, packet + 12, this.#endOf(view, record, packet, end));
    } else if (this.#ofPacket && version === 6 && packet + 40 <= end) {
      this.#add(view.getUint32(record + at.ipSize, littleEndian));
      this.#addBytes(bytes, packet, packet + 7);
      this.#addBytes(bytes, packet + 8, this.#endOf(view, record, packet, end));
    } else {
      this.#add(view.getUint32(record + at.wireLength, littleEndian));
      this.#addBytes(bytes, begin, end);
    }
    return (mixed(this.#one) >>> 0) * 2097152 + (mixed(this.#two) >>> 11);
  }

  /** What stands behind the IP packet, such as padding, is not of it. */
  #endOf(view: DataView, record: number, packet: number, end: number): number {
    const size = view.getUint32(record + at.ipSize, littleEndian);
    return size === 0 ? end : Math.min(end, packet + size);
  }

  #addBytes(bytes: DataView, from: number, to: number): void {
    let place = from;
    for (; place + 4 <= to; place += 4) this.#add(bytes.getInt32(place, true));
    let rest = to - from;
    for (; place < to; place++) rest = Math.imul(rest, 257) ^ bytes.getUint8(place);
    this.#add(rest);
  }

  #add(word: number): void {
    this.#one = Math.imul(this.#one ^ word, 0x9e3779b1);
    this.#one ^= this.#one >>> 15;
    this.#two = Math.imul(this.#two + word, 0x85ebca6b);
    this.#two = (this.#two << 13) | (this.#two >>> 19);
  }
}

function mixed(hash: number): number {
  const once = Math.imul(hash ^ (hash >>> 16), 0x2c1b3c6d);
  return once ^ (once >>> 13);
}
