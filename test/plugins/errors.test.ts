import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable, Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { aggregate, anonymize, captureFile, FlowError, flows, Streamer, table, tee, toCsv, toFile, type AggregateOptions, type AnyPlugin, type HookFlow, type HookPacket } from '../../lib/index.js';
import { udpBatch } from '../packets.js';
import { noting, ofPorts, run } from './run.js';

const office = fileURLToPath(new URL('../../fixtures/office.pcap', import.meta.url));

/** Fails at the nth packet that it sees. */
function failing(at: number, hook: 'onInit' | 'onUpdate' = 'onUpdate'): AnyPlugin {
  let seen = 0;
  const fail = (): void => {
    if (++seen === at) throw new RangeError('out of cheese');
  };
  return { name: 'Cheese', columns: { left: { type: 'int', default: 7 } }, [hook]: fail } as AnyPlugin;
}

describe('a plugin that throws', () => {
  const folder = mkdtempSync(join(tmpdir(), 'nfstream-plugins-'));
  after(() => rmSync(folder, { recursive: true }));

  it('is told with its name, its hook, the packet, the capture and the flow', async () => {
    const stage = aggregate({ dissections: 0, plugins: [failing(5)] });
    let error: unknown;
    try {
      for await (const _ of captureFile(office).pipe(stage));
    } catch (thrown) {
      error = thrown;
    }
    expect(error).to.be.instanceOf(FlowError);
    const { code, plugin, hook, packet, file, flow, cause, message } = error as FlowError;
    expect({ code, plugin, hook, packet, file, flow }).to.deep.equal({ code: 'ERR_NFSTREAM_PLUGIN', plugin: 'Cheese', hook: 'onUpdate', packet: 7, file: office, flow: '192.168.1.10:43708 > 203.0.113.10:443 (6)' });
    expect(cause).to.be.instanceOf(RangeError);
    expect(message).to.equal(`The plugin Cheese failed in onUpdate at packet 7 of ${office}, in the flow 192.168.1.10:43708 > 203.0.113.10:443 (6): out of cheese.`);
  });

  it('fails the run when everything before it is given: flows that have ended, and those under way', async () => {
    const { flows: given, error, stage } = await run(ofPorts(1000, 1001, 1001, 1001, 1002), { idleTimeout: 2, plugins: [failing(2), noting([])], userMetrics: { seen: (_packet: HookPacket, flow: HookFlow) => void (flow.metrics['seen'] += 1) } });
    expect(error).to.have.property('code', 'ERR_NFSTREAM_PLUGIN');
    expect(given.map((flow) => [flow.srcPort, flow.bidirectionalPackets, flow.metrics, flow.udps])).to.deep.equal([[1000, 1, { seen: 1 }, { left: 7 }], [1001, 3, { seen: 3 }, { left: null }]]);
    expect(stage.report()).to.deep.include({ packets: 4, flows: 2, openFlows: 0 });
  });

  it('calls the other plugins to the end of every flow, and itself no more', async () => {
    const notes: string[] = [];
    const bad = { ...noting(notes, 'bad '), name: 'bad', onUpdate: () => { throw new Error('no'); } } as AnyPlugin;
    await run(ofPorts(1000, 1001, 1000, 1001), { plugins: [bad, noting(notes, 'good ')] });
    expect(notes).to.deep.equal(['bad init 1000#1', 'good init 1000#1', 'bad init 1001#1', 'good init 1001#1', 'good expire 1001#1 end', 'good expire 1000#2 end', 'good end']);
  });

  const ends: readonly (readonly [what: string, plugin: AnyPlugin, hook: string])[] = [
    ['in onInit', { name: 'x', onInit: () => { throw new Error('no'); } }, 'onInit'],
    ['in onExpire', { name: 'x', onUpdate: () => {}, onExpire: () => { throw new Error('no'); } }, 'onExpire'],
    ['in onExpire alone', { name: 'x', onExpire: () => { throw new Error('no'); } }, 'onExpire'],
    ['in onEnd', { name: 'x', onEnd: () => { throw new Error('no'); } }, 'onEnd'],
    ['what is no error', { name: 'x', onInit: () => { throw 'no'; } }, 'onInit'],
  ];
  for (const [what, plugin, hook] of ends) {
    it(`is told: ${what}`, async () => {
      const { flows: given, error } = await run(ofPorts(1000, 1001, 1000), { idleTimeout: 2, plugins: [plugin] });
      expect(error).to.deep.include({ code: 'ERR_NFSTREAM_PLUGIN', plugin: 'x', hook });
      expect(error!.message).to.match(/no\.$/);
      expect(given.length).to.be.above(0);
    });
  }

  it('fails with the error of another one, which fails while flows are brought to their ends, not told', async () => {
    const { flows: given, error } = await run(ofPorts(1000, 1001, 1000), { plugins: [failing(1), { name: 'second', columns: { two: { type: 'int', default: 2 } }, onExpire: () => { throw new Error('no'); } } as AnyPlugin] });
    expect(error).to.have.property('plugin', 'Cheese');
    expect(given.map((flow) => flow.udps)).to.deep.equal([{ left: 7, two: null }, { left: null, two: null }]);
  });

  it('in the first packet fails a capture of one', async () => {
    const { flows: given, error } = await run(ofPorts(1000), { plugins: [failing(1, 'onInit')] });
    expect(error).to.have.property('packet', 1);
    expect(given.map((flow) => flow.udps)).to.deep.equal([{ left: null }]);
  });

  it('ends a source that can be asked', async () => {
    const source = captureFile([office, office, office]);
    const stage = aggregate({ dissections: 0, plugins: [failing(3)] });
    let error: unknown;
    try {
      for await (const _ of source.pipe(stage));
    } catch (thrown) {
      error = thrown;
    }
    expect(error).to.have.property('code', 'ERR_NFSTREAM_PLUGIN');
    expect(source.report().packets).to.be.below(3 * 1216);
  });

  const made = (options: AggregateOptions = {}) => aggregate({ dissections: 0, plugins: [failing(2)], ...options });
  const source = (): Readable => Readable.from([udpBatch(ofPorts(1000, 1000, 1000, 1000))]);
  const sinks: readonly (readonly [what: string, run: (path: string) => Promise<unknown>, expected: (path: string) => unknown, value: unknown])[] = [
    ['toFile, whose file is whole', (path) => pipeline(source(), made(), toFile(path)), (path) => readFileSync(path, 'utf8').split('\n').length, 3],
    ['toFile behind anonymize', (path) => pipeline(source(), made(), anonymize({ columns: ['src_ip'] }), toFile(path)), (path) => readFileSync(path, 'utf8').split('\n').length, 3],
    ['tee', (path) => pipeline(source(), made(), tee(toFile(path))), (path) => readFileSync(path, 'utf8').split('\n').length, 3],
    ['a Streamer', (path) => new Streamer({ source: office, dissections: 0, plugins: [failing(2)] }).toCsv(path), (path) => readFileSync(path, 'utf8').split('\n').length, 4],
  ];
  for (const [what, start, result, value] of sinks) {
    it(`fails the pipeline: ${what}`, async () => {
      const path = join(folder, `${what.replaceAll(/\W/g, '')}.csv`);
      const error = await start(path).then(() => null, (thrown: unknown) => thrown);
      expect(error).to.have.property('code', 'ERR_NFSTREAM_PLUGIN');
      expect(result(path)).to.equal(value);
    });
  }

  const readers: readonly (readonly [what: string, run: (seen: unknown[]) => Promise<unknown>])[] = [
    ['a Writable of the user', (seen) => pipeline(source(), made(), new Writable({ objectMode: true, write: (batch: { length: number }, _encoding, callback) => (seen.push(...Array.from({ length: batch.length })), callback()) }))],
    ['an exporter and a Writable', (seen) => pipeline(source(), made(), toCsv({ header: false }), new Writable({ write: (bytes, _encoding, callback) => (seen.push(bytes), callback()) }))],
    ['anonymize and a Writable', (seen) => pipeline(source(), made(), anonymize({ columns: ['src_ip'] }), new Writable({ objectMode: true, write: (batch: { length: number }, _encoding, callback) => (seen.push(...Array.from({ length: batch.length })), callback()) }))],
    ['a generator', (seen) => pipeline(source(), made(), flows, async (given: AsyncIterable<unknown>) => { for await (const flow of given) seen.push(flow); })],
    ['a loop over a Streamer', async (seen) => { for await (const flow of new Streamer({ source: office, dissections: 0, plugins: [failing(2)] })) seen.push(flow); }],
    ['table()', async (seen) => seen.push(await table(made().end(udpBatch(ofPorts(1000, 1000, 1000))) as never).catch((error: unknown) => { seen.push(1); throw error; }))],
  ];
  for (const [what, start] of readers) {
    it(`fails what reads, behind the flows: ${what}`, async () => {
      const seen: unknown[] = [];
      const error = await start(seen).then(() => null, (thrown: unknown) => thrown);
      expect(error).to.have.property('code', 'ERR_NFSTREAM_PLUGIN');
      expect(seen.length).to.be.above(0);
    });
  }

  describe("with onError: 'skip'", () => {
    it('is dropped for that flow, whose columns of it are null; counted and reported', async () => {
      const { flows: given, error, stage } = await run(ofPorts(1000, 1001, 1000, 1001, 1000, 1001), { onError: 'skip', plugins: [failing(2)], userMetrics: { seen: (_packet: HookPacket, flow: HookFlow) => void (flow.metrics['seen'] += 1) } });
      expect(error).to.equal(null);
      expect(given.map((flow) => [flow.srcPort, flow.udps, flow.metrics])).to.deep.equal([[1000, { left: 7 }, { seen: 3 }], [1001, { left: null }, { seen: 3 }]]);
      expect(stage.report().pluginErrors).to.equal(1);
      expect(stage.report().firstPluginError).to.deep.include({ code: 'ERR_NFSTREAM_PLUGIN', plugin: 'Cheese', packet: 4 });
    });

    it('gets neither updates nor the end of that flow', async () => {
      const notes: string[] = [];
      const bad = { ...noting(notes), onUpdate: (_packet: HookPacket, flow: HookFlow) => { notes.push('throw'); if (flow.srcPort === 1000) throw new Error('no'); } } as AnyPlugin;
      await run(ofPorts(1000, 1000, 1000, 1001), { onError: 'skip', plugins: [bad] });
      expect(notes).to.deep.equal(['init 1000#1', 'throw', 'init 1001#1', 'expire 1001#1 end', 'end']);
    });

    it('goes on with every flow when hooks of the end fail', async () => {
      for (const more of [{}, { onUpdate: () => {} }]) {
        const { flows: given, error, stage } = await run(ofPorts(1000, 1001, 1002), { onError: 'skip', plugins: [{ columns: { a: { type: 'int', default: 1 } }, onExpire: (flow: HookFlow) => { if (flow.srcPort === 1001) throw new Error('no'); }, ...more } as AnyPlugin] });
        expect(error).to.equal(null);
        expect(given.map((flow) => flow.udps)).to.deep.equal([{ a: 1 }, { a: null }, { a: 1 }]);
        expect(stage.report().pluginErrors).to.equal(1);
      }
    });
  });

  it('is one whose hook gives a promise, which is told by name', async () => {
    for (const hook of ['onInit', 'onUpdate', 'onExpire', 'onEnd'] as const) {
      const { error } = await run(ofPorts(1000, 1000), { plugins: [{ name: 'Late', [hook]: async () => { throw new Error('later'); } } as unknown as AnyPlugin] });
      expect(error, hook).to.deep.include({ code: 'ERR_NFSTREAM_PLUGIN', plugin: 'Late', hook });
      expect(error!.message).to.match(/it returned a promise, and hooks must be synchronous\.$/);
    }
    const { error } = await run(ofPorts(1000), { userMetrics: { late: (async () => {}) as unknown as () => void } });
    expect(error).to.have.property('plugin', 'late');
  });

  it('is one that gives away the memory of its packets', async () => {
    const { error } = await run(ofPorts(1000, 1000, 1000), { plugins: [{ name: 'Giver', onInit: (packet) => void structuredClone(packet.bytes, { transfer: [packet.bytes.buffer as ArrayBuffer] }) }] });
    expect(error).to.have.property('code', 'ERR_NFSTREAM_PLUGIN');
    expect(error!.message).to.match(/gave away the memory of its packets.*packet\.copy\(\)/);
  });
});

