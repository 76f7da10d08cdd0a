/**
 * The contract of the native addon (build/Release/nfstream.node). A test holds its exports and this file together.
 * Nothing here is public: lib/ checks arguments before they reach it.
 */

/** Damage that ended the reading of a capture; `code` is a FlowErrorCode. */
export interface NativeDamage {
  code: string;
  text: string;
  packet: number;
  offset: number;
}

/** What one read gave. */
export interface NativeReadResult {
  status: 'packets' | 'pending' | 'end' | 'damaged' | 'cancelled';
  count: number;
  firstNumber: number;
  firstOffset: number;
  damage?: NativeDamage;
}

export interface NativeCaptureOptions {
  /** An open descriptor to read from; the addon keeps a duplicate and does not close this one. Absent when bytes are pushed. */
  descriptor?: number;
  /** The descriptor may be silent: read it on a thread of its own that `cancel()` wakes. */
  live: boolean;
  /** The path of a regular file that grows: at its end more is waited for. */
  follow?: string;
  /** The largest time of the captures before this one, in milliseconds, whose silence goes on in this one; absent or -Infinity without any. */
  largestMs?: number;
  /** Null keeps every packet. */
  filter: NativeFilter | null;
  /** Kinds of tunnel to look into: bit n is the kind with number n. */
  tunnels: number;
  /** Later fragments belong to the flow of their first one. */
  countFragments: boolean;
  /** Ports of SCTP, DCCP and UDP-Lite, too. */
  allPorts: boolean;
}

/** A filter expression, compiled once for a link type by whoever needs it first, for any number of captures. */
export class NativeFilter {
  constructor(expression: string);
  /** What libpcap says against it; '' when it compiles for at least one link type. Compiles it, which takes seconds for hundreds of hosts. */
  problem(): string;
  /** The same, away from the JavaScript thread. */
  compile(): Promise<string>;
}

export interface NativeCaptureCounters {
  packets: number;
  filtered: number;
  bytesIn: number;
  /** The largest time of the records that were read, in milliseconds; -Infinity before the first. */
  largestMs: number;
}

/** One capture being read. At most one `read` at a time. */
export class NativeCapture {
  constructor(options: NativeCaptureOptions);
  /**
   * Fills `slab` with packets: `recordCapacity` records of 64 bytes at its end, packet bytes before them (1 MiB or more).
   * The slab must not be touched until the promise settles.
   */
  read(slab: ArrayBuffer, recordCapacity: number): Promise<NativeReadResult>;
  /** Gives bytes (copied) to a capture without a descriptor; null ends it. Not while a read is under way. */
  push(bytes: Uint8Array | null): void;
  /** Ends a read under way, at once for a live input; later reads say 'cancelled'. */
  cancel(): void;
  /** Frees the descriptor and the memory. Not while a read is under way. */
  close(): void;
  /** Records read, records taken out by the filter, bytes taken from the input. Not while a read is under way. */
  counters(): NativeCaptureCounters;
  /**
   * The time by packets, in milliseconds, on a live input that has been silent for half a second or more; null while anything waits to be taken or is held back,
   * before the first packet, and for other inputs. Also while a read is under way.
   */
  silentClock(): number | null;
  /** No more is written to a file that is followed: its read ends where the file does. Also while a read is under way. */
  finish(): void;
  /** How a file that was followed came to its end: it is shorter than what was read, its path stands for another file, or neither. Not while a read is under way. */
  ending(): 'whole' | 'truncated' | 'replaced';

  /** Decodes records that hold their time, data_offset, captured_length, wire_length and link_type, in place and in their order. */
  static decodePackets(data: Uint8Array, records: Uint8Array, tunnels: number, countFragments: boolean, allPorts: boolean): void;
  /** tcpdump's name of a link type, such as "EN10MB"; null for one that has none here. */
  static linkTypeName(linkType: number): string | null;
}

/** What one read of a merge gave. */
export interface NativeMergeResult {
  /** 'waiting': the next packet is not before `until`. 'end': every capture that was added is at its end. */
  status: 'packets' | 'waiting' | 'end' | 'cancelled';
  count: number;
  /** Captures that came to their end, and are theirs again who added them. */
  ended: { place: number; damage?: NativeDamage }[];
}

/** Several captures as one timeline, by packet time and then by place. At most one `read` at a time. */
export class NativeMerge {
  constructor();
  /** Lends a capture, not yet read, to the merge; it is busy until it ends or the merge is closed. Each has a place of its own. */
  add(place: number, capture: NativeCapture): void;
  /**
   * Fills `slab` with packets whose times are before `until` (ns): as a capture does, and between packet bytes and records three float64
   * for each record: the place of its capture, its number and its offset there.
   */
  read(slab: ArrayBuffer, recordCapacity: number, until: bigint | null): Promise<NativeMergeResult>;
  /** Those of all captures, added up. Not while a read is under way. */
  counters(): { packets: number; filtered: number; bytesIn: number };
  /** Ends a read under way; later reads say 'cancelled'. */
  cancel(): void;
  /** Frees the memory, and gives the captures back. Not while a read is under way. */
  close(): void;
}

