import { Readable } from 'node:stream';
import {
  aggregate,
  captureFile,
  FlowPlugin,
  PacketBatch,
  type AggregateOptions,
  type HookFlow,
  type HookPacket,
  type PacketInput,
  type PluginRow,
} from '../../lib/index.js';

// What hooks are told of a capture, held against what flows tell. Each proof gives the differences that it has found, in words, and how much it has looked at.

/** What a proof has looked at, and found. */
export interface Proof {
  readonly looked: number;
  readonly faults: readonly string[];
}

type Row = Readonly<Record<string, unknown>>;

/** Packets of a capture, from which batches are made: a batch is used up by a run. */
export type Packets = readonly PacketInput[];

function batchOf(packets: Packets): PacketBatch {
  return PacketBatch.from(packets, { decodeTunnels: 'all', fragments: 'count' });
}

/** Flows of a run, as files have them. */
export async function rowsOf(packets: Packets, options: AggregateOptions): Promise<Row[]> {
  const rows: Row[] = [];
  for await (const batch of Readable.from([batchOf(packets)]).pipe(aggregate(options))) for (const flow of batch) rows.push((flow as PluginRow).toJSON());
  return rows;
}

/** All packets of a capture; what is damaged ends it. */
export async function packetsOf(path: string): Promise<Packets> {
  const inputs: PacketInput[] = [];
  try {
    for await (const batch of captureFile(path))
      for (const { bytes, timeNs, linkType, wireLength } of batch) inputs.push({ bytes: bytes.slice(), timeNs, linkType, wireLength });
  } catch {
    // Behind the damage there is nothing, and what was in front of it is proved.
  }
  return inputs;
}

const flags = ['fin', 'syn', 'rst', 'psh', 'ack', 'urg', 'ece', 'cwr'] as const;

/** Welford's running mean and deviation, in the engine's order of operations. */
class Moments {
  count = 0;
  mean = 0;
  #m2 = 0;
  min = 0;
  max = 0;

  add(x: number): void {
    this.count++;
    if (this.count === 1) this.mean = this.min = this.max = x;
    else {
      const before = this.mean;
      this.mean += (x - before) / this.count;
      this.#m2 += (x - before) * (x - this.mean);
      this.min = Math.min(this.min, x);
      this.max = Math.max(this.max, x);
    }
  }

  get stddev(): number {
    return this.count > 1 ? Math.sqrt(this.#m2 / (this.count - 1)) : 0;
  }
}

/** What is counted of a flow, or of one direction. */
class Direction {
  readonly sizes = new Moments();
  readonly gaps = new Moments();
  readonly flags = Object.fromEntries(flags.map((flag) => [flag, 0])) as Record<(typeof flags)[number], number>;
  lastMs: number | null = null;
  firstMs = 0;

  add(packet: HookPacket, timeMs: number): void {
    this.sizes.add(packet.size);
    if (this.lastMs !== null) this.gaps.add(timeMs - this.lastMs);
    else this.firstMs = timeMs;
    this.lastMs = timeMs;
    for (const flag of flags) if (packet[flag]) this.flags[flag]++;
  }

  columns(name: string): Row {
    const moments = (of: string, { min, mean, stddev, max }: Moments): Row => ({
      [`${name}_min_${of}`]: min,
      [`${name}_mean_${of}`]: mean,
      [`${name}_stddev_${of}`]: stddev,
      [`${name}_max_${of}`]: max,
    });
    const counts = Object.fromEntries(flags.map((flag) => [`${name}_${flag}_packets`, this.flags[flag]]));
    const times = {
      [`${name}_first_seen_ms`]: this.firstMs,
      [`${name}_last_seen_ms`]: this.lastMs ?? 0,
      [`${name}_duration_ms`]: (this.lastMs ?? 0) - this.firstMs,
    };
    return {
      ...moments('ps', this.sizes),
      ...moments('piat_ms', this.gaps),
      ...counts,
      ...times,
      [`${name}_packets`]: this.sizes.count,
      [`${name}_bytes`]: Math.round(this.sizes.mean * this.sizes.count),
    };
  }
}

/** Counts in JavaScript what the engine counts. */
class Recount extends FlowPlugin<{ own_handle: number }> {
  override readonly columns = { own_handle: { type: 'int', default: 0 } } as const;
  readonly flows = new Map<number, { all: Direction[]; splt: [direction: number, size: number, gap: number][] }>();

