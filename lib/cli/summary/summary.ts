import type { FlowColumn } from '../../flows/columns.js';
import { valueAt } from '../../flows/columns.js';
import type { FlowBatch } from '../../flows/flow-batch.js';
import { HeavyHitters } from './heavy-hitters.js';

/** A class of a histogram: everything below `below` that is in no class before it. */
export interface Bin {
  readonly title: string;
  readonly below: number;
  flows: number;
}

const durationBins: readonly (readonly [title: string, below: number])[] = [
  ['0 ms', 1],
  ['to 10 ms', 10],
  ['to 100 ms', 100],
  ['to 1 s', 1000],
  ['to 10 s', 10_000],
  ['to 1 min', 60_000],
  ['to 10 min', 600_000],
  ['longer', Infinity],
];

const sizeBins: readonly (readonly [title: string, below: number])[] = [
  ['to 100 B', 100],
  ['to 1 kB', 1e3],
  ['to 10 kB', 1e4],
  ['to 100 kB', 1e5],
  ['to 1 MB', 1e6],
  ['to 10 MB', 1e7],
  ['to 100 MB', 1e8],
  ['larger', Infinity],
];

/** Columns of which one set, the first that is there, tells a number: their sum. nfstream's first releases have other names. */
const amounts = {
  bytes: [['bidirectional_bytes'], ['src_to_dst_bytes', 'dst_to_src_bytes']],
  packets: [['bidirectional_packets'], ['src_to_dst_pkts', 'dst_to_src_pkts']],
  duration: [['bidirectional_duration_ms'], ['bidirectional_duration_us'], ['bidirectional_duration_ns']],
  first: [['bidirectional_first_seen_ms'], ['bidirectional_first_seen_us'], ['bidirectional_first_seen_ns'], ['start_time']],
  last: [['bidirectional_last_seen_ms'], ['bidirectional_last_seen_us'], ['bidirectional_last_seen_ns'], ['end_time']],
} as const;

const names = {
  application: [['application_name']],
  source: [['src_ip'], ['ip_src']],
  destination: [['dst_ip'], ['ip_dst']],
  protocol: [['protocol'], ['ip_protocol']],
} as const;

const perMillisecond: Readonly<Record<string, number>> = { us: 1e3, ns: 1e6 };

/** What is in many flows, added up batch by batch in bounded memory. What no column tells stays empty. */
export class Summary {
  flows = 0;
  packets = 0;
  bytes = 0;
  /** Times of the first and last packet in milliseconds; null without a column of times. */
  firstMs: number | null = null;
  lastMs: number | null = null;
  readonly applications = new HeavyHitters();
  /** Bytes of flows from or to an address. */
  readonly talkers = new HeavyHitters();
  readonly protocols = new HeavyHitters();
  readonly durations = durationBins.map(([title, below]): Bin => ({ title, below, flows: 0 }));
  readonly sizes = sizeBins.map(([title, below]): Bin => ({ title, below, flows: 0 }));

  /** Adds rows `from` to `to` (exclusive) of a batch. */
  add(batch: FlowBatch, from: number, to: number): void {
    const [bytes, packets, duration] = [number(batch, amounts.bytes), number(batch, amounts.packets), number(batch, amounts.duration)];
    const [first, last] = [number(batch, amounts.first), number(batch, amounts.last)];
    const [application, source, destination, protocol] = [
      name(batch, names.application),
      name(batch, names.source),
      name(batch, names.destination),
      name(batch, names.protocol),
    ];
    for (let row = from; row < to; row++) {
      const size = bytes?.(row) ?? 0;
      this.flows++;
      this.bytes += size;
      this.packets += packets?.(row) ?? 0;
      if (first !== null && first(row) > 0) this.firstMs = Math.min(this.firstMs ?? Infinity, first(row));
      if (last !== null && last(row) > 0) this.lastMs = Math.max(this.lastMs ?? -Infinity, last(row));
      if (application !== null) this.applications.add(application(row), size);
      if (protocol !== null) this.protocols.add(protocol(row), size);
      if (source !== null) this.talkers.add(source(row), size);
      if (destination !== null && destination(row) !== source?.(row)) this.talkers.add(destination(row), size);
      if (duration !== null) count(this.durations, duration(row));
      if (bytes !== null) count(this.sizes, size);
    }
  }
}

function count(bins: readonly Bin[], value: number): void {
  bins.find(({ below }) => value < below)!.flows++;
}

type Choices = readonly (readonly string[])[];

/** The columns of the first set that a batch has whole. */
function columnsOf(batch: FlowBatch, choices: Choices): { columns: FlowColumn[]; name: string } | null {
  const found = choices.find((set) => set.every((one) => batch.schema.fields.some((field) => field.name === one)));
  return found === undefined ? null : { columns: found.map((one) => batch.column(one)), name: found[0]! };
}

function number(batch: FlowBatch, choices: Choices): ((row: number) => number) | null {
  const found = columnsOf(batch, choices);
  if (found === null || found.columns.some(({ type }) => type !== 'int' && type !== 'float')) return null;
  const { columns } = found;
  const divisor = perMillisecond[found.name.slice(-2)] ?? 1;
  return (row) => columns.reduce((sum, column) => sum + Number(valueAt(column, row) ?? 0), 0) / divisor;
}

function name(batch: FlowBatch, choices: Choices): ((row: number) => string) | null {
  const column = columnsOf(batch, choices)?.columns[0];
  return column === undefined ? null : (row) => String(valueAt(column, row) ?? '');
}
