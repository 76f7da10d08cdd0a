import { PacketBatch, type PacketInput } from '../lib/capture/index.js';

/** A packet for tests: what is left out has a default. */
export interface TestPacket {
  timeMs: number;
  src?: string;
  dst?: string;
  srcPort?: number;
  dstPort?: number;
  payload?: Uint8Array;
}

/** Ethernet, IPv4 and UDP around a payload. */
export function udpFrame({
  src = '10.0.0.1',
  dst = '10.0.0.2',
  srcPort = 1000,
  dstPort = 2000,
  payload = new Uint8Array(8),
}: Omit<TestPacket, 'timeMs'>): Uint8Array {
  const frame = Buffer.alloc(42 + payload.length);
  Buffer.from('020000000002020000000001080045', 'hex').copy(frame);
  frame.writeUInt16BE(28 + payload.length, 16);
  frame[22] = 64;
  frame[23] = 17;
  src.split('.').forEach((byte, i) => (frame[26 + i] = Number(byte)));
  dst.split('.').forEach((byte, i) => (frame[30 + i] = Number(byte)));
  frame.writeUInt16BE(srcPort, 34);
  frame.writeUInt16BE(dstPort, 36);
  frame.writeUInt16BE(8 + payload.length, 38);
  frame.set(payload, 42);
  return frame;
}

/** A packet as PacketBatch.from takes it. */
export function udpPacket(packet: TestPacket): PacketInput {
  return { timeMs: packet.timeMs, bytes: udpFrame(packet) };
}

/** A batch of UDP packets. */
export function udpBatch(packets: readonly TestPacket[]): PacketBatch {
  return PacketBatch.from(packets.map(udpPacket));
}

/** As many flows of one packet each as asked for, all at one time: ports and addresses count up. */
export function manyFlows(count: number, timeMs: number, first = 0): PacketBatch {
  const frame = udpFrame({});
  return PacketBatch.from(
    Array.from({ length: count }, (_, i) => {
      const bytes = Uint8Array.from(frame);
      const number = first + i;
      bytes[28] = number >>> 16;
      bytes[29] = (number >>> 8) & 255;
      bytes[34] = 16;
      bytes[35] = number & 255;
      return { timeMs, bytes };
    }),
  );
}
