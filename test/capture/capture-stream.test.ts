import { once } from 'node:events';
import { createReadStream, readFileSync } from 'node:fs';
import { connect, createServer, type AddressInfo } from 'node:net';
import { Readable, Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { createGunzip, gzipSync } from 'node:zlib';
import { expect } from 'chai';
import { captureStream, type PacketBatch } from '../../lib/capture/index.js';
import { aggregate, toFile, type FlowBatch } from '../../lib/index.js';
import { FlowError } from '../../lib/errors.js';
import { pcap, pcapHeader, pcapRecord, rejection, Scratch, udpFrame } from './build-capture.js';

const collect = async (source: AsyncIterable<PacketBatch>): Promise<number[]> => {
  const ports: number[] = [];
  for await (const batch of source) for (const packet of batch) ports.push(packet.srcPort);
  return ports;
};

function* pieces(bytes: Buffer, size: number): Generator<Buffer> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

describe('captureStream', () => {
  const expected = Array.from({ length: 3000 }, (_, i) => i + 1);

  for (const size of [13, 1000, 65536, 10_000_000]) {
    it(`gives the packets of bytes that come in pieces of ${size}`, async () => {
      const stage = captureStream();
      expect(await collect(Readable.from(pieces(pcap(3000), size)).pipe(stage))).to.deep.equal(expected);
      expect(stage.report()).to.deep.include({ files: 1, packets: 3000, bytesRead: pcap(3000).length, damage: null });
    });
  }

  it('decompresses', async () => {
    expect(await collect(Readable.from(pieces(gzipSync(pcap(3000)), 777)).pipe(captureStream()))).to.deep.equal(expected);
  });

  it('hands on what it has after 100 ms, as live', async () => {
    const stage = captureStream();
    const file = pcap(2);
    const started = performance.now();
    stage.write(file.subarray(0, -10));
    const [batch] = (await once(stage, 'data')) as [PacketBatch];
    expect(batch.length).to.equal(1);
    expect(batch.live).to.equal(true);
    expect(performance.now() - started).to.be.at.least(90);
    const last = once(stage, 'data') as Promise<[PacketBatch]>;
    stage.end(file.subarray(-10));
    expect((await last)[0].at(0)!.number).to.equal(2);
    await once(stage, 'close');
  });

  it('holds its writer back while nobody reads', async () => {
    const file = pcap(120_000, 0, Buffer.alloc(200));
    let given = 0;
    const source = Readable.from(
      (function* () {
        for (const piece of pieces(file, 65536)) {
          given += piece.length;
          yield piece;
        }
      })(),
      { highWaterMark: 1 },
    );
    const stage = source.pipe(captureStream());
    await sleep(300);
    expect(given).to.be.below(6 << 20);
    expect(stage.readableLength).to.be.at.most(2);
    expect(await collect(stage)).to.have.length(120_000);
  });

  it('gives damage as its last item, and passes over the rest', async () => {
    const damage = Buffer.alloc(16, 0xff);
    const bytes = Buffer.concat([pcap(5), damage, pcap(1000)]);
    const batches: PacketBatch[] = [];
    const stage = captureStream();
    await pipeline(
      Readable.from(pieces(bytes, 100)),
      stage,
      new Writable({ objectMode: true, write: (batch: PacketBatch, _e, done) => (batches.push(batch), done()) }),
    );
    expect(batches.reduce((sum, batch) => sum + batch.length, 0)).to.equal(5);
    expect(batches.at(-1)!.damage).to.be.instanceOf(FlowError).and.to.include({ code: 'ERR_NFSTREAM_CORRUPT', packet: 6 });
    expect(stage.report().damage).to.equal(batches.at(-1)!.damage);
  });

  it('says where another capture begins behind the first, compressed or not', async () => {
    const joined = Buffer.concat([pcap(5), pcap(3)]);
    for (const bytes of [joined, Buffer.concat([gzipSync(pcap(5)), gzipSync(pcap(3))])]) {
      const stage = captureStream();
      const error = await rejection(collect(Readable.from(pieces(bytes, 100)).pipe(stage)));
      expect(error).to.include({ code: 'ERR_NFSTREAM_CORRUPT', offset: pcap(5).length });
      expect(error.message).to.match(new RegExp(`^Another capture \\(pcap\\) begins at byte offset ${pcap(5).length}, .*mergecap`));
      expect(stage.report().packets).to.equal(5);
    }
  });

  it('ends for the stage behind it at the damage, even when the writer never ends', async () => {
    const stage = captureStream();
    stage.write(Buffer.concat([pcap(5), Buffer.alloc(16, 0xff)]));
    expect(await rejection(collect(stage))).to.include({ code: 'ERR_NFSTREAM_CORRUPT' });
  });

  /** A writer that gives a damaged capture, and then more for ever or nothing for ever. */
  class Endless extends Readable {
    #rest: Buffer[];
    constructor(readonly silent: boolean) {
      super();
      this.#rest = [...pieces(Buffer.concat([pcap(5), Buffer.alloc(16, 0xff)]), 100)];
    }
    override _read(): void {
      const next = this.#rest.shift();
      if (next !== undefined) this.push(next);
      else if (!this.silent) setImmediate(() => this.push(Buffer.alloc(65536, 0xee)));
    }
  }
  const served = async (): Promise<Readable> => {
    const server = createServer((socket) => {
      socket.on('error', () => undefined); // the client hangs up
      socket.write(Buffer.concat([pcap(5), Buffer.alloc(16, 0xff)]));
      const more = setInterval(() => socket.write(Buffer.alloc(65536, 0xee)), 1);
      socket.on('close', () => (clearInterval(more), server.close()));
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return connect((server.address() as AddressInfo).port, '127.0.0.1');
  };
  const writers: [what: string, make: () => Readable | Promise<Readable>][] = [
    ['gives more for ever', () => new Endless(false)],
    ['is silent for ever', () => new Endless(true)],
    [
      'is an endless generator',
      () =>
        Readable.from(
          (function* () {
            yield* pieces(Buffer.concat([pcap(5), Buffer.alloc(16, 0xff)]), 100);
            for (;;) yield Buffer.alloc(65536, 0xee);
          })(),
        ),
    ],
    ['is a file that goes on', () => createReadStream(damagedFile, { highWaterMark: 4096 })],
    ['is a socket', served],
  ];
  const scratch = new Scratch();
  const damagedFile = scratch.write('damaged.pcap', Buffer.concat([pcap(5), Buffer.alloc(1 << 20, 0xff)]));
  after(() => scratch.remove());
  for (const [what, make] of writers) {
    it(`ends a pipeline at the damage, whole, though its writer ${what}`, async () => {
      const source = await make();
      const batches: PacketBatch[] = [];
      await pipeline(source, captureStream(), new Writable({ objectMode: true, write: (batch: PacketBatch, _e, done) => (batches.push(batch), done()) }));
      expect(batches.reduce((sum, batch) => sum + batch.length, 0)).to.equal(5);
      expect(batches.at(-1)!.damage).to.include({ code: 'ERR_NFSTREAM_CORRUPT' });
      if (!source.closed) await once(source, 'close');
      expect(source.errored).to.equal(null);
    });

    it(`ends flows and a file of them there, though its writer ${what}`, async () => {
      const path = scratch.path(`endless-${what.replaceAll(' ', '-')}.csv`);
      const error = await rejection(pipeline(await make(), captureStream(), aggregate({ dissections: 0, features: ['src_port'] }), toFile(path)));
      expect(error).to.include({ code: 'ERR_NFSTREAM_CORRUPT' });
      expect(readFileSync(path, 'utf8')).to.equal('src_port\n1\n2\n3\n4\n5\n');
    });
  }

  it('ends a writer of which no more is asked for', async () => {
    const ports: number[] = [];
    const source = Readable.from(
      (function* () {
        yield pcapHeader();
        for (let i = 1; ; i++) yield pcapRecord(i, udpFrame(i % 60000));
      })(),
    );
    await pipeline(
      source,
      captureStream(),
      aggregate({ dissections: 0, idleTimeout: 0, maxFlows: 3, features: ['src_port'] }),
      async (batches: AsyncIterable<FlowBatch>) => {
        for await (const batch of batches) for (const flow of batch) ports.push(flow.srcPort);
      },
    );
    expect(ports).to.deep.equal([1, 2, 3]);
    expect(source.destroyed).to.equal(true);
  });

  it('passes over what a decompressor before it gives behind the damage, until its writer ends', async () => {
    const packed = gzipSync(Buffer.concat([pcap(5), Buffer.alloc(5 << 20, 0xff)]));
    const batches: PacketBatch[] = [];
    await pipeline(
      Readable.from(pieces(packed, 100)),
      createGunzip(),
      captureStream(),
      new Writable({ objectMode: true, write: (batch: PacketBatch, _e, done) => (batches.push(batch), done()) }),
    );
    expect(batches.at(-1)!.damage).to.include({ code: 'ERR_NFSTREAM_CORRUPT' });
  });

  it('destroys at once when it shall abort, or when there is nothing good', async () => {
    for (const [bytes, code] of [
      [Buffer.concat([pcap(5), pcapRecord(1, udpFrame()).subarray(0, 20)]), 'ERR_NFSTREAM_TRUNCATED'],
      [Buffer.from('hello'), 'ERR_NFSTREAM_NOT_A_CAPTURE'],
      [Buffer.alloc(0), 'ERR_NFSTREAM_EMPTY_FILE'],
    ] as const) {
      const stage = captureStream({ onDamage: 'abort' });
      const error = await rejection(pipeline(Readable.from([bytes]), stage, new Writable({ objectMode: true, write: (_b, _e, done) => done() })));
      expect(error).to.include({ code });
      expect(error).not.to.have.property('file');
    }
  });

  it('can be destroyed at any time', async () => {
    for (let i = 0; i < 40; i++) {
      const stage = captureStream();
      if (i % 2 === 0) stage.on('data', () => undefined);
      for (const piece of pieces(pcap(20_000, 0, Buffer.alloc(100)), 300_000)) stage.write(piece);
      await sleep(i % 9);
      stage.destroy();
      await once(stage, 'close');
    }
  });

  it('is destroyed by a signal, also by one that was aborted before', async () => {
    for (const early of [true, false]) {
      const abort = new AbortController();
      if (early) abort.abort();
      const stage = captureStream({ signal: abort.signal });
      const ended = rejection(collect(stage));
      abort.abort();
      expect((await ended).name).to.equal('AbortError');
    }
  });

  it('is for one source', async () => {
    const stage = captureStream();
    new Readable({ read: () => undefined }).pipe(stage);
    const second = new Readable({ read: () => undefined });
    const failed = Promise.all([once(second, 'error'), once(stage, 'error')]);
    second.pipe(stage);
    const [[error], [same]] = (await failed) as [[Error], [Error]];
    expect(error).to.be.instanceOf(FlowError).with.property('code', 'ERR_NFSTREAM_STAGE_REUSED');
    expect(same).to.equal(error);
  });
});
