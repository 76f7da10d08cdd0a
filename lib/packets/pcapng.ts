import type { Secrets } from '../capture/index.js';

const block = { section: 0x0a0d0d0a, interface: 1, packet: 6, secrets: 10 } as const;
const option = { end: 0, comment: 1, timeResolution: 9 } as const;
/** The finest resolution of times: negative power of ten of a second. */
export const nanoseconds = 9;
const word = 4;
const endOfOptions = optionOf(option.end, Buffer.alloc(0));

/** An interface as it is written. */
export interface WrittenInterface {
  readonly linkType: number;
  /** Of its packets' times, from 0, seconds, to 9, nanoseconds. */
  readonly resolution: number;
  /** Bytes; 0 for no limit. */
  readonly snapshotLength: number;
  /** As the block has them, without an end. */
  readonly options: Uint8Array;
}

/** A packet as it is written. */
export interface WrittenPacket {
  /** The number of its interface in the file that is written, and the resolution of that. */
  readonly interfaceId: number;
  readonly resolution: number;
  /** Since the epoch. */
  readonly timeNs: bigint;
  readonly bytes: Uint8Array;
  readonly wireLength: number;
  readonly comment: string;
}

/** The block that begins a pcapng file, whose blocks are in little endian. */
export function sectionBlock(): Buffer {
  const body = Buffer.alloc(16);
  body.writeUInt32LE(0x1a2b3c4d);
  body.writeUInt16LE(1, 4); // version 1.0
  body.writeBigInt64LE(-1n, 8); // of a length that is not told
  return blockOf(block.section, body);
}

/** The block of an interface. */
export function interfaceBlock({ linkType, resolution, snapshotLength, options }: WrittenInterface): Buffer {
  const body = Buffer.alloc(8);
  body.writeUInt16LE(linkType);
  body.writeUInt32LE(snapshotLength, 4);
  return blockOf(block.interface, body, options, optionOf(option.timeResolution, Buffer.from([resolution])), endOfOptions);
}

/** The block of what decrypts packets. */
export function secretsBlock({ type, data }: Secrets): Buffer {
  const head = Buffer.alloc(8);
  head.writeUInt32LE(type);
  head.writeUInt32LE(data.length, 4);
  return blockOf(block.secrets, head, padded(data));
}

/** The block of a packet. */
export function packetBlock({ interfaceId, resolution, timeNs, bytes, wireLength, comment }: WrittenPacket): Buffer {
  const head = Buffer.alloc(20);
  const time = BigInt.asUintN(64, timeNs / 10n ** BigInt(nanoseconds - resolution));
  head.writeUInt32LE(interfaceId);
  head.writeUInt32LE(Number(time >> 32n), 4);
  head.writeUInt32LE(Number(time & 0xffffffffn), 8);
  head.writeUInt32LE(bytes.length, 12);
  head.writeUInt32LE(wireLength, 16);
  return blockOf(block.packet, head, padded(bytes), optionOf(option.comment, Buffer.from(comment)), endOfOptions);
}

function blockOf(type: number, ...parts: readonly Uint8Array[]): Buffer {
  const length = parts.reduce((sum, part) => sum + part.length, 3 * word);
  const head = Buffer.alloc(2 * word);
  head.writeUInt32LE(type);
  head.writeUInt32LE(length, word);
  return Buffer.concat([head, ...parts, head.subarray(word)], length);
}

function optionOf(code: number, value: Uint8Array): Buffer {
  const head = Buffer.alloc(word);
  head.writeUInt16LE(code);
  head.writeUInt16LE(value.length, 2);
  return Buffer.concat([head, padded(value)]);
}

function padded(bytes: Uint8Array): Buffer {
  return Buffer.concat([bytes], Math.ceil(bytes.length / word) * word);
}
