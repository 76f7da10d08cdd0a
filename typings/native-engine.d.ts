/** The part of the contract of the native addon (native.d.ts) that is about the engine. */

export interface NativeEngineOptions {
  idleTimeoutMs: number;
  activeTimeoutMs: number;
  /** Infinity believes every time. */
  maxClockStepMs: number;
  /** What closes a TCP flow besides, and how long a closed one waits for late packets. */
  tcpExpiry: 'none' | 'rst' | 'fin' | 'cicflowmeter';
  tcpLingerMs: number;
  capacity: number;
  dissections: number;
  /** Flow tables that work at the same time, each with a dissector. */
  meters: number;
  /** Each dissector has a thread of its own, beside its flow table. */
  dissectBeside: boolean;
  /** Which size of a packet counts: 0 frame, 1 IP packet, 2 transport, 3 payload. */
  accounting: number;
  /** Path of the dissector module; ignored when dissections is 0. */
  dissectorModule: string;
  /** Paths of nDPI's files of rules; '' without one. */
  protocolsFile: string;
  categoriesFile: string;
  /** Names of the columns to fill, in their order. The engine keeps of each flow what they need. */
  columns: string[];
  /** Unit of times and gaps; points in time as integers (0 for none), integers or null, or text of RFC 3339 or null; items of lists. */
  timeUnit: 'ms' | 'us' | 'ns';
  timestamps: 'int' | 'arrow' | 'iso';
  splt: number;
  /** Payload bytes told of each direction, and those whose entropy is told. */
  payloadBytes: number;
  entropyBytes: number;
  activityTimeoutMs: number;
  /** Packets of a flow that its frozen columns tell of; 0 for all. */
  freezeAfter: number;
  communityIdSeed: number;
  /** What is made of the packets of each flow: the number of an aggregate, and programs for its value and its condition, pairs of operation and operand. Their columns are `metric 0`, ... */
  metrics: { aggregate: number; value: BigInt64Array; where: BigInt64Array }[];
  /** Rows and bytes after which a batch is full. */
  maxRows: number;
  maxBytes: number;
}

/** What one step of the engine did. */
export interface NativeStepResult {
  /** Flows have ended that are not in the output yet, since their label, or their process, is not known. */
  awaited: boolean;
  /** The output is full: take() it and call again, with the same packets. */
  full: boolean;
  /** As many flows as were asked for are in the output, or were taken: no more come. */
  enough: boolean;
  /** Rows that wait in the output. */
  rows: number;
  /** Of a snapshot: a flow with fewer new bytes stands for so many of others like it; 0 where all are put out. */
  threshold?: number;
}

/** One column of a taken batch: byte offsets into its memory. */
export interface NativeBatch {
  rows: number;
  memory: ArrayBuffer;
  /**
   * For each column four numbers: offset of its values (or text offsets, or lists), offset of its text bytes or -1, length of those bytes,
   * offset of its validity (one byte a row, 0 for null) or -1.
   */
  layout: Float64Array;
}

export interface NativeEngineCounters {
  /** Packets that are in flows. */
  packets: number;
  /** Packets that are in no flow, by IgnoreReason. */
  ignored: number[];
  /** Flows that were put out, and that were not. */
  flows: number;
  openFlows: number;
  /** Ended flows by reason: idle, active, end of source, capacity, TCP FIN, TCP RST, by a plugin; and rows of snapshots, which have not ended. */
  endReasons: number[];
  latePackets: number;
  largestStepBackMs: number;
  /** Counted from 1 over all packets that were fed; 0 without one. */
  firstLatePacket: number;
  /** The run's clock at the first packet that moved it, and by now, in nanoseconds; null before. */
  firstClockNs: bigint | null;
  lastClockNs: bigint | null;
  /** Memory of the flow table and the dissections under way. */
  tableBytes: number;
}

/** A column whose values hooks may ask for. */
export interface NativeHookColumn {
  name: string;
  /** Integers are bigints. */
  bigint: boolean;
  /** It tells what dissection found. */
  labelled: boolean;
}

