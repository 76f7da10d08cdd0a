import { basename } from 'node:path';
import { addAbortSignal } from 'node:stream';
import type { NativeEngine, NativeStepResult } from '../../typings/native.js';
import { PacketBatch } from '../capture/packet-batch.js';
import { ignoreReasons } from '../capture/ignore-reason.js';
import { FlowError } from '../errors.js';
import { asFlowError, native, ndpiModule } from '../native.js';
import { accountingModes, checkOptions } from '../options.js';
import { chooseFields, type FieldChoice, type Preset } from '../schema/choose-fields.js';
import { Schema, type RunState } from '../schema/schema.js';
import type { DecodeTunnels } from '../schema/tunnels.js';
import { singleUse } from '../stage/single-use.js';
import { Stage } from '../stage/stage.js';
import { comesLive } from './live-run.js';
import { runMetadata } from './metadata.js';
import type { FlowBatch } from '../flows/flow-batch.js';
import type { FlowSource } from '../flows/flow-source.js';
import { metricFields, metricPrograms } from './metric-fields.js';
import { RunCounters } from './run-counters.js';
import { takenBatch } from './taken-batch.js';

/** Options of {@link aggregate}. */
export interface AggregateOptions {
  /** Seconds without a packet after which a flow ends; 0 makes every packet a flow, Infinity never ends one. Fractions down to a millisecond. Default 120. */
  idleTimeout?: number;
  /** Seconds after a flow's first packet at which it is cut; 0 makes every packet a flow, Infinity never cuts. Default 1800. */
  activeTimeout?: number;
  /** Most flows open at once, 1 to 500,000,000; at the limit the least recently used one is exported. Default 1,000,000. */
  capacity?: number;
  /** Packets of a flow that nDPI may look at, 0 to 255; 0 turns nDPI and its columns off and needs no libndpi. Default 20. */
  dissections?: number;
  /**
   * The columns: those of nfstream 6 ('nfstream', the default), the 14 of its first releases ('classic'), the facts of Zeek's conn.log
   * under our names ('zeek'), every one ('full'), or these names in this
   * order. Options that add columns add to it.
   */
  features?: Preset | readonly string[];
  /** Flow tables that share the work by address pair, each on a thread of its own with an nDPI of its own, 1 to 64. Default 1. */
  meters?: number;
  /** Adds 48 columns of packet sizes, gaps and TCP flags. Default false. */
  statistics?: boolean;
  /** Adds the columns splt_direction, splt_ps and splt_piat_ms: lists of this many items, 0 to 65,535. Default 0. */
  splt?: number;
  /** Unit of times and gaps, and the ending of their columns' names. Default 'ms'. */
  timeUnit?: 'ms' | 'us' | 'ns';
  /**
   * Points in time as integers ('int', the default: 0 where a direction has none), as integers that Arrow and Parquet know as timestamps ('arrow') or
   * as text of RFC 3339 in UTC ('iso'); both null where there is none.
   */
  timestamps?: 'int' | 'arrow' | 'iso';
  /** What counts as a packet's bytes; also by nfstream's numbers 0 to 3. Default 'frame'. */
  accountingMode?: (typeof accountingModes)[number] | 0 | 1 | 2 | 3;
  /** Adds the column end_reason. Default false. */
  endReason?: boolean;
  /** Adds the column community_id (Community ID version 1), which other tools give the same flow. Default false. */
  communityId?: boolean;
  /** Seed of the Community IDs, 0 to 65,535. Default 0. */
  communityIdSeed?: number;
  /** Adds flow_uid, connection_uid and part: names of flows that hold across files and runs. Default false. */
  uid?: boolean;
  /** Adds bytes and packets per second, for both directions and each. Default false. */
  rates?: boolean;
  /** Adds min_active_ms to max_idle_ms: lengths of the periods in which the flow was active and idle. Default false. */
  activity?: boolean;
  /** Seconds: a longer gap is an idle period; Infinity has none. Fractions down to a millisecond. Default 5. */
  activityTimeout?: number;
  /** Adds src2dst_payload and dst2src_payload: this many of the first payload bytes of each direction in hex, 0 to 65,535. Default 0. */
  payloadBytes?: number;
  /** Adds src2dst_payload_entropy and dst2src_payload_entropy, in bits a byte. Default false. */
  payloadEntropy?: boolean;
  /** How many of the first payload bytes of each direction payloadEntropy looks at, 1 to 65,535. Default 256. */
  entropyBytes?: number;
  /** Adds application_breed and application_confidence_name. Default false, as all that follow. */
  applicationDetails?: boolean;
  /** Adds risks, risk_score, risk_client_score and risk_server_score. */
  risks?: boolean;
  /** Adds ja3, ja3s, ja4, tls_version, tls_cipher, tls_alpn, tls_issuer, tls_subject, tls_not_before_ms and tls_not_after_ms. */
  tls?: boolean;
  /** Adds hassh and hassh_server. */
  ssh?: boolean;
  /** Adds http_method, http_host, http_url, http_status, http_request_content_type and http_server. */
  http?: boolean;
  /** Adds dns_query, dns_query_type, dns_response_code, dns_records and dns_answer. */
  dns?: boolean;
  /** Adds dhcp_fingerprint, dhcp_class and dhcp_host_name. */
  dhcp?: boolean;
  /** Adds detected_os. */
  detectedOs?: boolean;
  /** Columns of your own: what to make of the packets of a flow, in the language of docs/metrics.md, as in `{ big: 'count(packet.size > 666)' }`. Default none. */
  metrics?: Readonly<Record<string, string>>;
  /**
   * Path of a file of rules in nDPI's format (its protos.txt): ports, addresses and host names that get labels of your own. A line that is no
   * rule is an error that names it. Default '': none.
   */
  protocolsFile?: string;
  /** Path of a file in nDPI's format (its categories.txt): a host or address, a tab and the number of a category a line. Default '': none. */
  categoriesFile?: string;
  /**
   * Seconds, 0.001 or more, or Infinity. A packet whose time is further ahead of the clock is ignored (`clock_step`) instead of ending every
   * flow. The clock is believed to have moved when the next packet is as far ahead and the two are no further apart than this: a real gap
   * in a capture costs its first packet. The first packet of a run is always believed. Default Infinity.
   */
  maxClockStep?: number;
  /**
   * Ends the stage, and its source, when this many flows have ended: they are exactly the first of the full output, and open ones are
   * discarded. With `perFile` it counts over all captures. Default 0, which does not stop.
   */
  maxFlows?: number;
  /**
   * What ends a TCP flow besides its timeouts: a RST ('rst'), or that and both FINs acknowledged ('fin'). Such a flow is closed: it waits
   * `tcpLinger` for late packets, and a SYN ends it and begins a new one. Default 'none'.
   */
  tcpExpiry?: 'none' | 'rst' | 'fin';
  /** Seconds without a packet after which a closed flow ends (sooner if `idleTimeout` is shorter). Fractions down to a millisecond, Infinity for never. Default 5. */
  tcpLinger?: number;
  /** Adds the columns tcp_state, tcp_history and tcp_originator, as Zeek tells them. Default false. */
  tcpState?: boolean;
  /** Adds 4 columns of retransmissions and segments out of order, by Wireshark's rules. Default false. */
  tcpQuality?: boolean;
  /** Adds 10 columns of TCP windows and the options of SYNs. Default false. */
  tcpWindow?: boolean;
  /** Adds 4 columns of the smallest and largest time to live. Default false. */
  ttl?: boolean;
  /** Adds the columns icmp_type and icmp_code. Default false. */
  icmp?: boolean;
  /** Destroys the stage when it is aborted. */
  signal?: AbortSignal;
}

