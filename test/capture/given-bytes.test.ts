import { Readable, Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { gzipSync } from 'node:zlib';
import { expect } from 'chai';
import { aggregate, captureStream, FlowError, type PacketBatch } from '../../lib/index.js';
import { until } from '../waiting.js';
import { pcap, rejection } from './build-capture.js';

const capture = pcap(3000);
const expected = Array.from({ length: 3000 }, (_, i) => i + 1);

async function ports(source: AsyncIterable<PacketBatch>): Promise<number[]> {
  const found: number[] = [];
  for await (const batch of source) for (const packet of batch) found.push(packet.srcPort);
  return found;
}

/** A Web stream of these bytes, and how often it was asked and cancelled. */
function webStream(bytes: Uint8Array, size = 10_000): { stream: ReadableStream<Uint8Array>; asked: () => number; cancelled: () => number } {
  let [at, asked, cancelled] = [0, 0, 0];
  const stream = new ReadableStream<Uint8Array>(
    {
      pull(controller) {
        asked++;
        if (at < bytes.length) controller.enqueue(bytes.subarray(at, (at += size)));
        else controller.close();
      },
      cancel: () => void cancelled++,
    },
    { highWaterMark: 0 },
  );
  return { stream, asked: () => asked, cancelled: () => cancelled };
}

function partOfMemory(): Uint8Array {
  const memory = new Uint8Array(capture.length + 20);
  memory.set(capture, 7);
  return memory.subarray(7, 7 + capture.length);
}

const drain = (): Writable => new Writable({ objectMode: true, write: (_, __, done) => done() });

describe('captureStream of bytes', () => {
  const sources: [what: string, make: () => Parameters<typeof captureStream>[0]][] = [
    ['a Buffer', () => capture],
    ['a Uint8Array that is a part of its memory', partOfMemory],
    ['a compressed Buffer', () => gzipSync(capture)],
    ['a Web stream', () => webStream(capture).stream],
    ['the body of a response', () => new Response(new Uint8Array(capture)).body!],
    ['what a Blob streams', () => new Blob([new Uint8Array(capture)]).stream()],
    ['a stream of Node', () => Readable.from([capture.subarray(0, 100), capture.subarray(100)])],
  ];
  for (const [what, make] of sources) it(`reads ${what}`, async () => expect(await ports(captureStream(make() as Uint8Array))).to.deep.equal(expected));

  it('stands at the front of a pipeline, with options', async () => {
    const stage = aggregate({ dissections: 0 });
    await pipeline(captureStream(capture, { filter: 'src port 7' }), stage, drain());
    expect(stage.report()).to.include({ flows: 1, packets: 1 });
  });

  it('refuses bytes that are no capture, and none', async () => {
    expect(await rejection(ports(captureStream(Buffer.from('no capture at all, but text'))))).to.have.property('code', 'ERR_NFSTREAM_NOT_A_CAPTURE');
    expect(await rejection(ports(captureStream(new Uint8Array(0))))).to.have.property('code', 'ERR_NFSTREAM_EMPTY_FILE');
  });

  it('tells damage after the packets in front of it', async () => {
    const found: number[] = [];
    const error = await rejection(
      (async () => {
        for await (const batch of captureStream(capture.subarray(0, capture.length - 3))) for (const packet of batch) found.push(packet.srcPort);
      })(),
    );
    expect(error).to.have.property('code', 'ERR_NFSTREAM_TRUNCATED');
    expect(found).to.deep.equal(expected.slice(0, -1));
  });

  it('fails with what the stream fails with, and for a chunk that is no bytes', async () => {
    const broken = new ReadableStream({ pull: (controller) => controller.error(new Error('the line is cut')) });
    expect((await rejection(ports(captureStream(broken)))).message).to.equal('the line is cut');
    const text = new ReadableStream({ pull: (controller) => controller.enqueue('text') });
    expect(await rejection(ports(captureStream(text as ReadableStream<Uint8Array>)))).to.have.property('code', 'ERR_NFSTREAM_OPTION_TYPE');
  });

  it('cancels the stream when its reader has seen enough', async () => {
    const web = webStream(pcap(60_000, 0, Buffer.alloc(200)));
    for await (const batch of captureStream(web.stream)) if (batch.length > 0) break;
    await until(() => web.cancelled() === 1);
  });

  it('cancels a stream that is silent when it is aborted', async () => {
    let cancelled = 0;
    const silent = new ReadableStream<Uint8Array>({ pull: () => new Promise(() => {}), cancel: () => void cancelled++ });
    const abort = new AbortController();
    const stage = captureStream(silent, { signal: abort.signal });
    setImmediate(() => abort.abort());
    expect((await rejection(ports(stage))).name).to.equal('AbortError');
    await until(() => cancelled === 1);
  });

  it('refuses a Web stream that somebody else reads', () => {
    const { stream } = webStream(capture);
    stream.getReader();
    expect(() => captureStream(stream))
      .to.throw(FlowError, 'a Web stream that nobody else reads')
      .with.property('code', 'ERR_NFSTREAM_OPTION_TYPE');
  });

  it('asks for no more than its reader takes', async () => {
    const big = pcap(120_000, 0, Buffer.alloc(200));
    const web = webStream(big, 65_536);
    const stage = captureStream(web.stream);
    for (let turns = 0; turns < 100; turns++) await new Promise((resolve) => setImmediate(resolve));
    expect(web.asked()).to.be.below(Math.ceil(big.length / 65_536));
    stage.destroy();
  });

  it('takes one source only', async () => {
    const stage = captureStream(capture);
    Readable.from([capture])
      .on('error', () => {})
      .pipe(stage);
    expect(await rejection(ports(stage))).to.have.property('code', 'ERR_NFSTREAM_STAGE_REUSED');
  });
});
