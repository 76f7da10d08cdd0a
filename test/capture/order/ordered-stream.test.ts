import { createReadStream, readFileSync } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { captureFile, captureStream, type CaptureOptions, type PacketBatch } from '../../../lib/capture/index.js';
import { aggregate, captureLive, flows, type AggregateOptions } from '../../../lib/index.js';
import { pcapHeader, pcapRecord, rejection, Scratch, udpFrame } from '../build-capture.js';

const office = readFileSync(fileURLToPath(new URL('../../../fixtures/office.pcap', import.meta.url)));

/** Office, each packet twice, and in pairs that have changed places. */
function disordered(): Buffer {
  const records: Buffer[] = [];
  for (let from = 24; from < office.length;) {
    const to = from + 16 + office.readUInt32LE(from + 8);
    records.push(office.subarray(from, to));
    from = to;
  }
  const exchanged = records.map((record, index) => (index % 2 === 0 ? (records[index + 1] ?? record) : records[index - 1]!));
  return Buffer.concat([office.subarray(0, 24), ...exchanged.flatMap((record) => [record, record])]);
}

/** The bytes in pieces. */
async function* inPieces(bytes: Buffer, size: number): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

async function told(batches: AsyncIterable<PacketBatch>): Promise<string[]> {
  const found: string[] = [];
  for await (const batch of batches)
    for (const packet of batch) found.push(`${packet.number} ${packet.timeNs} ${packet.byteOffset} ${packet.ignoreReason} ${packet.srcIp} ${packet.dstPort}`);
  return found;
}

describe('captureStream with reorder and deduplicate', () => {
  const scratch = new Scratch();
  after(() => scratch.remove());
  const bytes = disordered();
  const given: [what: string, options: CaptureOptions][] = [
    ['packets in order', { reorder: 60 }],
    ['packets without those that are there twice', { deduplicate: 0.001 }],
    ['both', { reorder: 60, deduplicate: 0.001, deduplicateBy: 'packet' }],
  ];
  for (const [what, options] of given) {
    it(`gives ${what}, as captureFile does, however the bytes come`, async () => {
      const file = captureFile(scratch.write('a.pcap', bytes), options);
      const expected = await told(file);
      const { order, duplicates } = file.report();
      for (const size of [997, 100_000, bytes.length]) {
        const stage = captureStream(inPieces(bytes, size), options);
        expect(await told(stage)).to.deep.equal(expected);
        expect(stage.report()).to.deep.include({ ...(order && { order }), ...(duplicates !== undefined && { duplicates }) });
      }
    });
  }

  it('gives the flows of the capture in order', async () => {
    const path = scratch.write('b.pcap', bytes);
    const options: AggregateOptions = { dissections: 0, uid: true, statistics: true, tcpState: true };
    const flowsOf = async (stage: ReturnType<typeof captureStream>): Promise<unknown[]> => {
      const all: unknown[] = [];
      for await (const flow of flows(stage.pipe(aggregate(options)))) all.push(flow.toJSON());
      return all;
    };
    const piped = captureStream({ reorder: 60, deduplicate: 0.001 });
    createReadStream(path).pipe(piped);
    expect(await flowsOf(piped)).to.deep.equal(await flowsOf(captureStream(office, { deduplicate: 0.001 })));
    expect(piped.report().duplicates).to.be.above(1000);
  });

  it('gives what waits in front of damage, and then tells it', async () => {
    const damaged = Buffer.concat([pcapHeader(), pcapRecord(20, udpFrame(1)), pcapRecord(10, udpFrame(2)), pcapRecord(30, udpFrame(3)).subarray(0, -1)]);
    const ports: number[] = [];
    const stage = captureStream(damaged, { reorder: 1000 });
    const error = await rejection(
      (async () => {
        for await (const batch of stage) for (const packet of batch) ports.push(packet.srcPort);
      })(),
    );
    expect(error).to.have.property('code', 'ERR_NFSTREAM_TRUNCATED');
    expect(ports).to.deep.equal([2, 1]);
  });

  it('ends at once while packets wait: with destroy(), a signal, and a loop that is left', async () => {
    const waiting = (options: CaptureOptions = {}): ReturnType<typeof captureStream> => {
      const stage = captureStream({ reorder: 1e6, ...options });
      stage.write(bytes);
      return stage;
    };
    const destroyed = waiting();
    await new Promise((resolve) => setTimeout(resolve, 1));
    destroyed.destroy();
    expect(await told(destroyed).catch((error: Error) => error.name)).to.match(/Error/);
    const abort = new AbortController();
    const aborted = pipeline(waiting({ signal: abort.signal }), async (batches: AsyncIterable<PacketBatch>) => void (await told(batches)));
    abort.abort();
    expect(await rejection(aborted)).to.have.property('name', 'AbortError');
    const left = captureStream(inPieces(bytes, 1000), { reorder: 60 });
    for await (const batch of left) {
      expect(batch.length).to.be.above(0);
      break;
    }
    expect(left.destroyed).to.equal(true);
  });

  it('stops for a stage that needs no more', async () => {
    let count = 0;
    for await (const _ of flows(captureStream(inPieces(bytes, 50_000), { reorder: 60 }).pipe(aggregate({ dissections: 0, maxFlows: 3, idleTimeout: 0 }))))
      count++;
    expect(count).to.equal(3);
  });

  it('knows of no file', async () => {
    for await (const batch of captureStream(bytes, { reorder: 1 })) for (const packet of batch) expect(packet.file).to.equal(null);
  });

  it('is not for devices, which give packets in the order of their times', () => {
    expect(() => captureLive('lo', { reorder: 1 } as object))
      .to.throw(/reorder is for captures, and not for devices/)
      .with.property('code', 'ERR_NFSTREAM_OPTION_RANGE');
  });
});