/** What an aggregator has done so far. */
export interface AggregateReport {
  /** Packets that are in flows. */
  packets: number;
  /** Packets that are in no flow, by reason; reasons that did not occur are absent. */
  ignored: Record<string, number>;
  /** Flows that have ended and were given. */
  flows: number;
  /** Flows that are open, or wait to be given. */
  openFlows: number;
  /** Flows that `maxFlows` left open; how many these are is the same on every run with one meter. */
  discardedFlows: number;
  /** Ended flows by reason. */
  endReasons: { idle: number; active: number; end: number; capacity: number; tcpFin: number; tcpRst: number };
  /** Packets whose time lay before that of an earlier packet; they were counted at the clock's time. */
  latePackets: number;
  /** How far the furthest of them lay back, in milliseconds. */
  largestStepBackMs: number;
  /** The first of them, counted from 1 over the packets of the run that passed the filter; 0 without one. */
  firstLatePacket: number;
  /** Bytes of memory that the flow table and the dissections under way hold. */
  tableBytes: number;
}

/** A batch is full at this many flows, or at this many bytes. */
const maxRows = 8192;
const maxBytes = 4 << 20;

/**
 * Packet batches that may wait here or be at work. What waits is fed in one step: handing work to another thread costs as much as
 * counting a thousand packets.
 */
