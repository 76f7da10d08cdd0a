import type { PcapWriter } from './pcap-writer.js';
import { epochUs } from './replicate.js';

const ethernetHeader = Buffer.from('0200000000020200000000010800', 'hex');

/** An Ethernet frame with IPv4 (no options) and this transport header and payload; addresses and checksums are 0. */
function frameOf(protocol: number, transport: Buffer): Buffer {
  const ip = Buffer.alloc(20);
  ip[0] = 0x45;
  ip.writeUInt16BE(20 + transport.length, 2);
  ip[8] = 64;
  ip[9] = protocol;
  return Buffer.concat([ethernetHeader, ip, transport]);
}

function syn(): Buffer {
  const tcp = Buffer.alloc(20);
  tcp[12] = 0x50;
  tcp[13] = 0x02;
  tcp.writeUInt16BE(64240, 14);
  return frameOf(6, tcp);
}

function dns(response: boolean): Buffer {
  const question = Buffer.from('03777777076578616d706c6503636f6d0000010001', 'hex');
  const answer = response ? Buffer.from('c00c00010001000000ff0004c0000201', 'hex') : Buffer.alloc(0);
  const header = Buffer.alloc(12);
  header.writeUInt16BE(0x1234, 0);
  header.writeUInt16BE(response ? 0x8180 : 0x0100, 2);
  header.writeUInt16BE(1, 4);
  header.writeUInt16BE(response ? 1 : 0, 6);
  const udp = Buffer.alloc(8);
  udp.writeUInt16BE(8 + header.length + question.length + answer.length, 4);
  return frameOf(17, Buffer.concat([udp, header, question, answer]));
}

interface Ends {
  client: number;
  clientPort: number;
  server: number;
  serverPort: number;
}

function address(frame: Buffer, at: number, { client, clientPort, server, serverPort }: Ends, reverse: boolean): void {
  frame.writeUInt32BE(reverse ? server : client, at + 26);
  frame.writeUInt32BE(reverse ? client : server, at + 30);
  frame.writeUInt16BE(reverse ? serverPort : clientPort, at + 34);
  frame.writeUInt16BE(reverse ? clientPort : serverPort, at + 36);
}

/** What every flow of a burst is: a SYN that nothing answers, or a DNS question and its answer. */
export type BurstKind = 'syn' | 'dns';

/**
 * Writes a burst of flows within one minute, a pause of five minutes, and then a trickle: its first packet expires every flow of the
 * burst at once (with a five minutes' or shorter idle timeout), the rest lets a program run on with 100 open flows.
 * @param trickle packets after the pause, one a millisecond
 */
export function writeBurst(writer: PcapWriter, kind: BurstKind, flows: number, trickle: number): void {
  const frames = kind === 'syn' ? [syn()] : [dns(false), dns(true)];
  const stepUs = 60e6 / flows;
  for (let flow = 0; flow < flows; flow++) {
    const ends = { client: 0x0a000001 + (flow >>> 4), clientPort: 20000 + (flow & 15), server: 0xc6336401, serverPort: kind === 'syn' ? 9999 : 53 };
    frames.forEach((frame, i) => {
      const { buffer, at } = writer.write(Math.floor(epochUs + flow * stepUs), frame, frame.length);
      address(buffer, at, ends, i === 1);
    });
  }
  const frame = syn();
  for (let i = 0; i < trickle; i++) {
    const { buffer, at } = writer.write(epochUs + 360e6 + i * 1000, frame, frame.length);
    address(buffer, at, { client: 0xac100001, clientPort: 30000 + (i % 100), server: 0xc6336402, serverPort: 9999 }, false);
  }
}
