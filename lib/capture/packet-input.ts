import { invalidOption } from '../errors.js';
import { native } from '../native.js';
import { nativeDecoding, type Decoding } from './decoding.js';
import { littleEndian, recordBytes, recordOffset as at } from './packet-record.js';

/** A packet from elsewhere, for {@link PacketBatch.from}. A `Packet` of another batch is one too. */
export interface PacketInput {
  /** The frame from its link layer on; copied. */
  readonly bytes: Uint8Array;
  /** Time in nanoseconds since the epoch, of 64 bits. One of the two times is needed; this one is taken when both are there. */
  readonly timeNs?: bigint;
  /** Time in milliseconds since the epoch, fractions down to the microsecond; from the year 1677 to 2262, as nanoseconds have 64 bits. */
  readonly timeMs?: number;
  /** LINKTYPE_ number. Default 1, Ethernet. */
  readonly linkType?: number;
  /** Bytes that the frame had on the wire, no fewer than there are. Default: as many as there are. */
  readonly wireLength?: number;
  /** Default 0. */
  readonly interfaceId?: number;
}

/** Lays packets out as a source does, in memory of their own, and decodes them: bytes first, then the records. */
export function layOut(packets: readonly PacketInput[], decoding: Decoding): { memory: ArrayBuffer; dataBytes: number } {
  for (const [index, packet] of packets.entries()) check(packet, index);
  const dataBytes = (packets.reduce((sum, packet) => sum + packet.bytes.length, 0) + 7) & ~7;
  const memory = new ArrayBuffer(dataBytes + packets.length * recordBytes);
  const [data, records, view] = [new Uint8Array(memory, 0, dataBytes), new Uint8Array(memory, dataBytes), new DataView(memory, dataBytes)];
  let used = 0;
  packets.forEach((packet, index) => {
    const record = index * recordBytes;
    const captured = packet.bytes.length;
    data.set(packet.bytes, used);
    view.setBigInt64(record + at.timeNs, timeOf(packet), littleEndian);
    view.setUint32(record + at.numberDelta, index, littleEndian);
    view.setUint32(record + at.dataOffset, used, littleEndian);
    view.setUint32(record + at.capturedLength, captured, littleEndian);
    view.setUint32(record + at.wireLength, packet.wireLength ?? captured, littleEndian);
    view.setUint16(record + at.linkType, packet.linkType ?? 1, littleEndian);
    view.setUint16(record + at.interfaceId, packet.interfaceId ?? 0, littleEndian);
    view.setUint8(record + at.timeResolution, 9);
    used += captured;
  });
  const { tunnels, countFragments, allPorts } = nativeDecoding(decoding);
  native.NativeCapture.decodePackets(data, records, tunnels, countFragments, allPorts);
  return { memory, dataBytes };
}

function timeOf(packet: PacketInput): bigint {
  return packet.timeNs ?? BigInt(Math.round(packet.timeMs! * 1000)) * 1000n;
}

function check(packet: PacketInput, index: number): void {
  const of = `of packet ${index}`;
  if (typeof packet !== 'object' || packet === null)
    throw invalidOption('ERR_NFSTREAM_OPTION_TYPE', `packet ${index}`, 'an object with bytes and a time', packet);
  if (!(packet.bytes instanceof Uint8Array)) throw invalidOption('ERR_NFSTREAM_OPTION_TYPE', `bytes ${of}`, 'a Uint8Array', packet.bytes);
  if (packet.bytes.length > mostBytes)
    throw invalidOption('ERR_NFSTREAM_OPTION_RANGE', `the length of bytes ${of}`, `at most ${mostBytes}`, packet.bytes.length);
  if (packet.timeNs !== undefined && typeof packet.timeNs !== 'bigint')
    throw invalidOption('ERR_NFSTREAM_OPTION_TYPE', `timeNs ${of}`, 'a bigint', packet.timeNs);
  if (packet.timeNs === undefined && !Number.isFinite(packet.timeMs))
    throw invalidOption('ERR_NFSTREAM_OPTION_TYPE', `timeMs ${of}`, 'a finite number (or timeNs)', packet.timeMs);
  const time = timeOf(packet);
  if (BigInt.asIntN(64, time) !== time)
    throw invalidOption(
      'ERR_NFSTREAM_OPTION_RANGE',
      `${packet.timeNs === undefined ? 'timeMs' : 'timeNs'} ${of}`,
      'a time whose nanoseconds have 64 bits',
      packet.timeNs ?? packet.timeMs,
    );
  checkInteger(packet.linkType, `linkType ${of}`, 0xffff);
  checkInteger(packet.wireLength, `wireLength ${of}`, 0xffffffff);
  checkInteger(packet.interfaceId, `interfaceId ${of}`, 0xffff);
  if (packet.wireLength !== undefined && packet.wireLength < packet.bytes.length)
    throw invalidOption('ERR_NFSTREAM_OPTION_RANGE', `wireLength ${of}`, `no fewer than the ${packet.bytes.length} bytes that are there`, packet.wireLength);
}

const mostBytes = 262144;

function checkInteger(value: unknown, name: string, max: number): void {
  if (value === undefined) return;
  const expected = `an integer from 0 to ${max}`;
  if (typeof value !== 'number') throw invalidOption('ERR_NFSTREAM_OPTION_TYPE', name, expected, value);
  if (!Number.isInteger(value) || value < 0 || value > max) throw invalidOption('ERR_NFSTREAM_OPTION_RANGE', name, expected, value);
}
