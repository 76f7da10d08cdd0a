import { DuckDBInstance } from '@duckdb/node-api';
import { Writable } from 'node:stream';
import * as library from '../../lib/index.js';
import { rejection } from '../capture/build-capture.js';
import { all, flowBatch, flowRows, intoSink, packets, perFileInto, used, withCapture, withFlows, withPackets, withPieces } from './runs.js';
import type { Place, WrongValue } from './wrong-values.js';

const { PacketBatch, FlowBatch, FlowError, Schema, Streamer } = library;

const names: readonly WrongValue[] = ['a NUL', "'__proto__'", "'toString'", 'a huge string'];
const notGiven: readonly WrongValue[] = ['undefined'];
const options: readonly WrongValue[] = ['undefined', '{}'];
const text: readonly WrongValue[] = ["''", ...names];

/** What is told of a path that is one, but at which nothing is. */
const path = '|There is no file|could not be opened|is neither pcap nor pcapng|Can.t write';

const streamer = new Streamer({ source: 'a.pcap', dissections: 0 });
const packetBatch = PacketBatch.from(packets);
/** A run's state is written to. */
const copied = (value: any): any => {
  if (Object.prototype.toString.call(value) !== '[object Object]') return value;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null ? Object.assign(Object.create(prototype as object | null), value) : value;
};

const connected = DuckDBInstance.create(':memory:', { threads: '1' }).then((instance) => instance.connect());

const schema = new Schema(flowBatch.schema.fields);

type Reader = 'fromArrow' | 'fromCsv' | 'fromFile' | 'fromJson' | 'fromParquet';

function reader(name: Reader, file: string, others: readonly WrongValue[] = []): Place[] {
  return [
    { give: (value) => all(library[name](value)), names: new RegExp(`the source of ${name}\\(\\)${path}`), accepts: others },
    { give: (value) => all(library[name](file, value)), names: /the options|no option a here/, accepts: options },
  ];
}

function exporter(name: 'toArrow' | 'toCsv' | 'toJson' | 'toParquet'): Place[] {
  return [{ give: (value) => withFlows(library[name](value)), names: /the options|no option a here/, accepts: options }];
}

function writing(name: 'toArrow' | 'toCsv' | 'toJson' | 'toParquet' | 'toFile', file: string): Place[] {
  const anyName = name === 'toFile' ? [] : ["'__proto__'", "'toString'"];
  return [
    { give: (value) => streamer[name](value), names: new RegExp(`the path of toFile\\(\\)|does not tell a format${path}`), accepts: anyName },
    { give: (value) => streamer[name](file, value), names: /the options|no option a here/, accepts: options },
    ...(name === 'toFile' ? [] : [{ give: (value: never) => streamer[name](file, { format: value }), names: /format/, accepts: notGiven }]),
  ];
}

/** A plugin of ours; some need an option. */
function shipped(name: 'dhcp' | 'dstName' | 'mdns' | 'payload' | 'reassembly' | 'slicer' | 'splt' | 'tcpEnd' | 'wavelet', needsOption: boolean): Place[] {
  const names = new RegExp(`(the options|an option|option a|bytes|packets|levels) of ${name}\\(\\)|options of ${name}\\(\\)`);
  return [{ give: (value) => withPackets(library.aggregate({ plugins: [library[name](value)] })), names, accepts: needsOption ? [] : options }];
}