describe('a value that does not fit its column', () => {
  const values: readonly (readonly [type: string, value: unknown, expected: RegExp])[] = [
    ['int', 0.5, /a whole number \(type 'float' takes others\) for the column own but it holds 0\.5/],
    ['int', 2 ** 60, /a whole number/],
    ['int', '5', /holds "5"/],
    ['float', NaN, /a finite number for the column own but it holds NaN/],
    ['float', Infinity, /a finite number/],
    ['text', 5, /a string of whole characters for the column own but it holds 5/],
    ['text', '\ud800', /a string of whole characters/],
    ['boolean', 1, /true or false for the column own but it holds 1/],
    ['bigint', 2n ** 63n, /a bigint of 64 bits/],
    ['list', [1], /an array of 2 whole numbers for the column own but it holds 1/],
    ['list', [1, 0.5], /an array of 2 whole numbers/],
    ['int', {}, /a whole number .* holds \[object Object\]/],
  ];
  for (const [type, value, expected] of values) {
    it(`is an error of the plugin: ${type} ${typeof value === 'bigint' ? `${value}n` : JSON.stringify(value)}`, async () => {
      for (const hook of ['onUpdate', 'onExpire']) {
        const set = (...given: unknown[]): void => void ((given.at(-1) as HookFlow<any>).udps.own = value);
        const { error, flows: given } = await run(ofPorts(1000, 1000, 1001), { plugins: [{ name: 'Own', columns: { own: { type, size: 2 } }, [hook]: set } as unknown as AnyPlugin] });
        expect(error).to.deep.include({ code: 'ERR_NFSTREAM_PLUGIN', plugin: 'Own', flow: '10.0.0.1:1000 > 10.0.0.2:80 (17)' });
        expect(error!.message).to.match(expected);
        expect(given.map((flow) => flow.udps)).to.deep.equal([{ own: null }, { own: null }].slice(0, given.length));
      }
    });
  }

  it('is an error where there is no such column, whatever mode the hook is in', async () => {
    const sloppy = new Function('packet', 'flow', 'flow.udps.owm = 1;') as () => void;
    for (const columns of [{ own: 'int' }, {}] as const) {
      const { error, flows: given } = await run(ofPorts(1000), { plugins: [{ name: 'Own', columns, onInit: sloppy } as AnyPlugin] });
      expect(error).to.deep.include({ code: 'ERR_NFSTREAM_PLUGIN', plugin: 'Own' });
      expect(error!.message).to.match('own' in columns ? /flow\.udps\.owm was written to, and is no column\. Did you mean own\?/ : /flow\.udps\.owm was written to, and is no column\.$/);
      expect(given).to.have.length(1);
    }
    const { error, stage, flows: given } = await run(ofPorts(1000, 1001), { onError: 'skip', plugins: [{ name: 'Own', columns: { own: 'int' }, onInit: sloppy } as AnyPlugin] });
    expect(error).to.equal(null);
    expect(stage.report().pluginErrors).to.equal(2);
    expect(given.map((flow) => flow.udps)).to.deep.equal([{ own: null }, { own: null }]);
  });
});