  override onInit(packet: HookPacket, flow: HookFlow<{ own_handle: number }>): void {
    flow.udps.own_handle = flow.handle;
    this.flows.set(flow.handle, { all: [new Direction(), new Direction(), new Direction()], splt: [] });
    this.onUpdate(packet, flow);
  }

  override onUpdate(packet: HookPacket, { handle }: Pick<HookFlow, 'handle'>): void {
    const { all, splt } = this.flows.get(handle)!;
    const timeMs = Number(floorDiv(packet.timeNs, 1_000_000n));
    if (splt.length < spltLength) splt.push([packet.direction, Math.min(packet.size, 2 ** 31 - 1), all[0]!.lastMs === null ? 0 : timeMs - all[0]!.lastMs]);
    all[0]!.add(packet, timeMs);
    all[1 + packet.direction]!.add(packet, timeMs);
  }

  columnsOf(handle: number): Row {
    const { all, splt } = this.flows.get(handle)!;
    const padded = [...splt, ...Array.from({ length: spltLength - splt.length }, (): [number, number, number] => [-1, -1, -1])];
    const lists = {
      splt_direction: padded.map(([direction]) => direction),
      splt_ps: padded.map(([, size]) => size),
      splt_piat_ms: padded.map(([, , gap]) => Math.min(gap, 2 ** 31 - 1)),
    };
    return { ...all[0]!.columns('bidirectional'), ...all[1]!.columns('src2dst'), ...all[2]!.columns('dst2src'), ...lists };
  }
}

const spltLength = 12;

function floorDiv(a: bigint, b: bigint): bigint {
  return a / b - (a < 0n && a % b !== 0n ? 1n : 0n);
}

/** A plugin that counts every statistic and the first packets in JavaScript agrees with the engine's columns on every flow. */
export async function proveStatistics(packets: Packets, options: AggregateOptions = {}): Promise<Proof> {
  const recount = new Recount();
  const rows = await rowsOf(packets, { dissections: 0, statistics: true, splt: spltLength, ...options, plugins: [recount] });
  const faults: string[] = [];
  for (const row of rows) {
    for (const [name, value] of Object.entries(recount.columnsOf(row['own_handle'] as number))) {
      // The engine adds bytes up; here they come of the mean.
      const same = name.endsWith('_bytes')
        ? Math.abs((row[name] as number) - (value as number)) <= 1e-9 * (value as number)
        : JSON.stringify(row[name]) === JSON.stringify(value);
      if (!same) faults.push(`flow ${String(row['id'])}: ${name} is ${JSON.stringify(row[name])} and was counted as ${JSON.stringify(value)}`);
    }
  }
  if (rows.length !== recount.flows.size) faults.push(`${rows.length} flows came out of ${recount.flows.size}`);
  return { looked: rows.length, faults };
}

/** Each packet that is counted is seen exactly once, in its order, before its flow has ended, and each flow begins and ends once. */
export async function proveOrder(packets: Packets, options: AggregateOptions = {}): Promise<Proof> {
  const seen: number[] = [];
  const open = new Map<number, number>();
  const ended = new Map<number, { packets: number; id: number }>();
  const faults: string[] = [];
  const see = (packet: HookPacket, flow: HookFlow): void => {
    seen.push(packet.number);
    open.set(flow.handle, (open.get(flow.handle) ?? 0) + 1);
    if (flow.bidirectionalPackets !== open.get(flow.handle))
      faults.push(`packet ${packet.number} is number ${open.get(flow.handle)} of its flow, which has ${flow.bidirectionalPackets}`);
  };
  const log = {
    name: 'log',
    columns: { own_handle: 'int' },
    onInit(packet: HookPacket, flow: HookFlow<{ own_handle: number | null }>) {
      if (open.has(flow.handle) || ended.has(flow.handle)) faults.push(`flow ${flow.handle} begins twice`);
      flow.udps.own_handle = flow.handle;
      see(packet, flow as unknown as HookFlow);
    },
    onUpdate(packet: HookPacket, flow: HookFlow) {
      if (!open.has(flow.handle)) faults.push(`packet ${packet.number} is of flow ${flow.handle}, which is not open`);
      see(packet, flow);
    },
    onExpire(flow: HookFlow) {
      if (ended.has(flow.handle)) faults.push(`flow ${flow.handle} ends twice`);
      ended.set(flow.handle, { packets: open.get(flow.handle) ?? 0, id: flow.id });
      open.delete(flow.handle);
    },
  } as const;
  const stage = aggregate({ dissections: 0, ...options, plugins: [log] });
  let flows = 0;
  for await (const batch of Readable.from([batchOf(packets)]).pipe(stage)) {
    for (const flow of batch) {
      flows++;
      const told = ended.get(flow.udps.own_handle!);
      if (told === undefined) faults.push(`flow ${flow.id} comes out before it has ended`);
      else if (told.id !== flow.id || told.packets !== flow.bidirectionalPackets)
        faults.push(`flow ${flow.id} has ${flow.bidirectionalPackets} packets and was told as ${told.id} with ${told.packets}`);
    }
  }
  const { packets: counted, ignored } = stage.report();
  const late = ignored['after_expire'] ?? 0;
  const [order, of] = [
    JSON.stringify(seen),
    JSON.stringify([...batchOf(packets)].filter((packet) => packet.ignoreReason === null).map((packet) => packet.number)),
  ];
  if (late === 0 && !('maxClockStep' in options) && order !== of) faults.push(`the packets ${order.slice(0, 200)} were seen of ${of.slice(0, 200)}`);
  if (seen.length !== counted) faults.push(`${seen.length} packets were seen of ${counted}`);
  if (open.size > 0 || ended.size !== flows) faults.push(`${open.size} flows never ended, and ${ended.size} ended of ${flows}`);
  return { looked: seen.length, faults };
}

/** What our own reading of a hello adds at the end of a flow, where nDPI found nothing. */
const ofHello = new Set(['requested_server_name', 'tls_version', 'tls_alpn']);

/** The confidence of a label that nDPI did not find. */
const ownReading = 110;

/** Columns that a flow under way has not, or that say how it ended. */
const ofTheEnd = new Set(['id', 'expirationId', 'endReason', 'exportReason']);

/**
 * What a hook reads of a flow at a packet is what a run tells of that flow whose capture is cut there, where the label is not guessed.
 * @param cuts how many packets are looked at, spread over the capture
 */
export async function proveCuts(packets: Packets, cuts: number, options: AggregateOptions = {}): Promise<Proof> {
  const usual: AggregateOptions = {
    statistics: true,
    splt: 5,
    tls: true,
    http: true,
    dns: true,
    risks: true,
    tcpState: true,
    tcpQuality: true,
    tcpWindow: true,
    tcpOptions: true,
    tcpRtt: true,
    ttl: true,
    uid: true,
    communityId: true,
    payloadBytes: 8,
    ...options,
  };
  const counted = [...batchOf(packets)].flatMap((packet, index) => (packet.ignoreReason === null ? [index] : []));
  const wanted = new Set(
    Array.from({ length: Math.min(cuts, counted.length) }, (_, i) => counted[Math.floor((i * counted.length) / Math.min(cuts, counted.length))]! + 1),
  );
  const told = new Map<number, Row>();
  const watch = (packet: HookPacket, flow: HookFlow): void => {
    if (wanted.has(packet.number)) told.set(packet.number, Object.fromEntries(columns.map((name) => [name, flow.column(name)])));
  };
  const columns = await columnsOf(usual);
  await rowsOf(packets, { ...usual, plugins: [{ name: 'watch', onInit: watch, onUpdate: watch }] });
  const faults: string[] = [];
  for (const number of wanted) {
    const rows = await rowsOf(packets.slice(0, number), usual);
    const cut = rows.at(-1)!;
    // What our own reading of a hello adds comes with the end of a flow, as a guess does.
    const guessed = cut['application_is_guessed'] === 1 || cut['application_confidence'] === ownReading;
    for (const name of columns) {
      const label = labels.test(name);
      const [was, is] = [told.get(number)?.[name], cut[name]];
      const added = ofHello.has(name) && (was === null || was === '');
      if (!(label && guessed) && !added && JSON.stringify(was, asText) !== JSON.stringify(is, asText))
        faults.push(`packet ${number}: ${name} was ${JSON.stringify(was, asText)} and is ${JSON.stringify(is, asText)}`);
    }
  }
  return { looked: wanted.size, faults };
}

const labels = /^(application_|requested_server_name|client_fingerprint|server_fingerprint|user_agent|content_type|risk|tls_|ja3|http_|dns_)/;

function asText(_key: string, value: unknown): unknown {
  return typeof value === 'bigint' ? String(value) : value;
}

async function columnsOf(options: AggregateOptions): Promise<string[]> {
  for await (const batch of Readable.from([PacketBatch.from([])]).pipe(aggregate(options)))
    return batch.schema.fields.map((field) => field.name).filter((name, index) => !ofTheEnd.has(batch.schema.key(index)));
  return [];
}
