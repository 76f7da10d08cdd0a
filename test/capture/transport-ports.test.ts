import { Readable } from 'node:stream';
import { expect } from 'chai';
import { captureFile, captureStream, PacketBatch, Streamer, type Packet, type StreamerOptions } from '../../lib/index.js';
import { pcapHeader, pcapRecord, udpFrame } from './build-capture.js';
import { sharedFiles } from '../shared.js';

/** A frame of another transport with ports 1000 and 53 in front; of so many bytes behind the IP header. */
function frameOf(protocol: number, size = 12): Buffer {
  const frame = Buffer.concat([udpFrame().subarray(0, 34), Buffer.from([1000 >> 8, 1000 & 255, 0, 53]), Buffer.alloc(8)]).subarray(0, 34 + size);
  frame[23] = protocol;
  frame.writeUInt16BE(20 + size, 16);
  return frame;
}

const ports = ({ srcPort, dstPort, ignoreReason }: Packet): unknown[] => [srcPort, dstPort, ignoreReason];

const pair = (one: number, two: number): string => `${Math.min(one, two)} ${Math.max(one, two)}`;

const cases: [what: string, frame: Buffer, usual: unknown[], all: unknown[]][] = [
  ['SCTP', frameOf(132), [0, 0, null], [1000, 53, null]],
  ['DCCP', frameOf(33), [0, 0, null], [1000, 53, null]],
  ['UDP-Lite', frameOf(136), [0, 0, null], [1000, 53, null]],
  ['OSPF', frameOf(89), [0, 0, null], [0, 0, null]],
  ['SCTP of two bytes', frameOf(132, 2), [0, 0, null], [0, 0, null]],
  ['SCTP that is cut within its ports', frameOf(132).subarray(0, 36), [0, 0, null], [0, 0, 'truncated']],
];

describe('transportPorts', () => {
  for (const [what, frame, usual, all] of cases) {
    it(`tells of ${what} what it says`, () => {
      const packet = { timeNs: 1n, bytes: frame, wireLength: 46, linkType: 1 };
      expect([...PacketBatch.from([packet] as never)].map(ports)).to.deep.equal([usual]);
      expect([...PacketBatch.from([packet] as never, { transportPorts: 'all' })].map(ports)).to.deep.equal([all]);
    });
  }

  it('is an option of captures, too', async () => {
    const bytes = Buffer.concat([pcapHeader(), pcapRecord(1000, frameOf(132))]);
    const told: unknown[] = [];
    for await (const batch of Readable.from([bytes]).pipe(captureStream({ transportPorts: 'all' })) as AsyncIterable<PacketBatch>)
      for (const packet of batch) told.push(ports(packet));
    expect(told).to.deep.equal([[1000, 53, null]]);
  });

  for (const real of sharedFiles(['../cases/sctp_has_ports.pcap'])) {
    it('tells associations of two hosts apart', async () => {
      const told = async (options: Partial<StreamerOptions>): Promise<number[][]> => {
        const rows: number[][] = [];
        for await (const { srcPort, dstPort, protocol } of new Streamer({ source: real, dissections: 0, ...options }))
          if (protocol === 132) rows.push([srcPort, dstPort]);
        return rows;
      };
      expect((await told({})).every((both) => both.every((port) => port === 0))).to.equal(true);
      const all = await told({ transportPorts: 'all' });
      expect(all.length).to.be.at.least((await told({})).length);
      expect(all.every((both) => both.every((port) => port > 0))).to.equal(true);
      // The ports of the packets themselves.
      const seen = new Set<string>();
      for await (const batch of captureFile(real) as AsyncIterable<PacketBatch>) {
        for (const { bytes, protocol } of batch) {
          const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
          if (protocol === 132) seen.add(pair(view.getUint16(34), view.getUint16(36)));
        }
      }
      expect(new Set(all.map(([one, two]) => pair(one!, two!)))).to.deep.equal(seen);
    });
  }
});