export interface NativeLiveOptions extends Pick<NativeCaptureOptions, 'tunnels' | 'countFragments' | 'allPorts'> {
  devices: readonly string[];
  /** Compiled for each device's link type; '' keeps every packet. */
  filter: string;
  promiscuous: boolean;
  snapshotLength: number;
  /** Bytes of the ring of each reader. */
  bufferSize: number;
  /** Sockets of each device, among which its packets are shared out by address pair. */
  readers: number;
  immediate: boolean;
  /** How often a device that went down or away is looked for; 0 ends the capture instead. */
  retryMs: number;
}

/** Why a device can't be captured from; `code` is a FlowErrorCode. */
export interface NativeLiveProblem {
  code: string;
  device: string;
  text: string;
}

/** What one read of devices gave. 'end' comes again for every later read; `problem` says why, and is null for a capture that was asked to end. */
export interface NativeLiveResult {
  status: 'packets' | 'end';
  count: number;
  firstNumber: number;
  problem?: NativeLiveProblem | null;
}

/** Of one device. */
export interface NativeLiveCounters {
  /** Packets that the kernel had for us: those handed over, those dropped, and those on their way. */
  arrived: number;
  /** Packets handed over, and their captured bytes. */
  received: number;
  bytes: number;
  /** Packets that found no room in the ring while a slab was granted, and while none was. */
  droppedByKernel: number;
  droppedByCredit: number;
  /** It is down or gone, and is waited for; how often it has come back. */
  away: boolean;
  returns: number;
}

/** A capture from devices, on a thread of its own. */
export class NativeLive {
  constructor(options: NativeLiveOptions);
  /** Opens the devices, once; null when all of them are open. The process goes on until the capture has ended. */
  open(): Promise<NativeLiveProblem | null>;
  /**
   * Grants a slab, as that of a capture, which is filled once there are packets. There may be several; they settle in their order. Without one packets wait in the kernel's
   * ring. Not before open().
   */
  read(slab: ArrayBuffer, recordCapacity: number): Promise<NativeLiveResult>;
  /** Ends the capture once it has handed over what is in the rings now. */
  stop(): void;
  /** Ends it at once; slabs that were granted stay empty. */
  cancel(): void;
  /** Resolves when the thread has ended and everything is closed. */
  closed(): Promise<void>;
  /** By device, in their order. */
  counters(): NativeLiveCounters[];
  /** Called with what became of a device that is waited for, or with the name of one that is there again. It must not throw. */
  changed?: (problem: NativeLiveProblem | null, device: string | null) => void;
  /** The time in milliseconds up to which every packet has been told by a settled read; null while one may be under way. */
  clock(): number | null;
}

export interface NativeInterface {
  name: string;
  /** Its number: another device of the same name has another one. */
  index: number;
  up: boolean;
  running: boolean;
  loopback: boolean;
  /** '' without one. */
  mac: string;
  /** With the length of their prefix. */
  addresses: string[];
  /** Packets that it has received and sent, and frames for which it had no room; each in 32 bits. */
  received: number;
  sent: number;
  dropped: number;
}

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

export interface NativeColumn {
  name: string;
  /** A `time` is an integer or text, as the option timestamps says. */
  type: 'int' | 'float' | 'text' | 'time' | 'int8 list' | 'int32 list' | 'int64 list';
  /** Whether a flow may have none; points in time only where timestamps are not 'int'. */
  nullable: boolean;
}

/** Milliseconds of a clock that nobody sets and that goes on while the machine sleeps. */
export function bootTimeMs(): number;
/** Every column that the engine can fill. */
export function columns(): NativeColumn[];
/**
 * Compresses each block whole, into one LZ4 frame or one zstd frame, away from the JavaScript thread. The blocks' memory must not change until the
 * promise settles. Empty blocks stay empty.
 */
export function compressBlocks(codec: 'lz4' | 'zstd', blocks: readonly Uint8Array[]): Promise<Uint8Array<ArrayBuffer>[]>;
/** The bytes of one whole LZ4 or zstd frame; throws ERR_NFSTREAM_COMPRESSION when it is damaged, or holds more than `most` bytes. */
export function decompressBlock(codec: 'lz4' | 'zstd', block: Uint8Array, most: number): Uint8Array<ArrayBuffer>;
/** The entropy of bytes, in bits a byte, as the engine tells it; 0 of none. */
export function entropy(bytes: Uint8Array): number;

/** Ends the process with this exit code at once: nothing of Node's end is done, and no thread is waited for. */
export function exitNow(code: number): never;
/** A user of this system and the group of theirs; null for a name that nobody has. */
export function findUser(name: string): { uid: number; gid: number } | null;
/** Sends a text to a socket of NOTIFY_SOCKET, as sd_notify(3) does; what the system says against it, or null. Never waits. */
export function notifyService(socket: string, text: string): string | null;
/** The network interfaces of the namespace that the process is in. */
export function interfaces(): NativeInterface[];
/** The numbers that the engine has for the names of captures. */
export function sourceNumbers(names: readonly string[]): BigUint64Array;
export function versions(): { libpcap: string };
/** nDPI's version as the module at this path reports it; throws a FlowError code when it can't be loaded. */
export function dissectorVersion(modulePath: string): string;
