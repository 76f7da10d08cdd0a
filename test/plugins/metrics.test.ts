import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { fileURLToPath } from 'node:url';
import { inspect } from 'node:util';
import { expect } from 'chai';
import {
  aggregate,
  captureFile,
  FlowError,
  fromFile,
  PacketBatch,
  Streamer,
  toFile,
  type AggregateOptions,
  type AnyPlugin,
  type HookFlow,
  type HookPacket,
  type UserField,
} from '../../lib/index.js';
import { pcapHeader, pcapRecord } from '../capture/build-capture.js';
import { udpFrame } from '../packets.js';
import { ofPorts, run } from './run.js';

const office = fileURLToPath(new URL('../../fixtures/office.pcap', import.meta.url));

const big = {
  count_pkts_gt_666: (packet: HookPacket, flow: HookFlow): void => {
    if (packet.size > 666) flow.metrics['count_pkts_gt_666'] += 1;
  },
};

/** A metric and a plugin with a column of every type. */
function everyType(): AggregateOptions {
  const plugin: AnyPlugin = {
    name: 'types',
    columns: {
      whole: { type: 'int', default: 0 },
      real: { type: 'float', default: 1 },
      words: { type: 'text', default: 'none' },
      yes: { type: 'boolean', default: false },
      large: { type: 'bigint', default: 0n },
      few: { type: 'list', size: 2, default: [0, -1] },
      nothing: 'int',
    },
    onUpdate(packet: HookPacket, { udps }: HookFlow<any>) {
      udps.whole += packet.size;
      udps.real /= 4;
      udps.words = `"${packet.srcPort}", é`;
      udps.yes = true;
      udps.large += 2n ** 61n;
      udps.few[0] = packet.number;
    },
  } as AnyPlugin;
  return { plugins: [plugin], userMetrics: { seen: (_packet: HookPacket, flow: HookFlow) => void (flow.metrics['seen'] += 1) } };
}

const same: AnyPlugin = { name: 'types', onInit: () => {} };

const udps = { whole: 100, real: 0.0625, words: '"1000", é', yes: true, large: 2n ** 62n, few: [3, -1], nothing: null };
const untouched = { whole: 0, real: 1, words: 'none', yes: false, large: 0n, few: [0, -1], nothing: null };

