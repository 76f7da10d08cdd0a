import { readFileSync } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { FlowError } from '../../lib/errors.js';
import { exactAt } from '../../lib/flows/columns.js';
import type { FlowBatch } from '../../lib/flows/flow-batch.js';
import { aggregate, captureFile, PacketBatch, Streamer, type AggregateOptions, type HookFlow } from '../../lib/index.js';
import { aggregates, compileMetrics } from '../../lib/metrics/metric.js';
import { operations } from '../../lib/metrics/program.js';
import { terms } from '../../lib/metrics/terms.js';
import { udpFrame } from '../packets.js';
import { streamOf } from '../samples.js';

const fixture = (name: string): string => fileURLToPath(new URL(`../../fixtures/${name}`, import.meta.url));

type Values = Record<string, unknown>;

async function flowsOf(captures: string[], options: AggregateOptions): Promise<Values[]> {
  const flows: Values[] = [];
  for await (const batch of captureFile(captures).pipe(aggregate({ dissections: 0, ...options })))
    for (const flow of batch) flows.push(flow.toJSON() as unknown as Values);
  return flows;
}

/** Three packets of one flow, of 43 bytes each, one second and then two apart; the second goes back. */
async function madeOf(metrics: Record<string, string>, options: AggregateOptions = {}): Promise<Values> {
  const payload = new Uint8Array(1);
  const frame = udpFrame({ payload });
  const back = udpFrame({ payload, src: '10.0.0.2', dst: '10.0.0.1', srcPort: 2000, dstPort: 1000 });
  const packets = [frame, back, frame].map((bytes, index) => ({ bytes, timeMs: 1000 + [0, 1000, 3000][index]! }));
  const [batch] = (await streamOf([PacketBatch.from(packets) as unknown as FlowBatch])
    .pipe(aggregate({ dissections: 0, metrics, ...options }))
    .filter((one: FlowBatch) => one.length > 0)
    .toArray()) as FlowBatch[];
  expect(batch!.length).to.equal(1);
  return Object.fromEntries(batch!.schema.fields.map(({ name }) => [name, exactAt(batch!.column(name), 0)]));
}

/** What the engine counts anyway. */
const known: [metric: string, column: string][] = [
  ['count()', 'bidirectional_packets'],
  ['count(where packet.direction == 0)', 'src2dst_packets'],
  ['count(packet.direction == 1)', 'dst2src_packets'],
  ['sum(packet.size)', 'bidirectional_bytes'],
  ['sum(packet.raw_size where packet.direction == 1)', 'dst2src_bytes'],
  ['min(packet.size)', 'bidirectional_min_ps'],
  ['mean(packet.size)', 'bidirectional_mean_ps'],
  ['stddev(packet.size)', 'bidirectional_stddev_ps'],
  ['max(packet.size)', 'bidirectional_max_ps'],
  ['mean(packet.delta where packet.index > 1)', 'bidirectional_mean_piat_ms'],
  ['stddev(packet.delta where packet.index > 1)', 'bidirectional_stddev_piat_ms'],
  ['max(packet.delta)', 'bidirectional_max_piat_ms'],
  ['first(packet.time)', 'bidirectional_first_seen_ms'],
  ['last(packet.time)', 'bidirectional_last_seen_ms'],
  ['first(packet.src_port)', 'src_port'],
  ['first(packet.dstPort)', 'dst_port'],
  ['max(packet.protocol)', 'protocol'],
  ['min(packet.ip_version)', 'ip_version'],
  ['max(packet.vlan)', 'vlan_id'],
  ['max(packet.tunnel)', 'tunnel_id'],
  ['min(packet.ttl where packet.direction == 0)', 'src2dst_min_ttl'],
  ['max(packet.ttl where packet.direction == 1)', 'dst2src_max_ttl'],
  ['first(packet.window where packet.direction == 0 and packet.syn)', 'src2dst_initial_window'],
  ['first(packet.window where packet.direction == 1 and packet.syn)', 'dst2src_initial_window'],
  ...(['syn', 'cwr', 'ece', 'urg', 'ack', 'psh', 'rst', 'fin'] as const).map((flag): [string, string] => [
    `count(packet.${flag})`,
    `bidirectional_${flag}_packets`,
  ]),
  ['sum(packet.ack where packet.direction == 1)', 'dst2src_ack_packets'],
];