/** One flow table with its dissector. At most one step at a time; steps run on a worker thread. */
/** Where merged packets come from. */
export interface NativeOrigins {
  /** Three numbers a packet, by the number_delta of its record: the place of its capture, its number and its offset there. */
  readonly numbers: Float64Array;
  /** By place, what sourceNumbers() gives for the captures' names. */
  readonly sources: BigUint64Array;
}

export class NativeEngine {
  constructor(options: NativeEngineOptions);
  /**
   * Loads the dissector and makes the table: the first step. After flush() it begins another run, with an empty table and dissectors that
   * know nothing of the one before; it makes new ones only where it must.
   * @param firstId number of the first flow, @param maxFlows most that are put out; Infinity for all
   */
  open(firstId: number, maxFlows: number): Promise<NativeStepResult>;
  /**
   * Takes packets: for each batch its data and its records (64 bytes each), one after the other in one list, and the name of the capture
   * that it is of, or where each of its packets comes from. None of these memories may change until the promise settles.
   */
  feed(batches: readonly Uint8Array[], sources: readonly (string | NativeOrigins)[]): Promise<NativeStepResult>;
  /** Ends the flows that are over by this time, in milliseconds by packets, while no packet comes; the engine's clock stays as it is. */
  expireBy(nowMs: number): Promise<NativeStepResult>;
  /** Puts the open flows out as they are, which stay open; with `active` those that have had a packet since the snapshot before, or of more than `most` a sample. take() before the first call; while it is `full`, nothing else is called between. */
  snapshot(active: boolean, most: number): Promise<NativeStepResult>;
  /** Ends every open flow. */
  flush(): Promise<NativeStepResult>;
  /** Waits a moment for the processes of flows that were asked for, away from the JavaScript thread; flush() does it by itself. */
  settle(): Promise<NativeStepResult>;
  /** Moves the output out. */
  take(): NativeBatch;
  /** For each column every text that it can have, where that is a closed set; empty for the others. */
  closedSets(): string[][];
  counters(): NativeEngineCounters;
  /**
   * Lockstep: the engine, which has one meter, is called packet by packet on this thread from here to the end of the run, and feed() and flush() are not.
   * @param columns those whose values are asked for; the engine keeps what they need for its own ones
   * @returns what each step tells; its layout is in lib/plugins/shared-step.ts
   */
  lockstep(columns: readonly NativeHookColumn[]): ArrayBuffer;
  /** The batch whose packets come next; its memory must not change until next() gives 0. */
  begin(data: Uint8Array, records: Uint8Array, source: string | NativeOrigins): void;
  /**
   * Counts the next packet that is in a flow that is watched. 0: the batch is done; 1: a packet is told; 2: drain() first, and call again. Each also tells the flows
   * that have ended: they are told before the packet, and all of them before drain().
   */
  next(): 0 | 1 | 2;
  /** Tells further ended flows, when `more` is 1. */
  moreEnded(): void;
  /** Ends open flows: 0 none is left, 2 as above. */
  flushSome(): 0 | 2;
  /** As expireBy(): 0 no further one is over, 2 as above. */
  expireSome(nowMs: number): 0 | 2;
  /** As snapshot(), with the slots of the flows that are in the output. */
  snapshotSome(active: boolean, most: number): { full: boolean; threshold: number; slots: Uint32Array };
  /** Puts ended flows out: all of them, or those whose label is known by now. */
  drain(all: boolean): NativeStepResult;
  /** A column's value for a flow that was told of and is not put out yet: as it is now, or as it ended for this reason. */
  value(column: number, flow: number, reason: number, id: number): number | bigint | string | number[] | null;
  /** Ends the flow of the packet that was told last, with that packet, and tells it as ended; what comes of its key is ignored if asked for. */
  expire(exportReason: number, ignoreRest: boolean): void;
  /** No packet of that flow is told any more. */
  unwatch(): void;
  /** Frees the table, away from the JavaScript thread; a step under way ends first. */
  close(): void;
}
