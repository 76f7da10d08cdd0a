import { chmodSync, existsSync, readdirSync, truncateSync } from 'node:fs';
import { once } from 'node:events';
import { Writable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { expect } from 'chai';
import { captureFile, type PacketBatch } from '../../lib/capture/index.js';
import { FlowError } from '../../lib/errors.js';
import { openUnder, pcap, pcapHeader, pcapRecord, rejection, Scratch, udpFrame } from './build-capture.js';
import { asOrdinaryUser } from '../ordinary-user.js';
import { sharedCaptures } from '../shared.js';

describe('captureFile', () => {
  const scratch = new Scratch();
  after(() => scratch.remove());

  const bigCapture = pcap(60000, 1000, Buffer.alloc(200, 1));
  const big = scratch.write('big.pcap', bigCapture);
  const portsOf = async (source: AsyncIterable<PacketBatch>): Promise<number[]> => {
    const ports: number[] = [];
    for await (const batch of source) for (const packet of batch) ports.push(packet.srcPort);
    return ports;
  };

  it('gives every packet of a file, with what the capture says of it', async () => {
    const path = scratch.write('three.pcap', pcap(3));
    const source = captureFile(path);
    const [batch] = (await source.toArray()) as [PacketBatch];
    expect([...batch].map((packet) => packet.srcPort)).to.deep.equal([1, 2, 3]);
    const packet = batch.at(-1)!;
    expect(packet.number).to.equal(3);
    expect(packet.byteOffset).to.equal(24 + 2 * (16 + udpFrame().length));
    expect(packet.file).to.equal(path);
    expect(packet.timeMs).to.equal(1002000);
    expect(Buffer.from(packet.bytes).equals(udpFrame(3))).to.equal(true);
    const size = 24 + 3 * (16 + udpFrame().length);
    expect(source.report()).to.deep.equal({
      files: 1,
      packets: 3,
      filtered: 0,
      bytesRead: size,
      bytesTotal: size,
      damage: null,
      damages: [],
      outOfOrderFiles: [],
    });
  });

  it('reads a compressed file', async () => {
    const packed = gzipSync(pcap(500));
    const source = captureFile(scratch.write('x.bin', packed));
    expect(await portsOf(source)).to.have.length(500);
    expect(source.report().bytesRead).to.equal(packed.length);
  });

  it('gives large files batch by batch, without loss, and holds back when nobody reads', async () => {
    const source = captureFile(big);
    const first = once(source, 'readable');
    await first;
    await sleep(100);
    expect(source.readableLength).to.be.at.most(2);
    expect(source.report().packets).to.be.below(60000);
    const ports = await portsOf(source);
    expect(ports).to.deep.equal(Array.from({ length: 60000 }, (_, i) => i + 1));
  });

  it('takes little memory for a short capture, and for a long one as much as pays', async () => {
    const sizes = async (path: string): Promise<number[]> => {
      const all: number[] = [];
      for await (const batch of captureFile(path)) all.push(batch.data.buffer.byteLength);
      return all;
    };
    expect(await sizes(scratch.write('short.pcap', pcap(5000, 1000, Buffer.alloc(100, 1))))).to.deep.equal([1.5 * 1024 ** 2]);
    const [first, ...others] = await sizes(big);
    expect([first, Math.max(...others)]).to.deep.equal([1.5 * 1024 ** 2, 6 * 1024 ** 2]);
  });

  it('filters', async () => {
    const source = captureFile(scratch.write('f.pcap', pcap(10)), { filter: 'udp src port 3 or udp src port 5' });
    expect(await portsOf(source)).to.deep.equal([3, 5]);
    expect(source.report()).to.include({ packets: 10, filtered: 8 });
  });

  it('opens nothing before it is read', async () => {
    const source = captureFile(scratch.path('not-yet.pcap'));
    scratch.write('not-yet.pcap', pcap(1));
    expect(openUnder(scratch.folder)).to.deep.equal([]);
    expect(await portsOf(source)).to.deep.equal([1]);
  });

  describe('several files', () => {
    it('are one timeline, and a file that begins before the one in front of it ends is told of once', async () => {
      const paths = [scratch.write('a.pcap', pcap(3, 1000)), scratch.write('b.pcap', pcap(2, 1002)), scratch.write('c.pcap', pcap(2, 500))];
      const warning = once(process, 'warning') as Promise<[Error & { code: string }]>;
      const source = captureFile(paths);
      expect(await portsOf(source)).to.deep.equal([1, 2, 3, 1, 2, 1, 2]);
      expect(source.report()).to.deep.include({ files: 3, packets: 7, outOfOrderFiles: [paths[2]] });
      const [told] = await warning;
      expect(told.code).to.equal('NFSTREAM_FILE_ORDER');
      expect(told.message).to.include(paths[1]).and.to.include(paths[2]);
    });

    it('may be the same one twice', async () => {
      const path = scratch.write('twice.pcap', pcap(2));
      const source = captureFile([path, path]);
      expect(await portsOf(source)).to.deep.equal([1, 2, 1, 2]);
      expect(source.report().outOfOrderFiles).to.deep.equal([path]);
    });

    it('go on behind a damaged one, whose damage is the last item', async () => {
      const damaged = scratch.write('damaged.pcap', pcap(2).subarray(0, -5));
      const source = captureFile([scratch.write('good.pcap', pcap(1)), damaged, scratch.path('missing.pcap'), scratch.write('last.pcap', pcap(3))]);
      const batches: PacketBatch[] = [];
      await pipeline(source, new Writable({ objectMode: true, write: (batch: PacketBatch, _e, done) => (batches.push(batch), done()) }));
      expect(batches.map((batch) => batch.length)).to.deep.equal([1, 1, 3, 0]);
      expect(batches.at(-1)!.damage).to.include({ code: 'ERR_NFSTREAM_TRUNCATED', file: damaged, packet: 2, offset: 24 + 16 + udpFrame().length });
      const report = source.report();
      expect(report.damages.map((damage) => damage.code)).to.deep.equal(['ERR_NFSTREAM_TRUNCATED', 'ERR_NFSTREAM_NO_SUCH_FILE']);
      expect(report.damage).to.equal(report.damages[0]);
    });

    it('go on behind a first one that is no capture', async () => {
      const source = captureFile([scratch.write('bad.pcap', 'no capture'), scratch.write('good2.pcap', pcap(2))]);
      const ports: number[] = [];
      const error = await rejection(
        (async () => {
          for await (const batch of source) for (const packet of batch) ports.push(packet.srcPort);
        })(),
      );
      expect(error).to.include({ code: 'ERR_NFSTREAM_NOT_A_CAPTURE', file: scratch.path('bad.pcap') });
      expect(ports).to.deep.equal([1, 2]);
      expect(source.errored).to.equal(null);
    });

    it('destroy the source when none of them has anything good', async () => {
      const source = captureFile([scratch.path('none.pcap'), scratch.write('bad.pcap', 'no capture')]);
      expect(await rejection(source.toArray())).to.include({ code: 'ERR_NFSTREAM_NO_SUCH_FILE' });
      expect(source.report().damages).to.have.length(2);
    });

    it('are runs of their own with perFile: nobody warns, and one without packets is there, too', async () => {
      const paths = [
        scratch.write('r1.pcap', pcap(2, 2000)),
        scratch.write('r2.pcap', pcap(0)),
        scratch.write('bad.pcap', 'no capture'),
        scratch.write('r3.pcap', pcap(1, 500)),
      ];
      const source = captureFile(paths, { perFile: true });
      const batches: PacketBatch[] = [];
      await pipeline(source, new Writable({ objectMode: true, write: (batch: PacketBatch, _e, done) => (batches.push(batch), done()) }));
      expect(batches.map((batch) => [batch.file, batch.fileIndex, batch.length, batch.damage?.code])).to.deep.equal([
        [paths[0], 0, 2, undefined],
        [paths[1], 1, 0, undefined],
        [paths[3], 3, 1, undefined],
        [null, null, 0, 'ERR_NFSTREAM_NOT_A_CAPTURE'],
      ]);
      expect(source.report()).to.deep.include({ files: 4, outOfOrderFiles: [] });
    });

    it('must be given', () => {
      for (const paths of [[], undefined, 7, ['a', 7], '']) {
        expect(() => captureFile(paths as never))
          .to.throw(FlowError, 'the capture')
          .with.property('code')
          .that.matches(/^ERR_NFSTREAM_OPTION_/);
      }
    });
  });

  describe('an input that is no capture', () => {
    const cases: [name: string, path: () => string, code: string, message: string][] = [
      ['no file', () => scratch.path('none.pcap'), 'ERR_NFSTREAM_NO_SUCH_FILE', 'There is no file'],
      ['a path through a file', () => `${scratch.write('file', 'x')}/y`, 'ERR_NFSTREAM_NO_SUCH_FILE', 'There is no file'],
      ['an empty file', () => scratch.write('empty', ''), 'ERR_NFSTREAM_EMPTY_FILE', 'not a single byte'],
      ['text', () => scratch.write('text', 'hello world'), 'ERR_NFSTREAM_NOT_A_CAPTURE', 'looks like text'],
      ['a link type that is not known', () => scratch.write('user0', pcapHeader(147)), 'ERR_NFSTREAM_LINK_TYPE', '147 (USER0)'],
      ['a header that is cut', () => scratch.write('cut', pcapHeader().subarray(0, 10)), 'ERR_NFSTREAM_TRUNCATED', 'file header'],
      ['compressed text', () => scratch.write('text.gz', gzipSync('hello')), 'ERR_NFSTREAM_NOT_A_CAPTURE', 'compressed'],
      ['compressed data that are cut', () => scratch.write('cut.gz', gzipSync(pcap(1)).subarray(0, 15)), 'ERR_NFSTREAM_COMPRESSION', 'end too early'],
    ];
    for (const [name, path, code, message] of cases) {
      it(`${name}: ${code}`, async () => {
        const file = path();
        const source = captureFile(file);
        const error = await rejection(portsOf(source));
        expect(error).to.be.instanceOf(FlowError).and.to.include({ code, file });
        expect(error.message).to.include(file).and.to.include(message);
        expect(source.destroyed).to.equal(true);
        expect(source.report().damage).to.equal(error);
      });
    }

    it('a file that may not be read: ERR_NFSTREAM_PERMISSION', async () => {
      const file = scratch.write('secret.pcap', pcap(1));
      chmodSync(file, 0);
      chmodSync(scratch.folder, 0o755);
      const error = await asOrdinaryUser(() => rejection(portsOf(captureFile(file))));
      expect(error).to.be.instanceOf(FlowError).and.to.include({ code: 'ERR_NFSTREAM_PERMISSION', file });
    });
  });

  describe('damage', () => {
    const damaged = (): string => scratch.write('d.pcap', Buffer.concat([pcap(4), pcapRecord(9, udpFrame()).subarray(0, 30)]));

    it('is thrown by an iteration after the last batch, and the stream has ended normally', async () => {
      const source = captureFile(damaged());
      let packets = 0;
      const error = await rejection(
        (async () => {
          for await (const batch of source) packets += batch.length;
        })(),
      );
      expect(error).to.include({ code: 'ERR_NFSTREAM_TRUNCATED', packet: 5 });
      expect(packets).to.equal(4);
      expect(source.readableEnded).to.equal(true);
      expect(source.errored).to.equal(null);
    });

    it('destroys at once when it shall abort', async () => {
      const source = captureFile(damaged(), { onDamage: 'abort' });
      const error = await rejection(pipeline(source, new Writable({ objectMode: true, write: (_b, _e, done) => done() })));
      expect(error).to.include({ code: 'ERR_NFSTREAM_TRUNCATED' });
    });

    it('goes through a stage of the user and comes out of its iteration', async () => {
      const stage = new Transform({
        objectMode: true,
        transform: (batch: PacketBatch, _e, done) =>
          done(
            null,
            batch.filter((packet) => packet.srcPort > 2),
          ),
      });
      const batches = (await captureFile(damaged()).pipe(stage).toArray()) as PacketBatch[];
      expect(batches.map((batch) => [batch.length, batch.damage?.code])).to.deep.equal([
        [2, undefined],
        [0, 'ERR_NFSTREAM_TRUNCATED'],
      ]);
    });

    it('a file that shrinks while it is read is a truncated capture', async () => {
      const path = scratch.write('shrinks.pcap', bigCapture);
      const source = captureFile(path);
      await once(source, 'readable');
      truncateSync(path, 3_000_001);
      expect(await rejection(portsOf(source))).to.include({ code: 'ERR_NFSTREAM_TRUNCATED' });
    });
  });

  describe('an early end', () => {
    const closed = async (source: ReturnType<typeof captureFile>): Promise<void> => {
      // Node tells of a destroyed stream by an AbortError, for which once() would reject.
      if (!source.closed) await new Promise((resolve) => source.once('close', resolve));
      expect(openUnder(scratch.folder)).to.deep.equal([]);
    };

    it('by break', async () => {
      const source = captureFile(big);
      for await (const batch of source) {
        expect(batch.length).to.be.above(0);
        break;
      }
      await closed(source);
    });

    it('by destroy, in the middle of a read', async () => {
      for (let i = 0; i < 50; i++) {
        const source = captureFile(big);
        source.read(0);
        await sleep(i % 7);
        source.destroy();
        await closed(source);
      }
    });

    it('by destroy with an error', async () => {
      const source = captureFile(big);
      const seen = once(source, 'data').then(() => source.destroy(new Error('enough')));
      expect((await rejection(portsOf(source))).message).to.equal('enough');
      await seen;
      await closed(source);
    });

    it('by a signal', async () => {
      const abort = new AbortController();
      const source = captureFile(big, { signal: abort.signal });
      source.once('data', () => abort.abort());
      expect((await rejection(once(source, 'close'))).name).to.equal('AbortError');
      await closed(source);
    });

    it('by a signal that was aborted before', async () => {
      const source = captureFile(big, { signal: AbortSignal.abort() });
      expect((await rejection(portsOf(source))).name).to.equal('AbortError');
    });

    it('by stop(), which delivers what was read', async () => {
      const source = captureFile(big);
      let packets = 0;
      for await (const batch of source) {
        packets += batch.length;
        source.stop();
      }
      expect(packets).to.equal(source.report().packets).and.to.be.above(0).and.to.be.below(60000);
      await closed(source);
    });

    it('by stop() before the first read', async () => {
      const source = captureFile(big);
      source.stop();
      expect(await portsOf(source)).to.deep.equal([]);
    });
  });

  it('is for one use', async () => {
    const source = captureFile(scratch.write('once.pcap', pcap(1)));
    await portsOf(source);
    const sink = (): Writable => new Writable({ objectMode: true, write: (_b, _e, done) => done() });
    expect(await rejection(portsOf({ [Symbol.asyncIterator]: () => source[Symbol.asyncIterator]() }))).to.include({ code: 'ERR_NFSTREAM_STAGE_REUSED' });
    expect(((await once(source.pipe(sink()), 'error')) as [FlowError])[0]).to.include({ code: 'ERR_NFSTREAM_STAGE_REUSED' });
  });

  it('refuses options that are wrong before anything is opened', () => {
    expect(() => captureFile('x', { filter: 'tcp prot 80' }))
      .to.throw(FlowError, 'syntax error')
      .with.property('code', 'ERR_NFSTREAM_FILTER');
    expect(() => captureFile('x', { bpf_filter: 'tcp' } as never))
      .to.throw(FlowError, 'is now filter')
      .with.property('code', 'ERR_NFSTREAM_OPTION_UNKNOWN');
    expect(() => captureFile('x', { onDamage: 'ignore' as never }))
      .to.throw(FlowError)
      .with.property('code', 'ERR_NFSTREAM_OPTION_RANGE');
  });

  it('reads a folder of captures, when there is one, as often as there are packets', async () => {
    const folder = sharedCaptures;
    if (!existsSync(folder)) {
      console.log(`      (there is no folder ${folder}; set NFSTREAM_CAPTURES to one)`);
      return;
    }
    for (const name of readdirSync(folder)) {
      const source = captureFile(`${folder}/${name}`);
      const ports = await portsOf(source);
      expect(source.report(), name).to.deep.include({ packets: ports.length, damages: [] });
      expect(source.report().bytesRead, name).to.equal(source.report().bytesTotal);
    }
  });
});
