import { Readable } from 'node:stream';
import { expect } from 'chai';
import { captureFile, captureStream, type Packet, type PacketBatch } from '../../lib/capture/index.js';
import { pcapHeader, pcapRecord, Scratch, udpFrame } from './build-capture.js';

/** A frame as a fragment: `field` is flags and offset as on the wire. */
function fragment(field: number, id = 7): Buffer {
  const frame = udpFrame();
  frame.writeUInt16BE(id, 18);
  frame.writeUInt16BE(field, 20);
  return frame;
}

const first = pcapRecord(1000, fragment(0x2000));
const later = pcapRecord(1001, fragment(0x0001));

/** Of each later fragment, how it counts. */
async function outcomes(batches: AsyncIterable<PacketBatch>): Promise<string[]> {
  const told: string[] = [];
  const outcome = (packet: Packet): string => packet.ignoreReason ?? `${packet.laterFragment ? 'later' : 'first'} of port ${packet.srcPort}`;
  for await (const batch of batches) for (const packet of batch) if (packet.dstPort !== 5000) told.push(outcome(packet));
  return told;
}

describe("fragments: 'count'", () => {
  const scratch = new Scratch();
  after(() => scratch.remove());

  it('knows a first fragment over the batches of a capture', async () => {
    const other = udpFrame();
    other.writeUInt16BE(5000, 36);
    const between = Array.from({ length: 40_000 }, (_, i) => pcapRecord(1000, other, i));
    const path = scratch.write('long.pcap', Buffer.concat([pcapHeader(), first, ...between, later]));
    expect(await outcomes(captureFile(path, { fragments: 'count' }))).to.deep.equal(['first of port 1000', 'later of port 1000']);
    expect(await outcomes(captureFile(path))).to.deep.equal(['first of port 1000', 'fragment']);
  });

  it('begins anew with each capture', async () => {
    const paths = [scratch.write('one.pcap', Buffer.concat([pcapHeader(), first])), scratch.write('two.pcap', Buffer.concat([pcapHeader(), later]))];
    expect(await outcomes(captureFile(paths, { fragments: 'count' }))).to.deep.equal(['first of port 1000', 'fragment']);
  });

  it('is the same from a stream of bytes, however they come', async () => {
    const bytes = Buffer.concat([pcapHeader(), first, later]);
    const chunks = Array.from(bytes, (byte) => Buffer.from([byte]));
    const stage = Readable.from(chunks).pipe(captureStream({ fragments: 'count' }));
    expect(await outcomes(stage)).to.deep.equal(['first of port 1000', 'later of port 1000']);
  });

  it('forgets a first fragment after a minute', async () => {
    const path = scratch.write('slow.pcap', Buffer.concat([pcapHeader(), first, pcapRecord(1060, fragment(0x2001)), pcapRecord(1061, fragment(0x0002))]));
    expect(await outcomes(captureFile(path, { fragments: 'count' }))).to.deep.equal(['first of port 1000', 'later of port 1000', 'fragment']);
  });
});
