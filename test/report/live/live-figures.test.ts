import { expect } from 'chai';
import { FlowBatch } from '../../../lib/index.js';
import type { WindowName } from '../../../lib/report/gather/live-data.js';
import { LiveFigures } from '../../../lib/report/live/live-figures.js';
import { TimeRing } from '../../../lib/report/live/time-ring.js';
import { thorough } from '../../thorough.js';

const startMs = 1_800_000_000_000;

interface Traffic {
  readonly host?: string;
  readonly app?: string;
  readonly port?: number;
  /** What is new, and of how many packets in all. */
  readonly packets?: number;
  readonly bytes?: number;
  readonly all?: number;
}

const batchOf = (rows: readonly Traffic[]): FlowBatch =>
  FlowBatch.from(
    rows.map(({ host = '10.0.0.1', app = 'DNS', port = 53, packets = 1, bytes = 100, all = packets }) => ({
      src_ip: host,
      dst_ip: '10.0.0.2',
      dst_port: port,
      protocol: 17,
      application_name: app,
      application_category_name: 'Network',
      bidirectional_packets: all,
      bidirectional_bytes: 5 * bytes,
      bidirectional_first_seen_ms: startMs,
      bidirectional_last_seen_ms: startMs + 1000,
      new_packets: packets,
      new_bytes: bytes,
    })),
  );

