import { gzipSync } from 'node:zlib';
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'chai';
import { captureFile, type CaptureFileOptions, type PacketBatch, type PacketSource } from '../../lib/capture/index.js';
import { FlowError } from '../../lib/errors.js';
import { aggregate, type FlowBatch } from '../../lib/index.js';
import { Section } from '../../fixtures/make/build/files.js';
import { openUnder, pcap, pcapHeader, pcapRecord, rejection, Scratch, udpFrame } from './build-capture.js';

/** A capture whose packets have these times (in seconds) and source ports that count from 1. */
function at(...times: number[]): Buffer {
  return Buffer.concat([pcapHeader(), ...times.map((time, i) => pcapRecord(Math.floor(time), udpFrame(i + 1), Math.round((time % 1) * 1e6)))]);
}

/** A pcapng file whose packets have these times, in microseconds. */
function pcapng(...times: number[]): Buffer {
  const section = new Section().interface();
  times.forEach((time, i) => section.enhanced({ time: BigInt(time) * 1000n, data: udpFrame(i + 1) }));
  return section.done();
}

describe('captureFile with merge', () => {
  const scratch = new Scratch();
  after(() => scratch.remove());

  let files = 0;
  const write = (...captures: Buffer[]): string[] => captures.map((bytes) => scratch.write(`${files++}.pcap`, bytes));
  const merged = (paths: string[], options: CaptureFileOptions = {}): PacketSource => captureFile(paths, { merge: true, ...options });

  /** Each packet as the number of its file and its number there. */
  const placesOf = async (source: AsyncIterable<PacketBatch>, paths: string[]): Promise<string[]> => {
    const places: string[] = [];
    for await (const batch of source) for (const packet of batch) places.push(`${paths.indexOf(packet.file!)}:${packet.number}`);
    return places;
  };

  const cases: [what: string, captures: () => Buffer[], expected: string[]][] = [
    ['two that interleave', () => [at(1, 3, 5), at(2, 4, 6)], ['0:1', '1:1', '0:2', '1:2', '0:3', '1:3']],
    ['two pcapng files that interleave', () => [pcapng(10, 30), pcapng(20, 40)], ['0:1', '1:1', '0:2', '1:2']],
    ['pcap and pcapng, plain and compressed', () => [gzipSync(at(0.00001, 0.00003)), pcapng(20, 40)], ['0:1', '1:1', '0:2', '1:2']],
    ['captures in the wrong order', () => [at(20, 21), at(10, 11), at(1)], ['2:1', '1:1', '1:2', '0:1', '0:2']],
    ['packets of the same time, in the order of the list', () => [at(5, 5, 6), at(5, 6), at(4, 5)], ['2:1', '0:1', '0:2', '1:1', '2:2', '0:3', '1:2']],
    ['one that begins when another ends', () => [at(1, 2), at(2, 3)], ['0:1', '0:2', '1:1', '1:2']],
    ['one that begins, at a lower place, when another ends', () => [at(2, 3), at(1, 2)], ['1:1', '0:1', '1:2', '0:2']],
    ['packets that are out of order in their capture, in that order', () => [at(1, 9, 3), at(2, 4)], ['0:1', '1:1', '1:2', '0:2', '0:3']],
    ['one without packets', () => [at(1), at(), at(0)], ['2:1', '0:1']],
    ['three, of which one goes on alone', () => [at(1, 7, 8, 9), at(2), at(3)], ['0:1', '1:1', '2:1', '0:2', '0:3', '0:4']],
  ];
  for (const [what, captures, expected] of cases) {
    it(`merges ${what}`, async () => {
      const paths = write(...captures());
      expect(await placesOf(merged(paths), paths)).to.deep.equal(expected);
      expect(openUnder(scratch.folder)).to.deep.equal([]);
    });
  }

  it('knows of every packet what its capture says of it', async () => {
    const paths = write(at(1, 3), at(2));
    const source = merged(paths);
    const batches = (await source.toArray()) as PacketBatch[];
    const size = 16 + udpFrame().length;
    expect(batches.flatMap((batch) => [...batch]).map((packet) => [packet.file, packet.number, packet.byteOffset, packet.timeMs])).to.deep.equal([
      [paths[0], 1, 24, 1000],
      [paths[1], 1, 24, 2000],
      [paths[0], 2, 24 + size, 3000],
    ]);
    const last = batches.at(-1)!;
    expect([last.length, last.file]).to.deep.equal([2, null]);
    const filtered = last.filter((packet) => packet.timeMs > 2500);
    expect([...filtered].map((packet) => [packet.file, packet.number])).to.deep.equal([[paths[0], 2]]);
    expect(Buffer.from(filtered.at(0)!.bytes).equals(udpFrame(2))).to.equal(true);
    const bytes = 2 * 24 + 3 * size;
    expect(source.report()).to.deep.equal({
      files: 2,
      packets: 3,
      filtered: 0,
      bytesRead: bytes,
      bytesTotal: bytes,
      damage: null,
      damages: [],
      outOfOrderFiles: [],
    });
  });

  /** Captures of many batches that interleave packet by packet, and follow each other in part. */
  const large = (): string[] => {
    const payload = Buffer.alloc(600, 7);
    return write(
      ...[0, 1, 2].map((file) =>
        Buffer.concat([pcapHeader(), ...Array.from({ length: 15_000 }, (_, i) => pcapRecord(file * 500 + i, udpFrame(1 + file, payload), file))]),
      ),
    );
  };

  it('gives every packet of captures that fill many batches, by time, and the same on every run', async () => {
    const paths = large();
    const first = await placesOf(merged(paths), paths);
    expect(first).to.have.length(45_000);
    expect(new Set(first).size).to.equal(45_000);
    let before = -1n;
    for await (const batch of merged(paths)) {
      for (const packet of batch) {
        expect(packet.timeNs >= before).to.equal(true);
        before = packet.timeNs;
      }
    }
    expect(await placesOf(merged(paths), paths)).to.deep.equal(first);
  });

  it('gives flows the names that they have without it', async () => {
    const paths = write(at(1, 3, 5), gzipSync(at(2, 4, 6)), at(2.5));
    const uids = async (source: PacketSource, meters = 1): Promise<unknown[]> => {
      const rows: unknown[] = [];
      const stage = aggregate({
        dissections: 0,
        idleTimeout: 0,
        meters,
        uid: true,
        features: ['src_port', 'bidirectional_first_seen_ms', 'flow_uid', 'connection_uid'],
      });
      for await (const batch of source.pipe(stage) as AsyncIterable<FlowBatch>) for (const flow of batch) rows.push(flow.toJSON());
      return rows.sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
    };
    const apart = (await Promise.all(paths.map((path) => uids(captureFile(path))))).flat().sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
    expect(new Set(apart.map((row) => (row as { flow_uid: string }).flow_uid)).size).to.equal(7);
    for (const meters of [1, 2]) expect(await uids(merged(paths), meters)).to.deep.equal(apart);
  });

  it('filters', async () => {
    const paths = write(pcap(5), pcap(5, 1000));
    const source = merged(paths, { filter: 'udp src port 3 or udp src port 5' });
    expect(await placesOf(source, paths)).to.deep.equal(['0:3', '1:3', '0:5', '1:5']);
    expect(source.report()).to.include({ packets: 10, filtered: 6 });
  });

  it('counts a capture of which the filter leaves nothing once', async () => {
    const paths = write(pcap(5), pcap(2));
    const source = merged(paths, { filter: 'udp src port 5' });
    expect(await placesOf(source, paths)).to.deep.equal(['0:5']);
    expect(source.report()).to.include({ files: 2, packets: 7, filtered: 6, bytesRead: pcap(5).length + pcap(2).length });
  });

  it('gives one capture as without', async () => {
    const [path] = write(pcap(3)) as [string];
    const [batch] = (await merged([path]).toArray()) as [PacketBatch];
    expect([batch.file, batch.length]).to.deep.equal([path, 3]);
  });

  it('keeps a thousand captures that follow each other, in any order, one or two open at a time', async () => {
    const paths = write(...Array.from({ length: 1000 }, (_, i) => at(10 * ((i * 7) % 1000), 10 * ((i * 7) % 1000) + 5)));
    const source = merged(paths);
    let packets = 0;
    let most = 0;
    for await (const batch of source) {
      packets += batch.length;
      most = Math.max(most, openUnder(scratch.folder).length);
    }
    expect(packets).to.equal(2000);
    expect(most).to.be.at.most(2);
    expect(source.report()).to.include({ files: 1000, packets: 2000 });
  });

  it('refuses more than 256 that overlap, and closes all', async () => {
    const paths = write(...Array.from({ length: 257 }, (_, i) => at(i, 1000)));
    expect(await placesOf(merged(paths.slice(1)), paths.slice(1))).to.have.length(512);
    const source = merged(paths);
    const error = await rejection(placesOf(source, paths));
    expect(error).to.be.instanceOf(FlowError).and.to.include({ code: 'ERR_NFSTREAM_MERGE', file: paths[256] });
    expect(error.message).to.include('256').and.to.include(paths[256]);
    expect(openUnder(scratch.folder)).to.deep.equal([]);
  });

  it('refuses what is not a regular file, and perFile', async () => {
    const [path] = write(at(1)) as [string];
    execFileSync('mkfifo', [scratch.path('fifo.pcap')]);
    const error = await rejection(merged([path, scratch.path('fifo.pcap')]).toArray());
    expect(error).to.include({ code: 'ERR_NFSTREAM_MERGE', file: scratch.path('fifo.pcap') });
    expect(() => captureFile([path], { merge: true, perFile: true }))
      .to.throw(FlowError, 'one of the two')
      .with.property('code', 'ERR_NFSTREAM_OPTION_RANGE');
  });

  describe('of damaged captures', () => {
    it('goes on with the others, and tells the damage at the end', async () => {
      const cut = at(1, 4, 7);
      const paths = [...write(cut.subarray(0, -3), at(2, 5, 8), Buffer.from('no capture')), scratch.path('missing.pcap')];
      const batches: PacketBatch[] = [];
      const source = merged(paths);
      await pipeline(source, new Writable({ objectMode: true, write: (batch: PacketBatch, _e, done) => (batches.push(batch), done()) }));
      const places = batches.flatMap((batch) => [...batch].map((packet) => `${paths.indexOf(packet.file!)}:${packet.number}`));
      expect(places).to.deep.equal(['0:1', '1:1', '0:2', '1:2', '1:3']);
      expect(source.report().damages.map((damage) => [damage.code, damage.file])).to.deep.equal([
        ['ERR_NFSTREAM_NOT_A_CAPTURE', paths[2]],
        ['ERR_NFSTREAM_NO_SUCH_FILE', paths[3]],
        ['ERR_NFSTREAM_TRUNCATED', paths[0]],
      ]);
      expect(batches.at(-1)!.damage).to.equal(source.report().damage);
    });

    it('ends at once when it shall abort', async () => {
      const source = merged(write(at(1), Buffer.from('no capture')), { onDamage: 'abort' });
      expect(await rejection(source.toArray())).to.include({ code: 'ERR_NFSTREAM_NOT_A_CAPTURE' });
      expect(openUnder(scratch.folder)).to.deep.equal([]);
    });

    it('is destroyed when none has anything good', async () => {
      const source = merged([scratch.path('none.pcap'), ...write(Buffer.from('no capture'))]);
      expect(await rejection(source.toArray())).to.include({ code: 'ERR_NFSTREAM_NO_SUCH_FILE' });
    });
  });

  describe('ended early', () => {
    const closed = async (source: PacketSource): Promise<void> => {
      if (!source.closed) await new Promise((resolve) => source.once('close', resolve));
      expect(openUnder(scratch.folder)).to.deep.equal([]);
    };

    it('holds back when nobody reads', async () => {
      const source = merged(large());
      await once(source, 'readable');
      await sleep(50);
      expect(source.readableLength).to.be.at.most(2);
      expect(source.report().packets).to.be.below(45_000);
      expect(openUnder(scratch.folder)).to.have.length.above(0);
      source.destroy();
      await closed(source);
    });

    it('by break', async () => {
      const source = merged(large());
      for await (const batch of source) if (batch.length > 0) break;
      await closed(source);
    });

    it('by destroy, at any time', async () => {
      const paths = large();
      for (let i = 0; i < 20; i++) {
        const source = merged(paths);
        source.read(0);
        await sleep(i % 5);
        source.destroy();
        await closed(source);
      }
    });

    it('by a signal', async () => {
      const abort = new AbortController();
      const source = merged(large(), { signal: abort.signal });
      source.once('data', () => abort.abort());
      expect((await rejection(once(source, 'close'))).name).to.equal('AbortError');
      await closed(source);
    });

    it('by stop(), which delivers what was merged', async () => {
      const source = merged(large());
      let packets = 0;
      for await (const batch of source) {
        packets += batch.length;
        source.stop();
      }
      expect(packets).to.be.above(0).and.to.be.below(45_000);
      await closed(source);
    });
  });
});
