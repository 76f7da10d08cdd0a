import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { modules } from './modules.js';
import {
  aggregate,
  captureFile,
  FlowError,
  Streamer,
  type AggregateOptions,
  type CaptureFileOptions,
  type FlowBatch,
  type PluginRow,
} from '../../lib/index.js';
import * as usual from './modules/usual.js';

const fixtures = fileURLToPath(new URL('../../fixtures/', import.meta.url));
const office = join(fixtures, 'office.pcap');

/** Flows, the error behind them, and the report. */
async function outcome(options: AggregateOptions, sources: string | string[] = office, how: CaptureFileOptions = {}) {
  const stage = aggregate({ dissections: 0, ...options });
  const rows: unknown[] = [];
  const places: unknown[] = [];
  let error: unknown = null;
  try {
    for await (const batch of captureFile(sources, how).pipe(stage) as AsyncIterable<FlowBatch<PluginRow<any, any>>>) {
      places.push(batch.source?.index);
      for (const flow of batch) rows.push({ ...flow.toObject(), ofPlugins: flow.udps, ofMetrics: flow.metrics });
    }
  } catch (thrown) {
    error = thrown;
  }
  const { tableBytes, ...report } = stage.report();
  expect(tableBytes).to.be.a('number');
  return { rows, error, report, places: [...new Set(places)] };
}

describe('plugins in a thread of their own', () => {
  const runs: readonly (readonly [what: string, options: AggregateOptions, sources: string | string[], how: CaptureFileOptions])[] = [
    ['a capture', {}, office, {}],
    ['with labels', { dissections: 20, statistics: true, splt: 4, endReason: true }, office, {}],
    ['many flows at a time', { idleTimeout: 0 }, office, {}],
    ['the first flows', { maxFlows: 5 }, office, {}],
    ['captures that are merged', {}, [office, join(fixtures, 'tls.pcap')], { merge: true }],
    ['captures that are runs of their own', {}, [office, join(fixtures, 'dns.pcap'), office], { perFile: true }],
    ['a prefix', { pluginPrefix: 'udps.' }, office, {}],
  ];
  for (const [what, options, sources, how] of runs) {
    it(`give the same: ${what}`, async () => {
      const there = await outcome({ ...options, worker: { module: modules.usual } }, sources, how);
      const here = await outcome({ ...options, plugins: usual.plugins, userMetrics: usual.userMetrics }, sources, how);
      expect(there.error).to.equal(null);
      for (const part of ['report', 'places', 'rows'] as const) expect(there[part], part).to.deep.equal(here[part]);
      expect(there.rows.length).to.be.above(4);
    });
  }

  it('may be of the end alone, with several meters', async () => {
    const { rows, error } = await outcome({ meters: 2, worker: { module: modules.ends } });
    expect(error).to.equal(null);
    for (const row of rows as { bidirectionalPackets: number; twice: number }[]) expect(row.twice).to.equal(2 * row.bidirectionalPackets);
  });

  it('are found by a path', async () => {
    const { error, rows } = await outcome({ worker: { module: fileURLToPath(modules.ends) } });
    expect(error).to.equal(null);
    expect(rows).to.have.length(194);
  });

  describe('that fail', () => {
    before(() => (process.env['NFSTREAM_TEST_MODE'] = 'throws'));
    after(() => delete process.env['NFSTREAM_TEST_MODE']);

    it('fail as without, behind what was metered', async () => {
      const { error, rows, report } = await outcome({ worker: { module: modules.fails } });
      const { code, plugin, hook, packet, file, message, cause } = error as FlowError;
      expect({ code, plugin, hook, packet, file }).to.deep.equal({ code: 'ERR_NFSTREAM_PLUGIN', plugin: 'Cheese', hook: 'onUpdate', packet: 7, file: office });
      expect(message).to.match(/out of cheese\.$/);
      expect(String(cause)).to.match(/out of cheese/);
      expect(rows).to.have.length(2);
      expect(report).to.deep.include({ packets: 7, flows: 2 });
    });

    it("are dropped with onError: 'skip', and reported", async () => {
      const { error, report } = await outcome({ onError: 'skip', worker: { module: modules.fails } });
      expect(error).to.equal(null);
      expect(report.pluginErrors).to.be.above(50);
      expect(report.firstPluginError).to.be.instanceOf(FlowError).with.property('plugin', 'Cheese');
    });

    const ways: readonly (readonly [mode: string, message: RegExp])[] = [
      ['exits', /The thread of plugins has ended, with the code 7, before the run did\./],
      ['fails outside of its hook', /The thread of plugins has failed: too late/],
    ];
    for (const [mode, message] of ways) {
      it(`with all of the thread are told: ${mode}`, async () => {
        process.env['NFSTREAM_TEST_MODE'] = mode;
        const { error } = await outcome({ worker: { module: modules.fails } });
        expect(error).to.be.instanceOf(FlowError).with.property('code', 'ERR_NFSTREAM_PLUGIN');
        expect((error as FlowError).message).to.match(message);
      });
    }

    it('to come back end when the stage is destroyed, and leave this thread free meanwhile', async () => {
      process.env['NFSTREAM_TEST_MODE'] = 'goes on for ever';
      const stage = aggregate({ dissections: 0, worker: { module: modules.fails } });
      captureFile(office).pipe(stage).resume();
      await once(stage, 'data');
      await delay(100);
      stage.destroy();
      await once(stage, 'close');
    });
  });

  const wrong: readonly (readonly [what: string, worker: unknown, code: string, message: RegExp])[] = [
    ['no object', 'mine.js', 'ERR_NFSTREAM_OPTION_TYPE', /an object with the path of a module for worker but received "mine\.js"/],
    ['no module', {}, 'ERR_NFSTREAM_OPTION_TYPE', /a path for worker\.module but received undefined/],
    ['an option that is none', { module: 'a.js', threads: 2 }, 'ERR_NFSTREAM_OPTION_UNKNOWN', /There is no option worker\.threads; known is module/],
  ];
  for (const [what, worker, code, message] of wrong) {
    it(`are refused: ${what}`, () => {
      for (const make of [() => aggregate({ worker } as AggregateOptions), () => new Streamer({ source: office, worker } as never)])
        expect(make).to.throw(FlowError, message).with.property('code', code);
    });
  }

  it('are refused beside others', () => {
    expect(() => aggregate({ worker: { module: 'a.js' }, plugins: usual.plugins }))
      .to.throw(FlowError, /those that its module exports/)
      .with.property('code', 'ERR_NFSTREAM_OPTION_RANGE');
  });

  const lacking: readonly (readonly [what: string, options: AggregateOptions, code: string, message: RegExp])[] = [
    ['a module that is not there', { worker: { module: 'there-is-none.js' } }, 'ERR_NFSTREAM_PLUGIN', /there-is-none/],
    ['a module without plugins', { worker: { module: modules.nothing } }, 'ERR_NFSTREAM_OPTION_RANGE', /has neither plugins nor userMetrics/],
    [
      'several meters for hooks of packets',
      { meters: 2, worker: { module: modules.usual } },
      'ERR_NFSTREAM_OPTION_RANGE',
      /1, as plugins that are called for packets/,
    ],
  ];
  for (const [what, options, code, message] of lacking) {
    it(`are an error when the run begins: ${what}`, async () => {
      const { error } = await outcome(options);
      expect(error).to.be.instanceOf(FlowError).with.property('code', code);
      expect((error as FlowError).message).to.match(message);
    });
  }
});