const mostWaiting = 4;

/** Flows that wait for a batch to fill leave after this long. */
const lingerMs = 100;

/**
 * The stage from packets to flows: takes {@link PacketBatch}, gives {@link FlowBatch}. Its first chunk is always a batch (empty if need
 * be) that carries the schema. Iterating it raises the source's damage, if any, after the last flow. Made by {@link aggregate}.
 */
export class FlowAggregator extends Stage {
  readonly #options: Required<Omit<AggregateOptions, 'signal'>>;
  readonly #run: RunState = { damage: null };
  #engine: NativeEngine | null = null;
  #schema: Schema | null = null;
  /** The capture that is a run of its own; null when there is one run of all. */
  #source: FlowSource | null = null;
  /** Whether a batch of it was given. */
  #given = false;
  readonly #counters = new RunCounters();
  #step: Promise<unknown> = Promise.resolve();
  #lastPush = 0;
  /** Ends the source of the last batches. */
  #stopSource: (() => void) | null = null;
  /** `maxFlows` are given: what still comes is dropped. */
  #enough = false;

  /** @internal */
  constructor(options: AggregateOptions = {}) {
    const checked = checkOptions(['aggregate'], options) as Required<AggregateOptions>;
    // Names are wrong or right before the first packet says whether tunnels are told of.
    new Schema([...chooseFields({ ...checked, decodeTunnels: true } as unknown as FieldChoice), ...metricFields(checked.metrics)]);
    const rules = (['protocolsFile', 'categoriesFile'] as const).find((name) => checked[name] !== '');
    if (rules !== undefined && checked.dissections === 0) throw new FlowError('ERR_NFSTREAM_OPTION_RANGE', `The option ${rules} needs dissections over 0.`);
    super({ objectMode: true, readableHighWaterMark: 2, writableHighWaterMark: mostWaiting });
    this.#options = checked;
    singleUse(this, 'aggregate()');
    // A signal that is aborted already destroys the stage at once, which needs all of it to exist.
    if (checked.signal) addAbortSignal(checked.signal, this);
  }

  /** What was done so far; final after the end. */
  report(): AggregateReport {
    const { ignored, endReasons, openFlows, ...rest } = this.#counters.sum();
    const [open, discarded] = this.#enough ? [0, openFlows] : [openFlows, 0];
    const [idle, active, end, capacity, tcpFin, tcpRst] = endReasons as [number, number, number, number, number, number];
    const byReason = ignored.map((count, reason): [string, number] => [ignoreReasons[reason]!, count]).filter(([, count]) => count > 0);
    return { ...rest, openFlows: open, discardedFlows: discarded, ignored: Object.fromEntries(byReason), endReasons: { idle, active, end, capacity, tcpFin, tcpRst } };
  }

  /** What waited while the step before was under way. */
  override _writev(chunks: readonly { chunk: unknown }[], callback: (error?: Error | null) => void): void {
    this.#count(chunks.map(({ chunk }) => chunk)).then(() => callback(), callback);
  }

  override _destroy(error: Error | null, callback: (error?: Error | null) => void): void {
    // A step under way reads the batch's memory and writes the table: both must stay until it is done.
    const close = (): void => {
      this.#engine?.close();
      this.#engine = null;
      super._destroy(error, callback);
    };
    this.#step.then(close, close);
  }

