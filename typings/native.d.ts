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
  /** Note what a pcapng capture says beside its packets. */
  notes?: boolean;
}

/** An interface of a pcapng capture. */
export interface NativeInterfaceNote {
  /** The number of the packet behind its description: an interface of a later section may have the same id. */
  firstPacket: number;
  /** In its section. */
  id: number;
  snapshotLength: number;
  /** As a block has them, in little endian, without those about times and without an end. */
  options: Uint8Array;
}

/** What a pcapng capture says beside its packets, as far as there is room for it: 16 MiB, and 65,536 interfaces. */
export interface NativeNotes {
  interfaces: NativeInterfaceNote[];
  /** Contents of decryption secrets blocks. */
  secrets: { type: number; data: Uint8Array }[];
  /** Blocks of secrets for which there was no room. */
  secretsLeftOut: number;
  /** The number of the first packet whose interface may not be among those that were noted; null where all are. */
  unknownFrom: number | null;
}

/** A filter expression, compiled once for a link type by whoever needs it first, for any number of captures. */
export class NativeFilter {
  constructor(expression: string);
  /** What libpcap says against it; '' when it compiles for at least one link type. Compiles it, which takes seconds for hundreds of hosts. */
  problem(): string;
  /** The same, away from the JavaScript thread. */
  compile(): Promise<string>;
}

/** What a text format writes between the values of rows. */
export interface NativeRowForm {
  /** JSON, else CSV. */
  json: boolean;
  /** What stands before each column's value. */
  before: readonly Uint8Array[];
  /** Columns whose texts have nothing to quote. */
  plain: readonly boolean[];
  /** JSON: columns whose integers are strings. */
  asText: readonly boolean[];
  null: Uint8Array;
  /** Of a row. */
  end: Uint8Array;
  /** CSV: the bytes that make a text need quotes, and how many items a list has at least that needs them. */
  special: Uint8Array;
  quotedLists: number;
  escapeFormulas: boolean;
}

/** Writes rows of columns as lib/encode/csv.ts and lib/encode/json.ts do. */
export class NativeRowWriter {
  constructor(form: NativeRowForm);
  /** Rows `from` to `to` (exclusive); throws a RangeError where the columns have not so many, and ERR_NFSTREAM_MEMORY. */
  write(columns: readonly object[], from: number, to: number): Uint8Array;
  /** The same, away from the JavaScript thread. Nothing may write to the columns, and nothing else be asked, until the promise is settled. */
  writeBeside(columns: readonly object[], from: number, to: number): Promise<Uint8Array>;
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
  /** What was noted since the last time; null for nothing. Also while a read is under way, and while it is lent to a merge. */
  takeNotes(): NativeNotes | null;

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

export * from './native-engine.js';

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
