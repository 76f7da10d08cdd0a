import { readdirSync, readFileSync, readlinkSync, realpathSync } from 'node:fs';
import { once } from 'node:events';
import { pipeline } from 'node:stream/promises';
import { expect } from 'chai';
import { aggregate } from '../../lib/aggregate/aggregate.js';
import { FlowError } from '../../lib/errors.js';
import { Streamer, toFile, type PacketBatch } from '../../lib/index.js';
import { captureLive, type LiveOptions } from '../../lib/live/index.js';
import { LiveSource } from '../../lib/live/live-source.js';
import { rejection, Scratch } from '../capture/build-capture.js';
import { asOrdinaryUser } from '../ordinary-user.js';
import { ticksUntil, until } from '../waiting.js';
import { needsCapture } from './rights.js';
import { Traffic } from './traffic.js';

/** Threads of captures that this process has. */
function threads(): number {
  const names = readdirSync('/proc/self/task').flatMap((thread) => {
    try {
      return [readFileSync(`/proc/self/task/${thread}/comm`, 'utf8').trim()];
    } catch {
      return []; // it has ended meanwhile
    }
  });
  return names.filter((name) => name === 'nfstream live').length;
}

/** Packet sockets that this process has. */
function sockets(): number {
  const [, ...lines] = readFileSync('/proc/self/net/packet', 'utf8').trim().split('\n');
  const inodes = lines.map((line) => `socket:[${line.trim().split(/\s+/).at(-1)}]`);
  const open = readdirSync('/proc/self/fd').flatMap((descriptor) => {
    try {
      return [readlinkSync(`/proc/self/fd/${descriptor}`)];
    } catch {
      return []; // that of the list itself
    }
  });
  return open.filter((link) => inodes.includes(link)).length;
}

const packetsOf = (batches: readonly PacketBatch[]): number => batches.reduce((sum, batch) => sum + batch.length, 0);

