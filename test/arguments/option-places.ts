import * as library from '../../lib/index.js';
import type { OptionStage } from '../../lib/option-stages.js';
import type { Option } from '../../lib/options.js';
import { Predictor, type PredictOptions } from '../../lib/predict/predict.js';
import { fakeRuntime } from '../predict/fake-runtime.js';
import { rejection } from '../capture/build-capture.js';
import { all, intoSink, withCapture, withFlows, withPackets, withPieces } from './runs.js';
import type { Place, WrongValue } from './wrong-values.js';

/** A folder of partitions must be new. */
let outputs = 0;

/** Reads the first of what may go on for ever. */
async function some(source: AsyncIterable<unknown>): Promise<void> {
  for await (const _ of source) return;
}

/** The ways to give an option of each stage. */
const ways: Readonly<Record<OptionStage, readonly ((options: object) => unknown)[]>> = {
  capture: [
    (options) => all(library.captureFile('a.pcap', options)),
    (options) => withCapture(library.captureStream(options)),
    (options) => all(new library.Streamer({ source: 'a.pcap', dissections: 0, ...options })),
  ],
  timeline: [(options) => some(library.captureFile('a.pcap', options))],
  // No device has a name with a slash: what is right is told so.
  live: [
    async (options) => {
      const error = await rejection(library.captureLive('no/device', options).toArray());
      if (!/no\/device/.test(error.message)) throw error;
    },
    (options) => all(new library.Streamer({ source: 'a.pcap', dissections: 0, ...options })),
  ],
  aggregate: [
    (options) => withPackets(library.aggregate({ dissections: 0, ...options })),
    (options) => all(new library.Streamer({ source: 'a.pcap', dissections: 0, ...options })),
  ],
  report: [(options) => withPackets(library.aggregate({ dissections: 0, ...options }))],
  enrich: [(options) => withFlows(library.enrich(options))],
  label: [(options) => withFlows(library.label({ rules: [], ...options }))],
  where: [(options) => withFlows(library.where({ expression: 'id > 0', ...options }))],
  stitch: [(options) => withPieces(library.stitch(options))],
  plugins: [
    (options) => withPackets(library.aggregate({ dissections: 0, ...options })),
    (options) => all(new library.Streamer({ source: 'a.pcap', dissections: 0, ...options })),
  ],
  predict: [(options) => withFlows(new Predictor({ model: Buffer.from('a model'), inputs: ['id'], ...options } as PredictOptions, fakeRuntime()))],
  anonymize: [(options) => withFlows(library.anonymize({ columns: ['src_ip'], ...options }))],
  packets: [(options) => new library.Streamer({ source: 'a.pcap', dissections: 0 }).toCapture(`o${outputs++}.pcapng`, options)],
  packetFile: [(options) => new library.Streamer({ source: 'a.pcap', dissections: 0 }).toCapture(`o${outputs++}-{protocol}.pcapng`, options)],
  json: [
    (options) => withFlows(library.toJson(options)),
    (options) => (Object.keys(options).includes('format') ? withFlows(library.toJson(options)) : intoSink(library.toFile('o.json', options))),
  ],
  csv: [(options) => withFlows(library.toCsv(options)), (options) => intoSink(library.toFile('o.csv', options))],
  cic: [(options) => library.toCicCsv(options)],
  arrow: [
    (options) => withFlows(library.toArrow(options)),
    (options) => (Object.keys(options).includes('format') ? withFlows(library.toArrow(options)) : intoSink(library.toFile('o.arrow', options))),
  ],
  parquet: [(options) => withFlows(library.toParquet(options))],
  file: [(options) => intoSink(library.toFile(`o${outputs++}.csv`, options))],
  rotate: [(options) => intoSink(library.toFile(`o${outputs++}-{n}.csv`, { rotate: { ['flows' in options ? 'bytes' : 'flows']: 100, ...options } }))],
  page: [(options) => intoSink(library.toReport('report.html', options))],
  read: [(options) => all(library.fromJson('flows.jsonl', options)), (options) => all(library.fromParquet('flows.parquet', options))],
  readText: [
    (options) => all(library.fromJson('flows.jsonl', options)),
    (options) => all(library.fromCsv('flows.csv', options)),
    (options) => all(library.fromFile('flows.csv', options)),
  ],
  readCsv: [(options) => all(library.fromCsv('one.csv', options)), (options) => all(library.fromFile('one.csv', options))],
  readFile: [(options) => all(library.fromFile('flows.csv', options))],
};