  /** The batches; damage is thrown after the last one. */
  override [Symbol.asyncIterator](): AsyncGenerator<FlowBatch, undefined>;
  // Where Node's types take a stream, its chunks must be text or bytes.
  override [Symbol.asyncIterator](): AsyncGenerator<any, undefined>;
  override async *[Symbol.asyncIterator](): AsyncGenerator<FlowBatch, undefined> {
    yield* super[Symbol.asyncIterator]() as AsyncIterable<FlowBatch>;
    if (this.#run.damage !== null) throw this.#run.damage;
    return undefined;
  }

  protected override accept(chunk: unknown): Promise<void> {
    return this.#count([chunk]);
  }

  protected override async finish(): Promise<void> {
    if (this.#enough) return;
    await this.#open(true, null, null);
    await this.#endRun();
  }

  async #count(chunks: readonly unknown[]): Promise<void> {
    const batches = chunks.filter((chunk) => chunk instanceof PacketBatch);
    if (batches.length < chunks.length) {
      throw new FlowError('ERR_NFSTREAM_BATCH_TYPE', 'aggregate() takes PacketBatch objects, as captureFile() and captureStream() give them; put one of these before it.');
    }
    const claimed: PacketBatch[] = [];
    try {
      for (const batch of batches) {
        batch.claim();
        claimed.push(batch);
      }
      this.#run.live ??= comesLive(batches);
      for (const ofOneRun of byRun(batches)) await this.#feed(ofOneRun);
      this.#run.damage ??= batches.find((batch) => batch.damage !== null)?.damage ?? null;
    } finally {
      for (const batch of claimed) batch.release();
    }
  }

  async #feed(batches: readonly PacketBatch[]): Promise<void> {
    if (this.#enough) return;
    const [first] = batches as [PacketBatch];
    const own = first.fileIndex;
    const engine = await this.#open(first.decodeTunnels, own === null ? null : { file: first.file ?? '', index: own, firstId: 0 }, first.file);
    if (own !== null && own !== this.#source?.index) await this.#renew(engine, first.file ?? '', own);
    this.#stopSource = batches.find((batch) => batch.stop !== null)?.stop ?? null;
    const memories = batches.flatMap((batch) => [batch.data, batch.records]);
    const names = batches.map((batch) => basename(batch.file ?? ''));
    // A live source may be silent for long after this batch.
    const live = batches.some((batch) => batch.live);
    await this.#work(engine, () => engine.feed(memories, names), live);
  }

  /** Ends the run of one capture and begins that of the next. */
  async #renew(engine: NativeEngine, file: string, index: number): Promise<void> {
    await this.#endRun();
    if (this.#enough || this.destroyed) return;
    const { flows } = this.#counters.sum();
    this.#counters.begin();
    await this.#stepOf(engine.open(flows, this.#flowsLeft(flows)));
    this.#source = { file, index, firstId: flows };
    this.#given = false;
  }

  async #endRun(): Promise<void> {
    const engine = this.#engine!;
    await this.#work(engine, () => engine.flush(), true);
    // A capture without flows is told by an empty batch.
    if (!this.#given) await this.#emit(engine);
  }

  /** Steps until the engine has done all of it. `deliver`: flows do not wait for a batch to fill. */
  async #work(engine: NativeEngine, step: () => Promise<NativeStepResult>, deliver: boolean): Promise<void> {
    while (!this.destroyed && !this.#enough) {
      const { full, enough, rows } = await this.#stepOf(step());
      this.#enough = enough;
      if (full || enough || (rows > 0 && (deliver || performance.now() - this.#lastPush >= lingerMs))) await this.#emit(engine);
      if (enough) this.#endEarly();
      if (!full) return;
    }
  }

  /** Asks the source for an end, which then ends this stage; one that can't be asked may go on for ever. */
  #endEarly(): void {
    if (this.#stopSource !== null) this.#stopSource();
    else if (!this.destroyed) this.push(null);
  }

  /** One step of the engine: what it threw as our error, its counters kept for the report. */
  async #stepOf(step: Promise<NativeStepResult>): Promise<NativeStepResult> {
    this.#step = step;
    const done = await step.catch((error: unknown) => {
      throw asFlowError(error);
    });
    if (this.#engine !== null) this.#counters.update(this.#engine.counters());
    return done;
  }

  async #emit(engine: NativeEngine): Promise<void> {
    if (this.destroyed) return;
    this.#lastPush = performance.now();
    this.#given = true;
    await this.give(takenBatch(this.#schema!, engine.take(), this.#source));
  }

  /** How many flows the run that begins may give. */
  #flowsLeft(given: number): number {
    const { maxFlows } = this.#options;
    return maxFlows === 0 ? Infinity : maxFlows - given;
  }

  /** Makes the engine and the schema at the first packet, or at the end of a source without one. `source` is the first of several runs, `file` the first capture. */
  async #open(decodeTunnels: DecodeTunnels, source: FlowSource | null, file: string | null): Promise<NativeEngine> {
    if (this.#engine !== null) return this.#engine;
    this.#source = source;
    const fields = [...chooseFields({ ...this.#options, decodeTunnels, perFile: source !== null } as FieldChoice), ...metricFields(this.#options.metrics)];
    const filled = fields.filter((field) => !field.constant);
    const engine = (this.#engine = new native.NativeEngine({
      idleTimeoutMs: this.#options.idleTimeout * 1000,
      activeTimeoutMs: this.#options.activeTimeout * 1000,
      maxClockStepMs: this.#options.maxClockStep * 1000,
      tcpExpiry: this.#options.tcpExpiry,
      tcpLingerMs: this.#options.tcpLinger * 1000,
      capacity: this.#options.capacity,
      dissections: this.#options.dissections,
      meters: this.#options.meters,
      accounting: (accountingModes as readonly unknown[]).indexOf(this.#options.accountingMode),
      dissectorModule: ndpiModule,
      protocolsFile: this.#options.protocolsFile,
      categoriesFile: this.#options.categoriesFile,
      columns: filled.map((field) => field.column ?? field.name),
      timeUnit: this.#options.timeUnit,
      timestamps: this.#options.timestamps,
      splt: this.#options.splt,
      payloadBytes: this.#options.payloadBytes,
      entropyBytes: this.#options.entropyBytes,
      activityTimeoutMs: this.#options.activityTimeout * 1000,
      communityIdSeed: this.#options.communityIdSeed,
      metrics: metricPrograms(this.#options.metrics),
      maxRows,
      maxBytes,
    }));
    await this.#stepOf(engine.open(0, this.#flowsLeft(0)));
    const sets = engine.closedSets();
    const told = fields.map((field) => (field.closed ? Object.freeze({ ...field, values: Object.freeze(sets[filled.indexOf(field)]!) }) : field));
    this.#schema = new Schema(told, this.#run, runMetadata({ ...this.#options, decodeTunnels }, file));
    await this.#emit(engine);
    return engine;
  }
}

/** Batches in a row that are of one run. Damage is in a batch of its own, which belongs to the run before it. */
function byRun(batches: readonly PacketBatch[]): PacketBatch[][] {
  const groups: PacketBatch[][] = [];
  for (const batch of batches) {
    if (batch.damage !== null) continue;
    const last = groups.at(-1);
    if (last !== undefined && last[0]!.fileIndex === batch.fileIndex) last.push(batch);
    else groups.push([batch]);
  }
  return groups;
}

/**
 * Makes the stage that turns packets into flows. Key, direction, expiry and clock are nfstream's (docs/differences.md lists where not).
 * @throws {FlowError} ERR_NFSTREAM_OPTION_UNKNOWN, ERR_NFSTREAM_OPTION_TYPE, ERR_NFSTREAM_OPTION_RANGE, ERR_NFSTREAM_COLUMN for a name in
 * `features` that no column has or whose option is off, or a metric that has the name of a column, ERR_NFSTREAM_EXPRESSION for a metric that can't be read; while it runs, the stage is destroyed with ERR_NFSTREAM_NO_NDPI, ERR_NFSTREAM_NDPI_MISMATCH,
 * ERR_NFSTREAM_RULES, ERR_NFSTREAM_NO_SUCH_FILE, ERR_NFSTREAM_IS_DIRECTORY, ERR_NFSTREAM_PERMISSION or ERR_NFSTREAM_READ for a file of rules, ERR_NFSTREAM_BATCH_TYPE, ERR_NFSTREAM_BATCH_RELEASED or ERR_NFSTREAM_MEMORY
 */
export function aggregate(options?: AggregateOptions): FlowAggregator {
  return new FlowAggregator(options);
}
