import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, closeSync, mkdirSync, openSync, renameSync, rmSync, truncateSync, unlinkSync, writeFileSync, writeSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { constants, createGzip } from 'node:zlib';
import { expect } from 'chai';
import { captureFile, type CaptureFileOptions, type PacketBatch, type PacketSource } from '../../lib/capture/index.js';
import { FlowError } from '../../lib/errors.js';
import { aggregate, Streamer } from '../../lib/index.js';
import { ticksUntil, until } from '../waiting.js';
import { openUnder, pcap, pcapHeader, pcapRecord, Scratch, udpFrame } from './build-capture.js';

/** As in live-source.test.ts. */
const soon = 20;

/** What a source gives, as it comes. */
class Follower {
  readonly source: PacketSource;
  /** Seconds of the packets. */
  readonly seconds: number[] = [];
  readonly files: (string | null)[] = [];
  readonly indices: (number | null)[] = [];
  readonly restarts: string[] = [];
  readonly ended: Promise<void>;
  #failed = false;

  constructor(path: string, options: CaptureFileOptions = {}) {
    this.source = captureFile(path, { follow: true, ...options });
    this.source.on('restart', (file: string, reason: string) => this.restarts.push(`${file.split('/').at(-1)} ${reason}`));
    this.ended = this.#read();
    this.ended.catch(() => (this.#failed = true)); // told where it is waited for
  }

  async #read(): Promise<void> {
    for await (const batch of this.source as AsyncIterable<PacketBatch>) {
      expect(batch.live).to.equal(true);
      this.seconds.push(...[...batch].map(({ timeMs }) => timeMs / 1000));
      this.files.push(batch.file);
      this.indices.push(batch.fileIndex);
    }
  }

  async has(count: number): Promise<void> {
    await until(() => this.seconds.length >= count || this.#failed);
    if (this.#failed) await this.ended;
  }

  async stop(): Promise<void> {
    this.source.stop();
    await this.ended;
  }
}

const record = (second: number): Buffer => pcapRecord(second, udpFrame());
const whole = (...seconds: number[]): Buffer => Buffer.concat([pcapHeader(), ...seconds.map(record)]);

describe('a capture that grows', () => {
  const scratch = new Scratch();
  let count = 0;
  after(() => scratch.remove());
  const name = (ending = 'pcap'): string => scratch.path(`grows-${count++}.${ending}`);

  it('is read as it is written, byte by byte, from an empty file on', async () => {
    const path = name();
    writeFileSync(path, '');
    const follower = new Follower(path);
    const writer = openSync(path, 'a');
    for (const byte of whole(1, 2, 3)) {
      writeSync(writer, Buffer.of(byte));
      if (byte === 3) await pause(1);
    }
    await follower.has(3);
    closeSync(writer);
    await follower.stop();
    expect(follower.seconds).to.deep.equal([1, 2, 3]);
    expect(follower.source.report()).to.deep.include({ packets: 3, damage: null, files: 1, bytesTotal: 0 });
  });

  it('may be pcapng, or compressed as it is written', async () => {
    const path = name('pcapng');
    // A section, an interface of Ethernet, and packets.
    const block = (type: number, body: Buffer): Buffer => {
      const size = Buffer.alloc(4);
      size.writeUInt32LE(12 + body.length);
      const kind = Buffer.alloc(4);
      kind.writeUInt32LE(type);
      return Buffer.concat([kind, size, body, size]);
    };
    const section = block(0x0a0d0d0a, Buffer.from('4d3c2b1a01000000ffffffffffffffff', 'hex'));
    const ethernet = block(1, Buffer.from('0100000000000100', 'hex'));
    const packet = (second: number): Buffer => {
      const head = Buffer.alloc(20);
      const us = BigInt(second) * 1_000_000n;
      head.writeUInt32LE(Number(us >> 32n), 4);
      head.writeUInt32LE(Number(us & 0xffffffffn), 8);
      const frame = udpFrame();
      head.writeUInt32LE(frame.length, 12);
      head.writeUInt32LE(frame.length, 16);
      return block(6, Buffer.concat([head, frame, Buffer.alloc((4 - (frame.length % 4)) % 4)]));
    };
    writeFileSync(path, Buffer.concat([section, ethernet, packet(1)]));
    const follower = new Follower(path);
    await follower.has(1);
    appendFileSync(path, packet(2).subarray(0, 30));
    appendFileSync(path, packet(2).subarray(30));
    await follower.has(2);
    await follower.stop();
    expect(follower.seconds).to.deep.equal([1, 2]);

    const compressed = name('pcap.gz');
    writeFileSync(compressed, '');
    const gzip = createGzip();
    gzip.on('data', (bytes: Buffer) => appendFileSync(compressed, bytes));
    const follower2 = new Follower(compressed);
    for (const bytes of [whole(1), record(2), record(3)]) {
      gzip.write(bytes);
      await new Promise<void>((resolve) => gzip.flush(constants.Z_SYNC_FLUSH, resolve));
    }
    await follower2.has(3);
    await follower2.stop();
    expect(follower2.source.report().damages).to.deep.equal([]);
    gzip.destroy();
  });

  it('has no damage when it is stopped in the middle of a record', async () => {
    const path = name();
    writeFileSync(path, whole(1, 2).subarray(0, -1));
    const follower = new Follower(path);
    await follower.has(1);
    await follower.stop();
    expect(follower.source.report()).to.deep.include({ packets: 1, damage: null });
  });

  it('is read anew when it is cut short, and when its name stands for another file', async () => {
    const path = name();
    writeFileSync(path, whole(1, 2));
    const follower = new Follower(path);
    await follower.has(2);
    writeFileSync(path, whole(3));
    await follower.has(3);
    // As a writer does that rotates: what still comes to the old file is read first.
    const old = openSync(path, 'a');
    renameSync(path, `${path}.1`);
    writeSync(old, record(4));
    await follower.has(4);
    writeSync(old, record(5));
    writeFileSync(`${path}.new`, whole(6, 7));
    renameSync(`${path}.new`, path);
    await follower.has(7);
    closeSync(old);
    await follower.stop();
    const file = path.split('/').at(-1);
    expect(follower.seconds).to.deep.equal([1, 2, 3, 4, 5, 6, 7]);
    expect(follower.restarts).to.deep.equal([`${file} truncated`, `${file} replaced`]);
    expect(follower.source.report()).to.deep.include({ files: 3, packets: 7, damage: null });
  });

  it('tells that by a process warning where nobody listens', async () => {
    const path = name();
    writeFileSync(path, whole(1));
    const source = captureFile(path, { follow: true });
    const seconds: number[] = [];
    const ended = (async () => {
      for await (const batch of source) seconds.push(...[...batch].map(({ timeMs }) => timeMs / 1000));
    })();
    await until(() => seconds.length === 1);
    const warned = once(process, 'warning');
    truncateSync(path, 0);
    const [warning] = (await warned) as [Error & { code?: string }];
    expect(warning.code).to.equal('NFSTREAM_FILE_RESTART');
    expect(warning.message).to.match(/was cut short; it is read from its beginning\.$/);
    source.stop();
    await ended;
  });

  it('is damaged by what is no capture', async () => {
    const path = name();
    writeFileSync(path, whole(1));
    const follower = new Follower(path);
    await follower.has(1);
    appendFileSync(path, Buffer.alloc(64, 0xff));
    const error = await follower.ended.then(
      () => null,
      (thrown: FlowError) => thrown,
    );
    expect(error).to.include({ code: 'ERR_NFSTREAM_CORRUPT', file: path });
    const missing = new Follower(scratch.path('none.pcap'));
    expect(await missing.ended.catch((thrown: FlowError) => thrown.code)).to.equal('ERR_NFSTREAM_NO_SUCH_FILE');
  });

  it('does not go with several paths, nor with a merge', () => {
    expect(() => captureFile(['a', 'b'], { follow: true })).to.throw(
      FlowError,
      /follow waits for more of one capture, or of one directory, and not of 2 paths/,
    );
    expect(() => captureFile('a', { follow: true, merge: true })).to.throw(FlowError, /merge needs captures that are whole/);
    expect(() => new Streamer({ source: 'a', follow: true, merge: true })).to.throw(FlowError, /merge needs captures that are whole/);
  });

  for (const [what, leave] of [
    ['stop()', (source: PacketSource) => source.stop()],
    ['destroy()', (source: PacketSource) => void source.destroy()],
    ['a signal', (_: PacketSource, abort: AbortController) => abort.abort()],
  ] as [string, (source: PacketSource, abort: AbortController) => void][]) {
    for (const kind of ['file', 'folder with a file', 'empty folder']) {
      it(`${what} leaves a silent ${kind} at once, and nothing is left`, async () => {
        const path = kind === 'file' ? name() : scratch.path(`left-${count++}`);
        if (kind !== 'file') mkdirSync(path);
        if (kind !== 'empty folder') writeFileSync(kind === 'file' ? path : `${path}/a.pcap`, whole(1));
        const abort = new AbortController();
        const source = captureFile(path, { follow: true, signal: abort.signal });
        source.on('error', () => {});
        let packets = 0;
        source.on('data', (batch: PacketBatch) => (packets += batch.length));
        if (kind !== 'empty folder') await until(() => packets === 1);
        else await pause(20);
        const closed = once(source, 'close').catch(() => {});
        leave(source, abort);
        expect(await ticksUntil(closed)).to.be.below(soon);
        expect(openUnder(scratch.folder)).to.deep.equal([]);
        expect(process.getActiveResourcesInfo().filter((resource) => resource === 'FSEventWrap')).to.deep.equal([]);
      });
    }
  }

  it('ends idle flows while nothing is written', async () => {
    const path = name();
    writeFileSync(path, whole(1));
    const source = captureFile(path, { follow: true });
    const reasons: string[] = [];
    for await (const batch of source.pipe(aggregate({ dissections: 0, endReason: true, idleTimeout: 0.1 }))) {
      for (const flow of batch) {
        reasons.push(flow.endReason);
        source.stop();
      }
    }
    expect(reasons).to.deep.equal(['idle']);
  });
});

describe('a folder of captures that is followed', () => {
  const scratch = new Scratch();
  let count = 0;
  after(() => scratch.remove());
  const folder = (): string => {
    const path = scratch.path(`folder-${count++}`);
    mkdirSync(path);
    return path;
  };

  it('gives the files that are there in the order of their names, then those that appear', async () => {
    const path = folder();
    for (const [file, second] of [
      ['x10.pcap', 2],
      ['x2.pcap', 1],
      ['.hidden.pcap', 9],
      ['notes.txt', 9],
    ] as const)
      writeFileSync(`${path}/${file}`, whole(second));
    mkdirSync(`${path}/sub.pcap`);
    const follower = new Follower(path);
    await follower.has(2);
    appendFileSync(`${path}/x10.pcap`, record(3));
    await follower.has(3);
    // What was written before the next file appeared is read before it.
    appendFileSync(`${path}/x10.pcap`, record(4));
    writeFileSync(`${path}/x11.pcap`, '');
    await follower.has(4);
    writeFileSync(`${path}/x11.pcap`, whole(5));
    await follower.has(5);
    for (const second of [6, 7, 8]) writeFileSync(`${path}/y${second}.pcap.partial`, whole(second));
    for (const second of [6, 7, 8]) renameSync(`${path}/y${second}.pcap.partial`, `${path}/y${second}.pcap`);
    await follower.has(8);
    await follower.stop();
    expect(follower.seconds).to.deep.equal([1, 2, 3, 4, 5, 6, 7, 8]);
    expect(follower.restarts).to.deep.equal([]);
    expect([...new Set(follower.files)].map((file) => file!.split('/').at(-1))).to.deep.equal([
      'x2.pcap',
      'x10.pcap',
      'x11.pcap',
      'y6.pcap',
      'y7.pcap',
      'y8.pcap',
    ]);
    expect(follower.source.report()).to.deep.include({ files: 6, packets: 8, damage: null });
  });

  it('waits for the first file, and takes a ring of files', async () => {
    const path = folder();
    const follower = new Follower(path);
    await pause(20);
    for (let second = 1; second <= 6; second++) {
      const file = `${path}/ring.pcap${second % 3}`;
      rmSync(file, { force: true });
      writeFileSync(file, whole(second));
      await follower.has(second);
    }
    // Written anew in place.
    const next = openSync(`${path}/ring.pcap1`, 'w');
    writeSync(next, whole(7));
    await follower.has(7);
    closeSync(next);
    await follower.stop();
    expect(follower.seconds).to.deep.equal([1, 2, 3, 4, 5, 6, 7]);
    expect(follower.source.report()).to.deep.include({ files: 7, damage: null });
  });

  it('makes each file a run of its own where that is asked for', async () => {
    const path = folder();
    writeFileSync(`${path}/a.pcap`, whole(1));
    const follower = new Follower(path, { perFile: true });
    await follower.has(1);
    writeFileSync(`${path}/b.pcap`, whole());
    writeFileSync(`${path}/c.pcap`, whole(2));
    await follower.has(2);
    await follower.stop();
    expect(follower.indices).to.deep.equal([0, 1, 2]);
  });

  it('goes on behind a file that is damaged, and tells that at the end', async () => {
    const path = folder();
    writeFileSync(`${path}/a.pcap`, whole(1, 2).subarray(0, -3));
    writeFileSync(`${path}/b.pcap`, whole(3));
    const follower = new Follower(path);
    await follower.has(2);
    follower.source.stop();
    const error = await follower.ended.catch((thrown: FlowError) => thrown);
    expect(error).to.include({ code: 'ERR_NFSTREAM_TRUNCATED', file: `${path}/a.pcap` });
    expect(follower.seconds).to.deep.equal([1, 3]);
  });

  it('fails when the folder goes away', async () => {
    const path = folder();
    const follower = new Follower(path);
    await pause(20);
    rmSync(path, { recursive: true });
    expect(await follower.ended.catch((thrown: FlowError) => thrown.code)).to.equal('ERR_NFSTREAM_NO_SUCH_FILE');
  });

  it('has given what was read by then, also where more of a file is waited for', async () => {
    const path = folder();
    writeFileSync(`${path}/a.pcap`, whole(1, 2));
    const follower = new Follower(path);
    await follower.has(2);
    rmSync(path, { recursive: true });
    const error = await follower.ended.catch((thrown: FlowError) => thrown);
    expect(error).to.have.property('code', 'ERR_NFSTREAM_NO_SUCH_FILE');
    expect(follower.source.report()).to.deep.include({ packets: 2, damages: [error] });
  });

  it('is a FIFO as ever where it is one', async () => {
    const path = scratch.path('fifo');
    execFileSync('mkfifo', [path]);
    const follower = new Follower(path);
    const writer = openSync(path, 'r+');
    writeSync(writer, pcap(2));
    await follower.has(2);
    await follower.stop();
    closeSync(writer);
    unlinkSync(path);
  });
});
