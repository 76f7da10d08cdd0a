import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A UDP packet of a made capture; addresses are 10.0.0.`from` and 10.0.0.`to`. */
export interface MadePacket {
  /** Milliseconds since the first packet of most captures. */
  ms: number;
  from?: number;
  to?: number;
  sourcePort?: number;
  destinationPort?: number;
  payload?: Uint8Array;
}

const epochSeconds = 1_700_000_000;

/** A pcap file, microseconds, little endian, Ethernet. */
export function madeCapture(packets: readonly MadePacket[]): Buffer {
  const header = Buffer.alloc(24);
  header.writeUInt32LE(0xa1b2c3d4, 0);
  header.writeUInt16LE(2, 4);
  header.writeUInt16LE(4, 6);
  header.writeUInt32LE(65535, 16);
  header.writeUInt32LE(1, 20);
  return Buffer.concat([header, ...packets.map(record)]);
}

function record(packet: MadePacket): Buffer {
  const frame = udpFrame(packet);
  const header = Buffer.alloc(16);
  header.writeUInt32LE(epochSeconds + Math.floor(packet.ms / 1000), 0);
  header.writeUInt32LE((packet.ms % 1000) * 1000, 4);
  header.writeUInt32LE(frame.length, 8);
  header.writeUInt32LE(frame.length, 12);
  return Buffer.concat([header, frame]);
}

// Bytes and ports that no release of nDPI takes for anything: later ones know "hello" as a SIP client's and 9999 as a port of TP-Link's.
function udpFrame({ from = 1, to = 2, sourcePort = 40000, destinationPort = 9997, payload = Buffer.from('plain') }: MadePacket): Buffer {
  const frame = Buffer.alloc(42 + payload.length);
  frame.writeUInt16BE(0x0800, 12);
  frame[14] = 0x45;
  frame.writeUInt16BE(28 + payload.length, 16);
  frame[22] = 64;
  frame[23] = 17;
  frame.set([10, 0, 0, from], 26);
  frame.set([10, 0, 0, to], 30);
  frame.writeUInt16BE(sourcePort, 34);
  frame.writeUInt16BE(destinationPort, 36);
  frame.writeUInt16BE(8 + payload.length, 38);
  frame.set(payload, 42);
  return frame;
}

/** The payload of a DNS question for the address of a name, whose labels may hold any bytes. */
export function dnsQuestion(...labels: string[]): Buffer {
  const names = labels.map((label) => Buffer.concat([Buffer.of(Buffer.byteLength(label)), Buffer.from(label)]));
  return Buffer.concat([Buffer.of(0, 1, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0), ...names, Buffer.of(0, 0, 1, 0, 1)]);
}

/** This many flows of one packet each, one a millisecond. */
export function manyFlows(flows: number): MadePacket[] {
  return Array.from({ length: flows }, (_, i) => ({ ms: i, from: 1 + (i % 200), sourcePort: 1024 + Math.floor(i / 200) }));
}

/** A folder for the files of a test, removed at the end of its suite. */
export function workFolder(): { path: (name: string) => string; write: (name: string, bytes: string | Uint8Array) => string } {
  let folder = '';
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'nfstream-test-'));
  });
  after(() => {
    rmSync(folder, { recursive: true });
  });
  const path = (name: string): string => join(folder, name);
  return {
    path,
    write(name, bytes) {
      writeFileSync(path(name), bytes);
      return path(name);
    },
  };
}