describe('a capture from a device', () => {
  const scratch = new Scratch();
  let traffic: Traffic;
  const sources: LiveSource[] = [];

  before(async function () {
    await needsCapture(this);
  });
  beforeEach(async () => {
    traffic = await Traffic.open();
  });
  afterEach(async () => {
    traffic?.close();
    for (const source of sources.splice(0)) source.destroy(); // of a test that has failed
    await until(() => threads() === 0 && sockets() === 0);
  });
  after(() => scratch.remove());

  const live = (options: LiveOptions = {}): LiveSource => {
    const source = captureLive('lo', { filter: traffic.filter, ...options });
    sources.push(source);
    return source;
  };
  const read = (source: LiveSource): Promise<PacketBatch[]> => source.toArray() as Promise<PacketBatch[]>;

  it('gives packets as they come, and with stop() what has come by then', async () => {
    const source = live();
    const batches = read(source);
    await source.open();
    await traffic.send(300);
    await until(() => source.report().received === 300);
    await traffic.send(200);
    source.stop();
    const got = await batches;
    expect(packetsOf(got)).to.equal(500);
    expect(got.every((batch) => batch.live && batch.file === null)).to.equal(true);
    const all = got.flatMap((batch) => [...batch]);
    expect(all.map((packet) => packet.number)).to.deep.equal(Array.from({ length: 500 }, (_, i) => i + 1));
    expect(Math.abs(all[499]!.timeMs - Date.now())).to.be.below(60_000);
    expect(source.report()).to.deep.equal({
      byDevice: [
        { device: 'lo', arrived: 500, received: 500, bytes: 500 * 62, droppedByKernel: 0, droppedByCredit: 0, droppedByInterface: 0, away: false, returns: 0 },
      ],
      ...{ devices: ['lo'], received: 500, bytes: 500 * 62, packets: 500, bytesRead: 500 * 62, bytesTotal: 0, filtered: null },
      ...{ droppedByKernel: 0, droppedByCredit: 0, droppedByInterface: 0, batchesInFlight: 0, queued: 0 },
      ...{ files: 0, damage: null, damages: [], outOfOrderFiles: [] },
    });
  });

  it('ignores packets that another device has given', async () => {
    const source = captureLive(['lo', 'any'], { filter: traffic.filter, deduplicate: 1, deduplicateBy: 'packet' });
    sources.push(source);
    const batches = read(source);
    await source.open();
    await traffic.send(100);
    await until(() => source.report().received === 200);
    source.stop();
    const reasons = (await batches).flatMap((batch) => [...batch].map((packet) => packet.ignoreReason));
    expect(reasons.filter((reason) => reason === 'duplicate')).to.have.length(100);
    expect(source.report().duplicates).to.equal(100);
  });

  it('ends at once on a silent device', async () => {
    const source = live();
    const batches = read(source);
    await source.open();
    source.stop();
    expect(await ticksUntil(batches)).to.be.below(40);
    expect(await batches).to.deep.equal([]);
  });

  it('that is stopped before it is read opens nothing', async () => {
    const source = captureLive('no device of this name');
    source.stop();
    expect(await read(source)).to.deep.equal([]);
  });

  it('loses only what it counts while nobody reads it', async () => {
    const source = live({ bufferSize: 1 << 20 });
    await source.open();
    source.read(0);
    const starved = (): boolean => source.report().batchesInFlight === 0 && source.report().droppedByCredit > 100;
    while (!starved()) await traffic.send(2000, 1400);
    expect(source.report().queued).to.be.above(2);
    expect(source.clock()).to.equal(undefined);
    source.stop();
    const got = packetsOf(await read(source));
    const { received, droppedByKernel, droppedByCredit } = source.report();
    expect(received).to.equal(got);
    expect(received + droppedByKernel + droppedByCredit).to.equal(traffic.sent);
  });

  it('becomes flows that hold every packet', async () => {
    const file = scratch.path('flows.csv');
    const source = live();
    const flows = aggregate({ features: 'classic', dissections: 0 });
    const done = pipeline(source, flows, toFile(file));
    await source.open();
    await traffic.send(1000);
    source.stop();
    await done;
    expect(flows.report()).to.include({ packets: 1000, flows: 1 });
    expect(readFileSync(file, 'utf8')).to.match(new RegExp(`^127\\.0\\.0\\.1,\\d+,127\\.0\\.0\\.1,${traffic.port},17,1000,0,62000,`, 'm'));
  });

  it('is a source of a Streamer, which ends it with the loop', async () => {
    const flows = new Streamer({ source: 'lo', filter: traffic.filter, idleTimeout: 0, dissections: 0 });
    const timer = setInterval(() => void traffic.send(1), 5);
    try {
      let count = 0;
      for await (const flow of flows) {
        expect(flow.dstPort).to.equal(traffic.port);
        if (++count === 3) break;
      }
      const some = new Streamer({ source: 'lo', filter: traffic.filter, idleTimeout: 0, dissections: 0, maxFlows: 4 });
      expect(await some.toCsv(scratch.path('some.csv'))).to.equal(4);
    } finally {
      clearInterval(timer);
    }
  });

  const ends: Record<string, (source: LiveSource, abort: AbortController) => void> = {
    'destroy()': (source) => void source.destroy(),
    'an AbortSignal': (_, abort) => abort.abort(),
  };
  for (const [name, end] of Object.entries(ends)) {
    it(`${name} ends it at once, while it is opened and later`, async () => {
      for (const opened of [false, true]) {
        const abort = new AbortController();
        const source = live({ signal: abort.signal });
        source.on('error', () => {});
        source.resume();
        if (opened) await source.open();
        const closed = new Promise<void>((resolve) => source.once('close', resolve));
        end(source, abort);
        expect(await ticksUntil(closed)).to.be.below(20);
      }
    });
  }

  it('that is left early is closed', async () => {
    const source = live();
    await source.open();
    await traffic.send(5);
    for await (const batch of source) {
      expect(batch.length).to.be.above(0);
      break;
    }
    expect(source.destroyed).to.equal(true);
  });

  it('tells the time up to which everything was given, in silence too', async () => {
    const source = live();
    let last = 0;
    source.on('data', (batch: PacketBatch) => (last = batch.at(-1)!.timeMs));
    await source.open();
    expect(source.clock()).to.equal(undefined);
    await traffic.send(1);
    await until(() => (source.clock() ?? 0) > last + 50);
    expect(source.clock()!).to.be.most(Date.now());
    source.stop();
    await once(source, 'end');
  });

  it('says once that nothing comes, and what to look at', async () => {
    const said: string[] = [];
    const source = new LiveSource('lo', { filter: traffic.filter }, 40);
    source.on('silent', (text: string) => said.push(text)).resume();
    await source.open();
    await until(() => said.length > 0);
    expect(said[0]).to.match(/^Nothing has come from lo for 0 s.*\/sys\/class\/net\/lo\/statistics/);
    source.destroy();
    await once(source, 'close');
    expect(said).to.have.length(1);
  });
});

