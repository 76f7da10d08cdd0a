// What a strict project of a user writes: every export is used as its documentation says, and mistakes that the types must tell are expected.
import { Readable, Transform, Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Table } from 'apache-arrow';
import {
  aggregate,
  anonymize,
  captureFile,
  captureStream,
  classicFields,
  errorCodes,
  fields,
  findCaptures,
  FlowBatch,
  FlowError,
  flows,
  fromArrow,
  fromCsv,
  fromFile,
  fromJson,
  fromParquet,
  ignoreReasons,
  PacketBatch,
  presets,
  Streamer,
  table,
  tee,
  toArrow,
  toCsv,
  toFile,
  toFilePerSource,
  toJson,
  toParquet,
  tunnelKinds,
  versions,
  type AggregateOptions,
  type AggregateReport,
  type CaptureReport,
  type Field,
  type FileReport,
  type Flow,
  type FlowErrorCode,
  type FlowRow,
  type FlowValue,
  type IgnoreReason,
  type Packet,
  type PacketSource,
  type Preset,
  type Progress,
  type ReadReport,
  type Schema,
  type StreamerOptions,
  type TunnelKind,
} from 'nfstream';

const own: AggregateOptions = { idleTimeout: 60, activeTimeout: Infinity, statistics: true, features: 'full', timeUnit: 'ns', splt: 4 };
const source: PacketSource = captureFile(['a.pcap', 'b.pcapng'], { filter: 'tcp', merge: true, decodeTunnels: ['gtp', 'vxlan'] });
const aggregator = aggregate(own);
await pipeline(source, aggregator, anonymize({ columns: ['src_ip'], method: 'prefix' }), toFile('flows.csv', { delimiter: ';', rotate: { flows: 1000 } }));

const counted: CaptureReport = source.report();
const ended: AggregateReport = aggregator.report();
const packets: number = counted.packets;
const idle: number = ended.endReasons.idle;

const withServerName = new Transform({
  objectMode: true,
  transform(batch: FlowBatch, _encoding, done) {
    done(null, batch.filter((flow) => flow.requestedServerName !== '').select(['dst_ip', 'requested_server_name']));
  },
});
const seen = new Writable({ objectMode: true, write: (_batch: FlowBatch, _encoding, done) => done() });
const outputs = [
  toJson({ bigints: 'string' }),
  toCsv({ header: false }),
  toArrow({ format: 'file', dictionary: true }),
  toParquet({ compression: 'zstd', compact: true }),
];
await pipeline(Readable.from([]), captureStream(), aggregate(), withServerName, tee(...outputs, toFilePerSource('outputs', { format: 'csv' }), seen));

for await (const flow of flows(captureFile('a.pcap').pipe(aggregate()))) {
  const text: string = flow.srcIp;
  const bytes: number = flow.bidirectionalBytes;
  const own: unknown = flow['site_name'];
  const values: FlowValue[] = flow.values();
  const plain: Record<string, unknown> = flow.detach().toJSON();
  console.log(text, bytes, own, values, plain);
}

const options: StreamerOptions = { source: 'a.pcap', anonymize: ['src_ip'], signal: AbortSignal.timeout(1000) };
const streamer = new Streamer(options);
for await (const row of streamer) show(row);
function show(row: FlowRow): string {
  return `${row.applicationName} ${row.bidirectionalPackets}`;
}
await streamer.toCsv('flows.csv', { delimiter: '\t' });
const written: FileReport = toFile('flows.csv').report();
const arrow: Table = await table(streamer);

for (const reader of [
  fromJson('a.jsonl', { types: { site: 'int' } }),
  fromCsv(Readable.from([])),
  fromArrow('a.arrow'),
  fromParquet('a.parquet'),
  fromFile('a.csv'),
]) {
  const report: ReadReport = reader.report();
  for await (const batch of reader as AsyncIterable<FlowBatch>) console.log(batch.length, report);
}

const batch: FlowBatch = FlowBatch.from([{ id: 1, site_name: 'a' }]);
const more = batch.withColumn('upload_share', 'float', [0.5]).slice(0, 1);
for (const flow of more) keep(flow);
function keep(flow: Flow): string[] {
  return flow.keys();
}
const schema: Schema = more.schema;
const known: readonly Field[] = [...fields, ...classicFields];
for (const packet of PacketBatch.from([])) use(packet);
function use(packet: Packet): number {
  return packet.wireLength;
}

const preset: Preset = presets[0]!;
const kind: TunnelKind = tunnelKinds[0]!;
const reason: IgnoreReason = ignoreReasons[0]!;
const codes = Object.keys(errorCodes) as FlowErrorCode[];
const progress = (told: Progress): void => console.log(told.packets);

try {
  console.log(
    (await findCaptures('captures'))[0]?.bytes,
    versions().nfstream,
    counted,
    packets,
    idle,
    written,
    arrow.numRows,
    schema,
    known,
    preset,
    kind,
    reason,
    codes,
    progress,
  );
} catch (error) {
  if (error instanceof FlowError) console.log(error.code, error.file, error.offset);
}

// @ts-expect-error an option that does not exist
aggregate({ idleTimout: 60 });
// @ts-expect-error a value that is none of the choices
toArrow({ format: 'feather' });
// @ts-expect-error Parquet is read from files
fromParquet(Readable.from([]));
// @ts-expect-error a source is needed
new Streamer({ idleTimeout: 60 });