/** What values of a type of option mean something. */
const accepted: Readonly<Record<Option['type'], readonly WrongValue[]>> = {
  seconds: ['1.5'],
  integer: [],
  'integer or auto': [],
  boolean: ['true'],
  'boolean or seconds': ['true', '1.5'],
  text: ["''"],
  path: ["''"],
  choice: [],
  'choice or names': [],
  set: ['true', '[]'],
  names: [],
  'column types': ['{}'],
  bytes: [],
  group: [],
  expression: [],
  metrics: ['{}'],
  model: [],
  'path or rows': ['[]'],
  'names by part': [],
  number: ['NaN', '1.5', '-1'],
  code: [],
};

/** Options that take other values than their type, or whose errors name them in other words; those of what is found only when a run looks for it. */
const special: Readonly<Record<string, { accepts?: readonly WrongValue[]; names?: RegExp }>> = {
  'capture filter': { names: /filter/i },
  'aggregate features': { names: /features|no column named/ },
  'aggregate protocolsFile': { names: /protocolsFile|There is no file|could not be/ },
  'aggregate categoriesFile': { names: /categoriesFile|There is no file|could not be/ },
  // Right, but not for captures.
  'aggregate processes': { accepts: [] },
  'enrich oui': { accepts: [], names: /oui|src_mac/ },
  'enrich asn': { names: /asn|(__proto__|toString) is no database|There is no file|could not be opened/ },
  'enrich country': { names: /country|(__proto__|toString) is no database|There is no file|could not be opened/ },
  'label rules': { accepts: ['[]'], names: /rules|There is no file|could not be opened/ },
  'label default': { accepts: ["''", 'a NUL', "'__proto__'", "'toString'", 'a huge string'] },
  'label zone': { accepts: [] },
  'where expression': { names: /where/ },
  'plugins plugins': { accepts: ['[]'] },
  'plugins userMetrics': { accepts: ['{}'] },
  'plugins worker': { names: /worker/ },
  'plugins pluginPrefix': { accepts: ["''", 'a NUL', "'__proto__'", "'toString'", 'a huge string'] },
  'anonymize columns': { names: /columns|no column/ },
  'predict model': { accepts: ["'__proto__'", "'toString'"], names: /model|There is no file|could not be opened/ },
  'predict inputs': { names: /inputs|has no input/ },
  'predict column': { accepts: ["'__proto__'", "'toString'", "['__proto__']", 'a NUL', 'a huge string'], names: /column|has no output/ },
  'packets where': { names: /where/ },
  'packets flows': { accepts: ['[]'], names: /flows/ },
  'file rotate': { names: /rotate|no option a here/ },
  'csv delimiter': { accepts: [] },
  'readCsv delimiter': { accepts: [] },
  'page title': { accepts: ["''", 'a NUL', "'__proto__'", "'toString'", 'a huge string'] },
  'readCsv columns': { accepts: ['a NUL', "'__proto__'", "'toString'", 'a huge string', "['__proto__']"] },
};

/** Options that their stage can't do without. */
const required: ReadonlySet<string> = new Set(['label rules', 'where expression', 'predict model', 'predict inputs', 'anonymize columns']);

/** What an option needs beside it to be of use. */
function needed({ stage, type }: Option): object {
  return stage === 'aggregate' && (type === 'path' || type === 'boolean') ? { dissections: 1 } : {};
}

/** The places where an option of the table is given. */
export function placesOf(row: Option): Place[] {
  const { accepts, names } = special[`${row.stage} ${row.name}`] ?? {};
  return ways[row.stage].map((way) => ({
    give: (value) => way({ [row.name]: value, ...needed(row) }),
    names: names ?? new RegExp(row.name),
    accepts: ['undefined', ...(accepts ?? accepted[row.type])].filter((name) => !(required.has(`${row.stage} ${row.name}`) && name === 'undefined')),
  }));
}