describe('a device that cannot be captured from', () => {
  const cases: [what: string, devices: string | string[], options: LiveOptions, code: string, message: RegExp][] = [
    ['no device of the name', 'none0', {}, 'ERR_NFSTREAM_DEVICE|ERR_NFSTREAM_PERMISSION', /none0/],
    ['a name that no device can have', '../lo\n', {}, 'ERR_NFSTREAM_DEVICE|ERR_NFSTREAM_PERMISSION', /\.\.\/lo\\x0a/],
  ];
  for (const [what, devices, options, code, message] of cases) {
    it(`destroys the source: ${what}`, async () => {
      const error = (await rejection((captureLive(devices, options) as AsyncIterable<unknown>)[Symbol.asyncIterator]().next())) as FlowError;
      expect(error).to.be.instanceOf(FlowError);
      expect(error.code).to.match(new RegExp(code));
      expect(error.message).to.match(message);
    });
  }

  it('for want of rights names the line that gives them to this Node.js', async () => {
    const error = (await asOrdinaryUser(() => rejection(captureLive('lo').toArray()))) as FlowError;
    expect(error).to.include({ code: 'ERR_NFSTREAM_PERMISSION', device: 'lo' });
    expect(error.message).to.match(/^You may not capture from the device lo\./);
    expect(error.message.endsWith(`sudo setcap cap_net_raw+ep ${realpathSync(process.execPath)}`)).to.equal(true);
  });

  const wrong: [what: string, devices: unknown, options: object, code: string][] = [
    ['no device', [], {}, 'ERR_NFSTREAM_OPTION_RANGE'],
    ['an empty name', '', {}, 'ERR_NFSTREAM_OPTION_RANGE'],
    ['a name twice', ['lo', 'lo'], {}, 'ERR_NFSTREAM_OPTION_RANGE'],
    ['a number', 5, {}, 'ERR_NFSTREAM_OPTION_TYPE'],
    ['undefined', undefined, {}, 'ERR_NFSTREAM_OPTION_TYPE'],
    ['no reader', 'lo', { readers: 0 }, 'ERR_NFSTREAM_OPTION_RANGE'],
    ['readers that would wait for a device', 'lo', { readers: 2, retry: true }, 'ERR_NFSTREAM_OPTION_RANGE'],
    ['a short snapshot', 'lo', { snapshotLength: 63 }, 'ERR_NFSTREAM_OPTION_RANGE'],
    ['a wrong filter', 'lo', { filter: 'no filter' }, 'ERR_NFSTREAM_FILTER'],
    ['an option of captures', 'lo', { perFile: true }, 'ERR_NFSTREAM_OPTION_UNKNOWN'],
    ['an old name', 'lo', { promiscuous_mode: true }, 'ERR_NFSTREAM_OPTION_UNKNOWN'],
  ];
  for (const [what, devices, options, code] of wrong) {
    it(`is refused where it is named: ${what}`, () => {
      expect(() => captureLive(devices as string, options))
        .to.throw(FlowError)
        .with.property('code', code);
    });
  }
});