/** Where each export takes a value. A class has its constructor and its methods, which its name is before. */
export const places: Readonly<Record<string, readonly Place[]>> = {
  aggregate: [{ give: (value) => withPackets(library.aggregate(value)), names: /the options|no option a here/, accepts: options }],
  anonymize: [{ give: (value) => withFlows(library.anonymize(value)), names: /the options of anonymize\(\)|columns|no column/, accepts: [] }],
  enrich: [{ give: (value) => withFlows(library.enrich(value)), names: /the options of enrich\(\)|no option a here/, accepts: ['{}'] }],
  label: [{ give: (value) => withFlows(library.label(value)), names: /the options of label\(\)|for rules|no option a here/, accepts: [] }],
  dhcp: shipped('dhcp', false),
  dstName: shipped('dstName', false),
  mdns: shipped('mdns', false),
  payload: shipped('payload', true),
  reassembly: shipped('reassembly', true),
  slicer: shipped('slicer', true),
  splt: shipped('splt', true),
  tcpEnd: shipped('tcpEnd', false),
  wavelet: shipped('wavelet', true),
  predict: [{ give: (value) => withFlows(library.predict(value)), names: /the options of predict\(\)|model|no option a here/, accepts: [] }],
  captureFile: [
    { give: (value) => all(library.captureFile(value)), names: new RegExp(`the capture${path}`), accepts: [] },
    { give: (value) => all(library.captureFile('a.pcap', value)), names: /the options|no option a here/, accepts: options },
  ],
  captureLive: [
    { give: (value) => all(library.captureLive(value)), names: /the device|network device/, accepts: [] },
    {
      give: async (value) => {
        const error = await rejection(library.captureLive('no/device', value).toArray());
        if (!/no\/device/.test(error.message)) throw error;
      },
      names: /the options|no option a here/,
      accepts: options,
    },
  ],
  captureStream: [{ give: (value) => withCapture(library.captureStream(value)), names: /the options|no option a here/, accepts: options }],
  findCaptures: [
    { give: (value) => library.findCaptures(value), names: /the captures of findCaptures\(\)/, accepts: ["'__proto__'", "'toString'", "['__proto__']"] },
  ],
  flows: [{ give: (value) => all(library.flows(value)), names: /flows\(\)/, accepts: ['[]'] }],
  fromArrow: reader('fromArrow', 'flows.arrow'),
  fromCsv: reader('fromCsv', 'flows.csv'),
  fromFile: reader('fromFile', 'flows.csv'),
  fromJson: reader('fromJson', 'flows.jsonl'),
  fromParquet: reader('fromParquet', 'flows.parquet'),
  table: [{ give: (value) => library.table(value), names: new RegExp(`table\\(\\)|source|option a here${path}`), accepts: [] }],
  registerFlows: [
    { give: (value) => library.registerFlows(value, 'flows', 'a.pcap'), names: /the connection of registerFlows\(\)/, accepts: [] },
    {
      give: async (value) => library.registerFlows(await connected, value, 'a.pcap'),
      names: /the name of the table/,
      accepts: ["'__proto__'", "'toString'", 'a huge string'],
    },
    {
      give: async (value) => library.registerFlows(await connected, 'flows', value),
      names: new RegExp(`the source of registerFlows\\(\\)|the source${path}`),
      accepts: [],
    },
  ],
  tee: [
    { give: (value) => intoSink(library.tee(value)), names: /stage 1 of tee\(\)/, accepts: [] },
    {
      give: (value) => intoSink(library.tee(new Writable({ objectMode: true, write: (_chunk, _encoding, callback) => callback() }), value)),
      names: /stage 2 of tee\(\)/,
      accepts: [],
    },
  ],
  toArrow: exporter('toArrow'),
  // The usual flows have not the columns that it needs.
  toCicCsv: [{ give: (value) => library.toCicCsv(value), names: /the options|no option a here/, accepts: options }],
  toCsv: exporter('toCsv'),
  toJson: exporter('toJson'),
  toParquet: exporter('toParquet'),
  toFile: [
    { give: (value) => intoSink(library.toFile(value)), names: /the path of toFile\(\)|does not tell a format/, accepts: [] },
    {
      give: (value) => intoSink(library.toFile(value, { format: 'csv' })),
      names: new RegExp(`the path of toFile\\(\\)${path}`),
      accepts: ["'__proto__'", "'toString'"],
    },
    { give: (value) => intoSink(library.toFile('out.csv', value)), names: /the options|no option a here/, accepts: options },
  ],
  toReport: [
    { give: (value) => intoSink(library.toReport(value)), names: new RegExp(`the path of toReport\\(\\)${path}`), accepts: ["'__proto__'", "'toString'"] },
    { give: (value) => intoSink(library.toReport('report.html', value)), names: /the options|no option a here/, accepts: options },
  ],
  toFilePerSource: [
    { give: (value) => perFileInto(library.toFilePerSource(value)), names: /the path of toFilePerSource\(\)/, accepts: [] },
    { give: (value) => perFileInto(library.toFilePerSource('{name}.csv', value)), names: /the options|no option a here/, accepts: options },
  ],
  interfaces: [],
  stitch: [{ give: (value) => withPieces(library.stitch(value)), names: /the options|no option a here/, accepts: options }],
  versions: [],
  where: [{ give: (value) => withFlows(library.where(value)), names: /where|no option a here/, accepts: [] }],

  'new PacketBatch': [], // made by sources and from()
  'PacketBatch.from': [
    { give: (value) => [...PacketBatch.from(value)], names: /packets of PacketBatch\.from\(\)|packet 0/, accepts: ['[]'] },
    { give: (value) => PacketBatch.from(packets, value), names: /the options|no option a here/, accepts: options },
    { give: (value) => PacketBatch.from([value]), names: /packet 0/, accepts: [] },
    ...(['bytes', 'timeNs', 'timeMs', 'linkType', 'wireLength', 'interfaceId'] as const).map((name): Place => ({
      give: (value) => PacketBatch.from([{ ...packets[0]!, [name]: value }]),
      names: new RegExp(`${name.replace('timeNs', 'time[NM]s')} of packet 0`),
      accepts: name === 'bytes' ? [] : name === 'timeMs' ? ['1.5', '-1'] : notGiven,
    })),
  ],
  'PacketBatch.empty': [], // internal
  'PacketBatch.ofDamage': [], // internal
  'PacketBatch.prototype.at': [{ give: (value) => packetBatch.at(value), names: /the index of at\(\)/, accepts: ['-1'] }],
  'PacketBatch.prototype.filter': [{ give: (value) => packetBatch.filter(value), names: /the test of filter\(\)/, accepts: ['a function'] }],
  'PacketBatch.prototype.memory': [], // internal
  'PacketBatch.prototype.claim': [],
  'PacketBatch.prototype.release': [],

  'new FlowBatch': [], // made by aggregators, readers and from()
  'FlowBatch.from': [
    { give: (value) => used(FlowBatch.from(value)), names: /FlowBatch\.from\(\)/, accepts: ['[]'] },
    { give: (value) => used(FlowBatch.from([value])), names: /row 0 of FlowBatch\.from\(\)/, accepts: ['{}', 'a null prototype'] },
    { give: (value) => used(FlowBatch.from(flowRows, copied(value))), names: /the run of FlowBatch\.from\(\)/, accepts: [...options, 'a null prototype'] },
    { give: (value) => used(FlowBatch.from([{ id: value }])), names: /Column id has a value in row 0/, accepts: ['undefined', 'null', '-1'] },
    { give: (value) => used(FlowBatch.from([{ src_ip: value }])), names: /Column src_ip has a value in row 0/, accepts: ['undefined', 'null', ...text] },
    {
      give: (value) => used(FlowBatch.from([{ own: value }])),
      names: /Column own has a value in row 0/,
      accepts: ['undefined', 'null', '1.5', '-1', ...text, '[]'],
    },
  ],
  'FlowBatch.prototype.column': [{ give: (value) => flowBatch.column(value), names: /the name of a column|no column named/, accepts: [] }],
  'FlowBatch.prototype.at': [{ give: (value) => flowBatch.at(value), names: /the row of at\(\)/, accepts: ['-1'] }],
  'FlowBatch.prototype.filter': [{ give: (value) => flowBatch.filter(value), names: /the test of filter\(\)/, accepts: ['a function'] }],
  'FlowBatch.prototype.slice': [
    { give: (value) => used(flowBatch.slice(value)), names: /the first row of slice\(\)/, accepts: ['undefined', '-1'] },
    { give: (value) => used(flowBatch.slice(0, value)), names: /the end of slice\(\)/, accepts: ['undefined', '-1'] },
  ],
  'FlowBatch.prototype.select': [{ give: (value) => used(flowBatch.select(value)), names: /the columns of select\(\)|no column named/, accepts: ['[]'] }],
  'FlowBatch.prototype.withColumn': [
    { give: (value) => used(flowBatch.withColumn(value, 'int', [1, 2, 3])), names: /the name of a column/, accepts: names },
    { give: (value) => used(flowBatch.withColumn('x', value, [1, 2, 3])), names: /the type of column x/, accepts: [] },
    { give: (value) => used(flowBatch.withColumn('x', 'int', value)), names: /[cC]olumn x/, accepts: [] },
    { give: (value) => used(flowBatch.withColumn('x', 'int', [1, 2, 3], value)), names: /the options of withColumn\(\)|no option a here/, accepts: options },
    { give: (value) => used(flowBatch.withColumn('x', 'list', [null, null, null], { size: value })), names: /size/, accepts: notGiven },
    { give: (value) => used(flowBatch.withColumn('x', 'list', [[1], [2], [3]], { bigint: value })), names: /bigint/, accepts: ['undefined', 'true'] },
    ...(['int', 'float', 'text', 'list'] as const).map((type): Place => ({
      give: (value) => used(flowBatch.withColumn('x', type, [value, null, null], type === 'list' ? { size: 1 } : {})),
      names: /Column x has a value in row 0/,
      accepts: ['undefined', 'null', ...{ int: ['-1'], float: ['1.5', '-1'], text, list: [] }[type]],
    })),
  ],

  'new FlowPlugin': [],

  'new Schema': [
    { give: (value) => new Schema(value), names: /fields? (0 )?of a Schema/, accepts: ['[]'] },
    { give: (value) => new Schema([value]), names: /field 0 of a Schema/, accepts: [] },
    { give: (value) => new Schema([], copied(value)), names: /the run of a Schema/, accepts: [...options, 'a null prototype'] },
    { give: (value) => new Schema([], { damage: null }, value), names: /the metadata of a Schema/, accepts: options },
  ],
  'Schema.prototype.indexOf': [{ give: (value) => schema.indexOf(value), names: /the name of a column/, accepts: text }],
  'Schema.prototype.key': [{ give: (value) => schema.key(value), names: /no column of index/, accepts: [] }],

  'new FlowError': [
    { give: (value) => new FlowError(value, 'A sentence.'), names: /the code of a FlowError/, accepts: [] },
    { give: (value) => new FlowError('ERR_NFSTREAM_READ', value), names: /the message of a FlowError/, accepts: text },
    {
      give: (value) => new FlowError('ERR_NFSTREAM_READ', 'A sentence.', value),
      names: /the details of a FlowError/,
      accepts: [...options, 'a null prototype'],
    },
  ],

  'new Streamer': [
    { give: (value) => new Streamer(value), names: /the options|source|option a here/, accepts: [] },
    { give: (value) => all(new Streamer({ source: value })), names: new RegExp(`source${path}`), accepts: [] },
    {
      give: (value) => all(new Streamer({ source: 'a.pcap', dissections: 0, anonymize: value })),
      names: /anonymize|columns|no column|option a here/,
      accepts: notGiven,
    },
    { give: (value) => all(new Streamer({ source: 'a.pcap', dissections: 0, predict: value })), names: /predict|model|option a here/, accepts: notGiven },
    { give: (value) => all(new Streamer({ source: 'a.pcap', dissections: 0, signal: value })), names: /signal/, accepts: notGiven },
  ],
  'Streamer.prototype.toCsv': writing('toCsv', 'out.csv'),
  'Streamer.prototype.toJson': writing('toJson', 'out.json'),
  'Streamer.prototype.toArrow': writing('toArrow', 'out.arrow'),
  'Streamer.prototype.toParquet': writing('toParquet', 'out.parquet'),
  'Streamer.prototype.toFile': [
    ...writing('toFile', 'out.csv'),
    { give: (value) => streamer.toFile('out.csv', { onProgress: value }), names: /onProgress/, accepts: ['undefined', 'a function'] },
  ],
  'Streamer.prototype.toCapture': [
    { give: (value) => streamer.toCapture(value), names: new RegExp(`the path of toCapture\\(\\)${path}`), accepts: ["'__proto__'", "'toString'"] },
    { give: (value) => streamer.toCapture('out.pcapng', value), names: /the options|no option a here/, accepts: options },
  ],
  'Streamer.prototype.toPacketTable': [
    { give: (value) => streamer.toPacketTable(value), names: new RegExp(`the path of toPacketTable\\(\\)|does not tell a format${path}`), accepts: [] },
    { give: (value) => streamer.toPacketTable('out.csv', value), names: /the options|no option a here/, accepts: options },
  ],
  'Streamer.prototype.toTable': [],
};

/** What of the library can be called, by the names of {@link places}. */
export function callables(): string[] {
  return Object.entries(library).flatMap(([name, value]) => {
    if (typeof value !== 'function') return [];
    if (!/^class\b/.test(Function.prototype.toString.call(value))) return [name];
    const own = (of: object, before: string): string[] =>
      Object.entries(Object.getOwnPropertyDescriptors(of))
        .filter(([key, { value: method }]) => key !== 'constructor' && typeof method === 'function')
        .map(([key]) => `${before}.${key}`);
    return [`new ${name}`, ...own(value, name), ...own(value.prototype as object, `${name}.prototype`)];
  });
}
