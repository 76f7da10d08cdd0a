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
  /** A regular file, or a FIFO or socket when `live`. Absent when `descriptor` or neither (pushed bytes) is given. */
  path?: string;
  /** An open descriptor to read from; not closed by the addon. */
  descriptor?: number;
  /** The input may be silent: read it on a thread of its own that `cancel()` wakes. */
  live: boolean;
  filter: string;
  decodeTunnels: boolean;
}

/** One capture being read. At most one `read` at a time. */
export class NativeCapture {
  constructor(options: NativeCaptureOptions);
  /**
   * Fills `slab` with packets: `recordCapacity` records of 64 bytes at its end, packet bytes before them.
   * The slab must not be touched until the promise settles.
   */
  read(slab: ArrayBuffer, recordCapacity: number): Promise<NativeReadResult>;
  /** Gives bytes to a capture without path and descriptor; null ends it. Not while a read is under way. */
  push(bytes: Uint8Array | null): void;
  /** Ends a read under way, at once for a live input; later reads say 'cancelled'. */
  cancel(): void;
  /** Frees the descriptor and the memory. Not while a read is under way. */
  close(): void;
  /** Records read, records taken out by the filter, bytes taken from the input. */
  counters(): { packets: number; filtered: number; bytesIn: number };
}

export interface NativeEngineOptions {
  idleTimeoutMs: number;
  activeTimeoutMs: number;
  capacity: number;
  dissections: number;
  /** Path of the dissector module; ignored when dissections is 0. */
  dissectorModule: string;
  /** Names of the columns to fill, in their order. */
  columns: string[];
  /** Rows and bytes after which a batch is full. */
  maxRows: number;
  maxBytes: number;
}

/** What one step of the engine did. */
export interface NativeFeedResult {
  /** Index of the first record that was not taken. */
  next: number;
  /** Rows wait in the output, which is full: take() them and call again. */
  full: boolean;
  /** For flush: nothing is left. */
  done: boolean;
}

/** One column of a taken batch: byte offsets into its memory. */
export interface NativeBatch {
  rows: number;
  memory: ArrayBuffer;
  /** For each column three numbers: offset of its values (or text offsets), offset of its text bytes or -1, length of those bytes. */
  layout: Float64Array;
}

export interface NativeEngineCounters {
  packets: number;
  ignored: number[];
  flows: number;
  openFlows: number;
  latePackets: number;
  largestStepBackNs: number;
  firstLatePacket: number;
  endReasons: number[];
}

/** One flow table with its dissector. At most one step at a time. */
export class NativeEngine {
  constructor(options: NativeEngineOptions);
  feed(slab: ArrayBuffer, recordCapacity: number, from: number, count: number): Promise<NativeFeedResult>;
  flush(): Promise<NativeFeedResult>;
  take(): NativeBatch;
  counters(): NativeEngineCounters;
  close(): void;
}

export interface NativeColumn {
  name: string;
  type: 'int' | 'float' | 'text';
}

/** Every column that the engine can fill. */
export function columns(): NativeColumn[];
/** Ignore reasons by number. */
export function ignoreReasons(): string[];
export function versions(): { libpcap: string };
/** nDPI's version as the module at this path reports it; throws a FlowError code when it can't be loaded. */
export function dissectorVersion(modulePath: string): string;