describe('figures of a run that goes on', () => {
  /** Lets seconds go by, each with what came in it. */
  function played(seconds: readonly (readonly FlowBatch[])[], figures = new LiveFigures()): { figures: LiveFigures; nowMs: number } {
    let nowMs = startMs;
    for (const batches of seconds) {
      for (const batch of batches) figures.add(batch, 0);
      nowMs += 1000;
      figures.tick(nowMs);
    }
    return { figures, nowMs };
  }
  const series = (figures: LiveFigures, window: WindowName, nowMs: number): [string | null, string][] =>
    figures.timelines(window, nowMs).application.series.map(({ name, bytes }) => [name, bytes.filter((value) => value > 0).join()]);

  it('are by the second, with what is new in it', () => {
    const { figures, nowMs } = played([
      [batchOf([{ bytes: 100 }, { app: 'TLS', bytes: 900, packets: 9 }])],
      [batchOf([{ app: 'TLS', bytes: 50, all: 10 }])],
      [],
      [batchOf([{ bytes: 7 }]), batchOf([{ bytes: 8 }])],
    ]);
    const { application, protocol } = figures.timelines('minute', nowMs);
    expect(application).to.include({ startMs: startMs - 56_000, widthMs: 1000 });
    expect(application.series.map(({ name, bytes, packets, flows }) => [name, bytes.slice(-5), packets.slice(-5), flows.slice(-5)])).to.deep.equal([
      ['TLS', [0, 900, 50, 0, 0], [0, 9, 1, 0, 0], [0, 1, 0, 0, 0]],
      ['DNS', [0, 100, 0, 0, 15], [0, 1, 0, 0, 2], [0, 1, 0, 0, 2]],
    ]);
    expect(protocol.series.map(({ name, bytes }) => [name, bytes.slice(-4)])).to.deep.equal([['17', [1000, 50, 0, 15]]]);
    expect(series(figures, 'hour', nowMs)).to.deep.equal([
      ['TLS', '950'],
      ['DNS', '115'],
    ]);
  });

  it('leave a window when their time is over', () => {
    const { figures, nowMs } = played([[batchOf([{}])], ...Array.from({ length: 59 }, () => [])]);
    expect(series(figures, 'minute', nowMs)).to.deep.equal([['DNS', '100']]);
    figures.tick(nowMs + 1000);
    expect(series(figures, 'minute', nowMs + 1000)).to.deep.equal([]);
    expect(series(figures, 'hour', nowMs + 1000)).to.deep.equal([['DNS', '100']]);
    figures.tick(nowMs + 3_600_000);
    expect(series(figures, 'hour', nowMs + 3_600_000)).to.deep.equal([]);
    expect(series(figures, 'day', nowMs + 3_600_000)).to.deep.equal([['DNS', '100']]);
    figures.tick(nowMs + 90_000_000);
    expect(series(figures, 'day', nowMs + 90_000_000)).to.deep.equal([]);
  });

  it('add up to the same by host, pair, port and application, with rows of nothing new left out', () => {
    const { figures, nowMs } = played(
      Array.from({ length: 10 }, (_, second) => [
        batchOf([
          { host: '10.0.0.9', bytes: 10, packets: 1, all: second + 1 },
          { app: 'TLS', port: 443, bytes: 90 },
          { app: 'gone', packets: 0, bytes: 0, all: 50 },
        ]),
      ]),
    );
    const told = figures.told('minute', nowMs);
    // The slot under way is not closed: whole ones of five seconds are told.
    const closed = told.bytes / 100;
    expect(closed).to.be.within(5, 10);
    expect(told).to.include({ packets: 2 * closed, firstMs: nowMs - 60_000, lastMs: nowMs });
    const cells = (name: 'hosts' | 'ports' | 'applications'): string[] =>
      told.tables[name].cells.map(({ key, amount, flows }) => [key.host ?? key.port ?? key.application, amount / closed, flows].join(' ')).sort();
    expect(cells('applications')).to.deep.equal(['DNS 10 1', `TLS 90 ${closed}`]);
    expect(cells('hosts')).to.deep.equal(['10.0.0.1 90 ' + closed, '10.0.0.2 10 1', `10.0.0.2 90 ${closed}`, '10.0.0.9 10 1']);
    expect(told.tables.durations.cells).to.deep.equal([]);
    expect(told.tables.ports.missing).to.equal(0);
  });

  it('tell what only whole flows do when they end', () => {
    const figures = new LiveFigures();
    figures.tick(startMs);
    figures.addEnded(
      batchOf([
        { packets: 0, bytes: 0, all: 9 },
        { bytes: 200, all: 20 },
      ]),
    );
    for (let second = 1; second <= 6; second++) figures.tick(startMs + 1000 * second);
    const told = figures.told('minute', startMs + 6000);
    expect([told.flows, told.bytes, told.packets]).to.deep.equal([0, 200, 1]);
    expect(told.tables.durations.cells.map(({ flows }) => flows)).to.deep.equal([2]);
    expect(told.tables.sizes.cells.map(({ amount }) => amount).sort((one, other) => one - other)).to.deep.equal([0, 1000]);
  });

  it('count a row of a sample for what it stands for, and say so', () => {
    const { figures, nowMs } = played([[batchOf([{}])]]);
    expect(figures.estimated('minute')).to.equal(false);
    figures.add(batchOf([{ bytes: 100 }, { app: 'TLS', bytes: 900, packets: 9 }]), 400);
    figures.tick(nowMs + 1000);
    const { application } = figures.timelines('minute', nowMs + 1000);
    expect(application.series.map(({ name, bytes, packets, flows }) => [name, bytes.at(-1), packets.at(-1), flows.at(-1)])).to.deep.equal([
      ['TLS', 900, 9, 1],
      ['DNS', 400, 4, 4],
    ]);
    expect(figures.estimated('minute')).to.equal(true);
    figures.tick(nowMs + 120_000);
    expect([figures.estimated('minute'), figures.estimated('hour')]).to.deep.equal([false, true]);
  });

  it('look at some of very many flows that end in a second, which stand for all', () => {
    const figures = new LiveFigures();
    figures.tick(startMs);
    const many = batchOf(Array.from({ length: 1600 }, () => ({})));
    for (let n = 0; n < 10; n++) figures.addEnded(many);
    figures.tick(startMs + 1000);
    const [dns] = figures.timelines('minute', startMs + 1000).application.series;
    expect([dns!.bytes.at(-1), dns!.flows.at(-1)]).to.deep.equal([1_600_000, 16_000]);
    expect(figures.estimated('minute')).to.equal(true);
  });

  it('forget names that nobody has any more, and keep their memory, whatever comes', () => {
    const seconds = thorough ? 600 : 60;
    const figures = new LiveFigures();
    let nowMs = startMs;
    for (let second = 0; second < seconds; second++, nowMs += 1000) {
      const rows = Array.from({ length: 2000 }, (_, n) => ({ host: `h${second}-${n}.example`, bytes: n === 0 ? 50_000 : 1, app: n === 0 ? 'Large' : 'Small' }));
      figures.add(batchOf(rows), 0);
      figures.tick(nowMs);
    }
    const told = figures.told('minute', nowMs);
    const large = told.tables.hosts.cells.filter(({ key }) => key.application === 'Large' && key.host !== '10.0.0.2');
    expect(large.length).to.be.at.least(50);
    expect(large[0]!.key.host).to.match(/^h\d+-0\.example$/);
    expect(told.tables.hosts.missing).to.be.above(0);
  });

  it('go on when the clock is set', () => {
    const { figures } = played([[batchOf([{}])]]);
    figures.add(batchOf([{ bytes: 3 }]), 0);
    figures.tick(startMs - 7_200_000);
    expect(series(figures, 'minute', startMs - 7_200_000)).to.deep.equal([['DNS', '3']]);
    figures.add(batchOf([{ bytes: 4 }]), 0);
    figures.tick(startMs + 10_000_000);
    expect(series(figures, 'minute', startMs + 10_000_000)).to.deep.equal([['DNS', '4']]);
  });
});

describe('a ring of spans of time', () => {
  it('keeps the last ones, and empties the place that it takes again', () => {
    const ring = new TimeRing<number[]>(
      10,
      3,
      () => [],
      (item) => (item.length = 0),
    );
    for (const ms of [5, 12, 19, 33, 34]) ring.at(ms).push(ms);
    expect(ring.upTo(39)).to.deep.equal([[12, 19], null, [33, 34]]);
    expect(ring.startMs(39)).to.equal(10);
    expect(ring.upTo(29)).to.deep.equal([null, [12, 19], null]);
    expect(ring.items()).to.have.length(2);
    expect(ring.upTo(1000)).to.deep.equal([null, null, null]);
  });
});