describe('metrics', () => {
  const features = ['id', ...known.map(([, column]) => column).filter((name, index, all) => all.indexOf(name) === index)];
  const metrics = Object.fromEntries(known.map(([text], index) => [`m${index}`, text]));
  const captures = ['dns.pcap.gz', 'office.pcap'].map(fixture);

  it('agree with every column that the engine has anyway, on any number of meters', async () => {
    const runs = await Promise.all([1, 3].map((meters) => flowsOf(captures, { features, metrics, meters })));
    expect(runs[0]!.length).to.be.above(80);
    expect(runs[1]).to.deep.equal(runs[0]);
    for (const [index, [text, column]] of known.entries()) {
      // The built-in ones have no minimum to leave out.
      expect(
        runs[0]!.map((flow) => flow[`m${index}`] ?? (/delta|ps$/.test(text) ? 0 : null)),
        text,
      ).to.deep.equal(runs[0]!.map((flow) => flow[column]));
    }
  });

  it('see the sizes of the accounting mode, and each other one', async () => {
    for (const [accountingMode, term] of [
      ['frame', 'raw_size'],
      ['ip', 'ip_size'],
      ['transport', 'transport_size'],
      ['payload', 'payload_size'],
    ] as const) {
      const flows = await flowsOf(captures, {
        accountingMode,
        metrics: { a: `sum(packet.${term})`, b: 'sum(packet.size)' },
        features: ['bidirectional_bytes'],
      });
      for (const flow of flows) expect([flow['a'], flow['b']]).to.deep.equal([flow['bidirectional_bytes'], flow['bidirectional_bytes']]);
    }
  });

  const values: [text: string, value: unknown][] = [
    ['count()', 3],
    ['count(true)', 3],
    ['count(where false)', 0],
    ['sum(packet.index)', 6],
    ['sum(packet.number where packet.index != 2)', 4],
    ['sum(packet.index + 0.5)', 7.5],
    ['sum(packet.index / 2)', 3],
    ['mean(packet.index)', 2],
    ['stddev(packet.index)', 1],
    ['stddev(packet.index where packet.index == 1)', 0],
    ['mean(packet.index where false)', null],
    ['sum(packet.index where false)', 0],
    ['min(packet.index where false)', null],
    ['distinct(packet.index where false)', 0],
    ['min(-packet.index)', -3],
    ['max(abs(2 - packet.index))', 1],
    ['max(abs(1.5 - packet.index))', 1.5],
    ['first(packet.delta)', 0],
    ['last(packet.delta)', 2000],
    ['last(packet.time)', 4000],
    ['distinct(packet.direction)', 2],
    ['distinct(packet.index / 2)', 3],
    ['distinct((packet.index - 2) * 0.5)', 3],
    ['sum(packet.index % 2)', 2],
    ['sum(packet.index % 2.5)', 3.5],
    ['sum(10 / (packet.index - 2))', 0],
    ['count(10 % (packet.index - 2) == null)', 1],
    ['count(10 / (packet.index - 2) != null)', 2],
    ['count(packet.window == null)', 3],
    ['count(packet.window > 1)', 0],
    ['count(not (packet.window > 1))', 0],
    ['count(packet.window > 1 or packet.index == 1)', 1],
    ['count(not (packet.window > 1 and packet.index == 1))', 2],
    ['count(packet.index in [1, 3, 3])', 2],
    ['count(packet.index not in [1.5, 3])', 2],
    ['count(packet.index > 1.5 && packet.index <= 2e0 || packet.index == 9007199254740993)', 1],
    ['sum(9223372036854775807 where packet.index == 1)', 9223372036854775807n],
    ['sum(9223372036854775807)', null],
    ['max(9223372036854775807 + packet.index)', null],
    ['max(packet.index * 4611686018427387904)', 4611686018427387904n],
    ['max(9007199254740992 + packet.index)', 9007199254740995n],
    ['count(9007199254740992 + packet.index == 9007199254740993)', 1],
    ['max(-9223372036854775808 * 1)', -9223372036854775808n],
    ['max(-(-9223372036854775808 * 1))', null],
    ['max(abs(-9223372036854775808 + 0))', null],
    ['max((-9223372036854775808 + 0) % -1)', 0],
    ['sum(1e308)', null],
    ['max(1e308 * 10)', null],
    ['count((packet.index == 1) == true)', 1],
    ['sum(packet.syn)', 0],
    ['sum((packet.index > 1) * packet.size)', 86],
  ];
  it('come to the values that they say', async () => {
    const flow = await madeOf(Object.fromEntries(values.map(([text], index) => [`v${index}`, text])));
    for (const [index, [text, value]] of values.entries()) {
      expect(flow[`v${index}`], text).to.equal(value);
    }
  });

  it('tell times in the unit of the run', async () => {
    expect(await madeOf({ a: 'last(packet.delta)', b: 'first(packet.time)' }, { timeUnit: 'us' })).to.include({ a: 2_000_000, b: 1_000_000 });
  });

  it('count different values up to 65,536, and are null beyond', async () => {
    const frame = udpFrame({});
    const of = async (count: number): Promise<unknown> => {
      const packets = Array.from({ length: count }, (_, index) => ({ bytes: frame, timeMs: index }));
      const flows = (await streamOf([PacketBatch.from(packets) as unknown as FlowBatch])
        .pipe(aggregate({ dissections: 0, metrics: { n: 'distinct(packet.time)', few: 'distinct(packet.time % 100)' } }))
        .toArray()) as FlowBatch[];
      const flow = flows.flatMap((batch) => [...batch]).map((one) => one.toJSON() as unknown as Values)[0]!;
      expect(flow['few']).to.equal(100);
      return flow['n'];
    };
    expect([await of(65_536), await of(65_537), await of(70_000)]).to.deep.equal([65_536, null, null]);
  });

  it('are columns at the end, typed, under the names that were given, and in the metadata', async () => {
    const batches: FlowBatch[] = [];
    await pipeline(
      captureFile(captures[1]!),
      aggregate({ dissections: 0, endReason: true, metrics: { my_big: 'count(packet.size > 666)', Half: 'sum(packet.size / 2)' } }),
      async (source: AsyncIterable<FlowBatch>) => {
        for await (const batch of source) batches.push(batch);
      },
    );
    const { schema } = batches[0]!;
    expect(schema.fields.slice(-3).map(({ name, type, nullable }) => [name, type, nullable ?? false])).to.deep.equal([
      ['end_reason', 'text', false],
      ['my_big', 'int', false],
      ['Half', 'float', true],
    ]);
    expect(schema.key(schema.indexOf('my_big'))).to.equal('my_big');
    expect(JSON.parse(schema.metadata['nfstream.options']!)).to.have.deep.property('metrics', {
      my_big: 'count(packet.size > 666)',
      Half: 'sum(packet.size / 2)',
    });
  });

  it('are an option of the Streamer, and read by where', async () => {
    let flows = 0;
    for await (const flow of new Streamer({ source: captures[1]!, dissections: 0, metrics: { big: 'count(packet.size > 666)' }, where: 'big > 1' })) {
      expect((flow.toJSON() as unknown as Values)['big']).to.be.above(1);
      flows++;
    }
    expect(flows).to.be.within(1, 60);
  });

  it('are read by plugins, as they are at each packet and at the end, under the names that were given', async () => {
    const metrics = { bytes_up: 'sum(packet.size where packet.direction == 0)', last_back: 'last(packet.index where packet.direction == 1)' };
    const told: unknown[] = [];
    const tell = (flow: HookFlow): void => void told.push([flow.column('bytes_up'), (flow as unknown as Values)['bytes_up'], flow.column('last_back')]);
    const seen = await madeOf(metrics, { plugins: [{ onInit: (_, flow) => tell(flow), onUpdate: (_, flow) => tell(flow), onExpire: (flow) => tell(flow) }] });
    expect(seen).to.include({ bytes_up: 86, last_back: 2 });
    expect(told).to.deep.equal([
      [43, 43, null],
      [43, 43, 2],
      [86, 86, 2],
      [86, 86, 2],
    ]);
    told.length = 0;
    expect(await madeOf(metrics, { plugins: [{ onExpire: (flow) => tell(flow) }] })).to.deep.equal(seen);
    expect(told).to.deep.equal([[86, 86, 2]]);
  });

  it('have names that no plugin has', () => {
    expect(() => aggregate({ metrics: { big: 'count()' }, userMetrics: { big: () => {} } }))
      .to.throw(FlowError, /^There are two columns named big; give one of them another name\.$/)
      .with.property('code', 'ERR_NFSTREAM_COLUMN');
  });

  const refused: [metrics: unknown, code: string, message: RegExp][] = [
    [{ big: 'count(packet.sizes > 666)' }, 'ERR_NFSTREAM_EXPRESSION', /^metric 'big', column 7: there is no packet\.sizes; did you mean packet\.size\?$/],
    [{ big: 'count(size > 666)' }, 'ERR_NFSTREAM_EXPRESSION', /^metric 'big', column 7: there is no size; did you mean packet\.size\?$/],
    [
      { big: 'count(flow.nothing_of_it > 666)' },
      'ERR_NFSTREAM_EXPRESSION',
      /column 7: there is no flow\.nothing_of_it; docs\/metrics\.md lists what a packet has\.$/,
    ],
    [{ big: 'count(packet.size = 666)' }, 'ERR_NFSTREAM_EXPRESSION', /column 19: "=" is not known here/],
    [{ big: 'packet.size' }, 'ERR_NFSTREAM_EXPRESSION', /column 1: a metric is one of count, sum, min, .*distinct, as in count\(packet\.size > 666\)\.$/],
    [{ big: 'cuont()' }, 'ERR_NFSTREAM_EXPRESSION', /column 1: there is no metric cuont\(\); did you mean count\?$/],
    [{ big: 'median(packet.size)' }, 'ERR_NFSTREAM_EXPRESSION', /there is no metric median\(\); /],
    [{ big: 'sum()' }, 'ERR_NFSTREAM_EXPRESSION', /sum\(\) takes one value, as in sum\(packet\.size\)\.$/],
    [{ big: 'sum(1, 2)' }, 'ERR_NFSTREAM_EXPRESSION', /sum\(\) takes one value/],
    [{ big: 'count(packet.size)' }, 'ERR_NFSTREAM_EXPRESSION', /column 7: this is a number, where a condition is expected\.$/],
    [{ big: 'count(true where true)' }, 'ERR_NFSTREAM_EXPRESSION', /count\(\) takes one condition/],
    [{ big: 'sum(packet.size where packet.size)' }, 'ERR_NFSTREAM_EXPRESSION', /column 23: this is a number, where a condition/],
    [{ big: 'sum("x")' }, 'ERR_NFSTREAM_EXPRESSION', /column 5: this is a text, and packets have numbers only\.$/],
    [{ big: 'sum(null)' }, 'ERR_NFSTREAM_EXPRESSION', /column 5: null is compared/],
    [{ big: 'count(packet.size < null)' }, 'ERR_NFSTREAM_EXPRESSION', /column 19: null is compared/],
    [{ big: 'sum(lower(packet.size))' }, 'ERR_NFSTREAM_EXPRESSION', /column 5: there is no function lower here; there is abs\.$/],
    [{ big: 'sum(abs())' }, 'ERR_NFSTREAM_EXPRESSION', /column 5: abs\(\) takes one number\.$/],
    [{ big: 'sum(9223372036854775808)' }, 'ERR_NFSTREAM_EXPRESSION', /column 5: this integer has more than 64 bits\.$/],
    [{ big: `sum(packet.size in [${'1,'.repeat(5000)}1])` }, 'ERR_NFSTREAM_EXPRESSION', /more than 4096 operations/],
    [{ big: `count(true${' and true'.repeat(4000)})` }, 'ERR_NFSTREAM_EXPRESSION', /this takes 8001 operations, and may take 4096\.$/],
    [{ 'a b': 'count()' }, 'ERR_NFSTREAM_OPTION_RANGE', /names of letters, digits, _ and \. for metrics, of at most 100 characters, but received "a b"\.$/],
    [{ '': 'count()' }, 'ERR_NFSTREAM_OPTION_RANGE', /received ""\.$/],
    [{ big: 5 }, 'ERR_NFSTREAM_OPTION_TYPE', /^Expected an expression for metrics\.big but received 5 \(a number\)\.$/],
    [{ src_ip: 'count()' }, 'ERR_NFSTREAM_COLUMN', /^There are two columns named src_ip; give one of them another name\.$/],
    [Object.fromEntries(Array.from({ length: 1025 }, (_, n) => [`m${n}`, 'count()'])), 'ERR_NFSTREAM_OPTION_RANGE', /at most 1024 metrics but received 1025/],
    ['count()', 'ERR_NFSTREAM_OPTION_TYPE', /^Expected an object of names and expressions for metrics/],
  ];
  for (const [given, code, message] of refused) {
    it(`refuses ${JSON.stringify(given).slice(0, 60)}`, () => {
      expect(() => aggregate({ metrics: given as Record<string, string> }))
        .to.throw(FlowError, message)
        .with.property('code', code);
    });
  }

  it('have programs of the deepest expressions that can be written, which the engine takes', async () => {
    let deep = 'packet.size';
    for (let depth = 0; depth < 48; depth++) deep = `packet.index + (${deep} == 1)`;
    const metric = `sum(${deep})`;
    expect(compileMetrics({ metric })[0]!.value.length).to.equal(2 * (1 + 48 * 4));
    // That of the first packet, whose index is 1, goes from 1 to 2 and back; the others stay.
    expect(await madeOf({ metric })).to.have.property('metric', 7);
    expect(() => compileMetrics({ metric: `sum(${'packet.size + ('.repeat(101)}1${')'.repeat(101)})` })).to.throw(FlowError, /stands more than 100 deep/);
  });

  const contracts: [what: string, file: string, list: RegExp, names: readonly string[]][] = [
    ['a term', 'packet_terms.h', /enum class Term : uint8_t \{([^}]*)\bcount\s*\}/, terms.map(({ name }) => name)],
    ['an operation', 'program.h', /enum class Operation : uint8_t \{([^}]*)\bcount\s*\}/, operations],
    ['an aggregate', 'metric_set.h', /enum class Aggregate : uint8_t \{([^}]*)\bhow_many\s*\}/, aggregates],
  ];
  for (const [what, file, list, names] of contracts) {
    it(`have ${what} for each one of the engine, in its order`, () => {
      const header = readFileSync(new URL(`../../native/engine/metrics/${file}`, import.meta.url), 'utf8');
      const [, text] = list.exec(header)!;
      expect(
        text!
          .replace(/\/\/.*$/gm, '')
          .split(/[\s,]+/)
          .filter((name) => name !== ''),
      ).to.deep.equal([...names]);
    });
  }
});