describe('user metrics and columns of plugins', () => {
  const folder = mkdtempSync(join(tmpdir(), 'nfstream-metrics-'));
  const source = join(folder, 'four.pcap');
  before(() =>
    writeFileSync(
      source,
      Buffer.concat([pcapHeader(), ...ofPorts(1000, 1001, 1000, 1000).map((packet) => pcapRecord(packet.timeMs / 1000, Buffer.from(udpFrame(packet))))]),
    ),
  );
  after(() => rmSync(folder, { recursive: true }));

  it('count, in two lines', async () => {
    const counts = new Map<string, number>();
    for await (const flow of new Streamer({
      source: office,
      dissections: 0,
      userMetrics: {
        count_pkts_gt_666: (packet, flow) => {
          if (packet.size > 666) flow.metrics.count_pkts_gt_666 += 1;
        },
      },
    })) {
      counts.set(`${flow.metrics.count_pkts_gt_666}`, (counts.get(`${flow.metrics.count_pkts_gt_666}`) ?? 0) + 1);
      expect(flow['count_pkts_gt_666']).to.equal(flow.metrics.count_pkts_gt_666);
    }
    expect(Object.fromEntries(counts)).to.deep.equal({ 0: 145, 1: 43, 4: 3, 5: 3 });
    let packets = 0;
    for await (const batch of captureFile(office)) for (const packet of batch) packets += packet.ignoreReason === null && packet.wireLength > 666 ? 1 : 0;
    expect(packets).to.equal(43 + 3 * 4 + 3 * 5);
  });

  it('are on flows under their names, each with its own first values', async () => {
    const { flows } = await run(ofPorts(1000, 1001, 1000, 1000), { ...everyType() });
    expect(flows.map((flow) => [flow.metrics, flow.udps])).to.deep.equal([
      [{ seen: 1 }, untouched],
      [{ seen: 3 }, { ...udps, few: [4, -1] }],
    ]);
    expect(flows[1]!.keys().slice(-8)).to.deep.equal(['seen', 'whole', 'real', 'words', 'yes', 'large', 'few', 'nothing']);
    expect(flows[1]!.toObject()).to.deep.include({ seen: 3, yes: 1, large: 2n ** 62n });
    expect(inspect(flows[1])).to.match(/seen: 3/);
    expect(flows[1]!.detach().udps).to.deep.equal({ ...udps, few: [4, -1] });
  });

  const files: readonly (readonly [name: string, line: unknown])[] = [
    ['a.csv', '3,100,0.0625,"""1000"", é",1,4611686018427387904,"[4, -1]",'],
    ['a.jsonl', '"seen":3,"whole":100,"real":0.0625,"words":"\\"1000\\", é","yes":1,"large":4611686018427387904,"few":[4,-1],"nothing":null}'],
  ];
  for (const [name, line] of files) {
    it(`are columns of ${name}`, async () => {
      const path = join(folder, name);
      await new Streamer({ source, dissections: 0, ...everyType() }).toFile(path);
      expect(readFileSync(path, 'utf8').split('\n').at(-2)).to.contain(line);
    });
  }

  for (const name of ['b.arrow', 'b.arrows', 'b.parquet', 'b.csv', 'b.jsonl', 'b.json']) {
    it(`are columns of ${name}, which are read back`, async () => {
      const path = join(folder, name);
      await new Streamer({ source, dissections: 0, ...everyType() }).toFile(path);
      const rows: unknown[] = [];
      for await (const batch of fromFile(path))
        for (const flow of batch)
          rows.push(
            Object.fromEntries(
              ['seen', 'whole', 'real', 'words', 'yes', 'large', 'few', 'nothing'].map((key) => [key, flow[key] === '' ? null : (flow[key] ?? null)]),
            ),
          );
      expect(rows.map((row) => ({ ...(row as object), large: Number((row as { large: bigint }).large) }))).to.deep.equal([
        { seen: 1, ...untouched, yes: 0, large: 0 },
        { seen: 3, ...udps, few: [4, -1], yes: 1, large: 2 ** 62 },
      ]);
    });
  }

  it('are columns of a table', async () => {
    const made = await new Streamer({ source, dissections: 0, ...everyType() }).toTable();
    expect(made.get(1)!.toJSON()).to.deep.include({ seen: 3n, whole: 100n, real: 0.0625, words: '"1000", é', yes: 1n, large: 2n ** 62n });
  });

  it('have the prefix of nfstream in files when asked, and their own names on flows', async () => {
    const { flows } = await run(ofPorts(1000, 1000), { ...everyType(), pluginPrefix: 'udps.' });
    expect(flows[0]!.keys().slice(-8)).to.deep.equal(['seen', 'udps.whole', 'udps.real', 'udps.words', 'udps.yes', 'udps.large', 'udps.few', 'udps.nothing']);
    expect(flows[0]!.udps).to.deep.include({ whole: 50, words: '"1000", é' });
  });

  it('say in the schema what they are and how pieces merge', async () => {
    const columns = { first: { type: 'int', merge: 'first', meaning: 'The first.' }, last: 'text' } as const;
    const metrics = {
      a: () => {},
      b: { initial: 0, merge: 'max', update: () => {} },
      c: { initial: 5, update: () => {} },
      d: { initial: 0, type: 'float', update: () => {} },
    } as const;
    for await (const { schema } of Readable.from([PacketBatch.from([])]).pipe(
      aggregate({ dissections: 0, plugins: [{ columns, onInit: () => {} }], userMetrics: metrics }),
    )) {
      const told = (schema.fields as UserField[])
        .slice(-6)
        .map(({ name, type, merge, of, nullable, unit, meaning }) => [name, type, merge, of!.place, of!.name, nullable, unit, meaning]);
      expect(told).to.deep.equal([
        ['a', 'int', 'sum', 'metrics', 'a', true, '', 'A column of a plugin.'],
        ['b', 'int', 'max', 'metrics', 'b', true, '', 'A column of a plugin.'],
        ['c', 'int', 'none', 'metrics', 'c', true, '', 'A column of a plugin.'],
        ['d', 'float', 'sum', 'metrics', 'd', true, '', 'A column of a plugin.'],
        ['first', 'int', 'first', 'udps', 'first', true, '', 'The first.'],
        ['last', 'text', 'none', 'udps', 'last', true, '', 'A column of a plugin.'],
      ]);
    }
  });

  it('give a file without flows their columns', async () => {
    const path = join(folder, 'empty.csv');
    await pipeline(Readable.from([PacketBatch.from([])]), aggregate({ features: ['id'], dissections: 0, ...everyType() }), toFile(path));
    expect(readFileSync(path, 'utf8')).to.equal('id,seen,whole,real,words,yes,large,few,nothing\n');
  });

  const refused: readonly (readonly [what: string, options: object, code: string, message: RegExp])[] = [
    [
      'a metric named like a column',
      { userMetrics: { protocol: () => {} } },
      'ERR_NFSTREAM_COLUMN',
      /The metric protocol has the name of a column of flows; give it another name\./,
    ],
    ["a metric named like a flow's property", { userMetrics: { srcIp: () => {} } }, 'ERR_NFSTREAM_COLUMN', /metric srcIp has the name of a column/],
    [
      'a metric named like a column in another unit',
      { userMetrics: { bidirectional_first_seen_ns: () => {} } },
      'ERR_NFSTREAM_COLUMN',
      /has the name of a column/,
    ],
    ['a metric named udps', { userMetrics: { udps: () => {} } }, 'ERR_NFSTREAM_COLUMN', /metric udps/],
    ['a metric named __proto__', { userMetrics: JSON.parse('{"__proto__":5}') as object }, 'ERR_NFSTREAM_OPTION_TYPE', /userMetrics\.__proto__/],
    [
      'a column named like a column',
      { plugins: [{ columns: { id: 'int' }, onInit: () => {} }] },
      'ERR_NFSTREAM_COLUMN',
      /column id of plugin 1 has the name of a column of flows; .* or all columns of plugins a pluginPrefix/,
    ],
    ['a column without a name', { plugins: [{ columns: { '': 'int' }, onInit: () => {} }] }, 'ERR_NFSTREAM_COLUMN', /can't have the name ""/],
    [
      'two columns of one name',
      {
        plugins: [
          { name: 'A', columns: { x: 'int' }, onInit: () => {} },
          { name: 'B', columns: { x: 'int' }, onInit: () => {} },
        ],
      },
      'ERR_NFSTREAM_COLUMN',
      /Both A and B have a column named x/,
    ],
    [
      'a metric and a column of one name',
      { userMetrics: { x: () => {} }, plugins: [{ name: 'B', columns: { x: 'int' }, onInit: () => {} }] },
      'ERR_NFSTREAM_COLUMN',
      /Both x and B have a column named x/,
    ],
    ['a plugin twice', { plugins: [same, same] }, 'ERR_NFSTREAM_OPTION_RANGE', /plugin types is given twice/],
    ['a class', { plugins: [class Mine {}] }, 'ERR_NFSTREAM_OPTION_TYPE', /a FlowPlugin, or an object with hooks for plugins\[0\] but received a function/],
    [
      'a plugin without hooks',
      { plugins: [{ name: 'Idle' }] },
      'ERR_NFSTREAM_OPTION_TYPE',
      /Idle \(plugins\[0\]\) has no hook; it needs one of onInit, onUpdate, onExpire, onEnd/,
    ],
    ["nfstream's word for a hook", { plugins: [{ on_init() {} }] }, 'ERR_NFSTREAM_OPTION_UNKNOWN', /In plugins\[0\], on_init is now onInit/],
    ["nfstream's word for the option", { udps: [] }, 'ERR_NFSTREAM_OPTION_UNKNOWN', /udps is now plugins/],
    ['a misspelt hook', { plugins: [{ onUpdat() {} }] }, 'ERR_NFSTREAM_OPTION_UNKNOWN', /no hook onUpdat in plugins\[0\]\. Did you mean onUpdate\?/],
    ['a hook that is none', { plugins: [{ onInit: 5 }] }, 'ERR_NFSTREAM_OPTION_TYPE', /a function for onInit of plugin 1 but received 5/],
    ['columns that are none', { plugins: [{ columns: ['a'], onInit() {} }] }, 'ERR_NFSTREAM_OPTION_TYPE', /columns of plugin 1/],
    [
      'a type that is none',
      { plugins: [{ columns: { a: 'number' }, onInit() {} }] },
      'ERR_NFSTREAM_OPTION_RANGE',
      /one of "int", "float", .* for type of column a of plugin 1 but received "number"/,
    ],
    ['a column without a type', { plugins: [{ columns: { a: {} }, onInit() {} }] }, 'ERR_NFSTREAM_OPTION_TYPE', /type of column a of plugin 1/],
    [
      'a default of another type',
      { plugins: [{ columns: { a: { type: 'int', default: 'x' } }, onInit() {} }] },
      'ERR_NFSTREAM_OPTION_RANGE',
      /a whole number .* for default of column a of plugin 1 but received "x"/,
    ],
    [
      'a list without its size',
      { plugins: [{ columns: { a: { type: 'list', default: [1] } }, onInit() {} }] },
      'ERR_NFSTREAM_OPTION_RANGE',
      /an array of 0 whole numbers for default of column a/,
    ],
    ['a size that is none', { plugins: [{ columns: { a: { type: 'list', size: -1 } }, onInit() {} }] }, 'ERR_NFSTREAM_OPTION_RANGE', /size of column a/],
    [
      'what a column does not have',
      { plugins: [{ columns: { a: { type: 'int', initial: 1 } }, onInit() {} }] },
      'ERR_NFSTREAM_OPTION_UNKNOWN',
      /no initial in the column a of plugin 1; known are type, default/,
    ],
    ['a merge that is none', { userMetrics: { a: { initial: 0, merge: 'mean', update() {} } } }, 'ERR_NFSTREAM_OPTION_RANGE', /merge of metric a/],
    [
      'a sum of texts',
      { userMetrics: { a: { initial: '', merge: 'sum', update() {} } } },
      'ERR_NFSTREAM_OPTION_RANGE',
      /another rule, as a text has no sum, for merge of metric a/,
    ],
    [
      'a metric without update',
      { userMetrics: { a: { initial: 0 } } },
      'ERR_NFSTREAM_OPTION_TYPE',
      /a function, or an object with initial and update for userMetrics\.a/,
    ],
    ['a metric without initial', { userMetrics: { a: { update() {} } } }, 'ERR_NFSTREAM_OPTION_TYPE', /initial of metric a/],
    [
      'a metric of null without a type',
      { userMetrics: { a: { initial: null, update() {} } } },
      'ERR_NFSTREAM_OPTION_TYPE',
      /or null and a type for initial of metric a/,
    ],
    [
      'several meters for hooks of packets',
      { meters: 2, userMetrics: big },
      'ERR_NFSTREAM_OPTION_RANGE',
      /1, as plugins that are called for packets see them in one order, for meters but received 2/,
    ],
    ['another answer to errors', { onError: 'ignore' }, 'ERR_NFSTREAM_OPTION_RANGE', /one of "fail", "skip" for onError/],
  ];
  for (const [what, options, code, message] of refused) {
    it(`refuse ${what}`, async () => {
      let error: unknown;
      try {
        await run(ofPorts(1000), options as AggregateOptions);
      } catch (thrown) {
        error = thrown;
      }
      expect(error).to.be.instanceOf(FlowError);
      expect((error as FlowError).message).to.match(message);
      expect(error).to.have.property('code', code);
      expect(() => new Streamer({ source: office, ...(options as object) }))
        .to.throw(FlowError)
        .with.property('code', code);
    });
  }
});
