import { FlowError } from '../errors.js';
import { recordBytes } from './packet-record.js';

/** Bytes of a slab as large as pays. */
const usualBytes = 6 << 20;
/**
 * Bytes of a slab before one was filled. V8 counts a slab as its own memory: one of the usual size alone, in a short run, makes it ask for a collection about when
 * the run ends, and Node may then wait for ever (nodejs/node#54918).
 */
const firstBytes = 3 << 19;

/** Slabs to keep for reuse: what is on its way between two stages. */
const mostKept = 8;

/** The least memory of a batch of few packets. */
const smallestBytes = 1 << 12;

/** Bytes of packets in a slab: two thirds of it. */
export function dataBytesOf(slab: ArrayBuffer): number {
  return (slab.byteLength / 3) * 2;
}

/** Packets in a slab, at most: their records are the last third. */
export function recordsOf(slab: ArrayBuffer): number {
  return slab.byteLength / 3 / recordBytes;
}

/** The memory that a source fills, over and over: a fresh slab costs its page faults, a used one does not. */
export class SlabPool {
  #free: ArrayBuffer[] = [];
  /** Memory for few packets, by its size, which is a power of two. */
  readonly #small = new Map<number, ArrayBuffer[]>();
  #bytes = firstBytes;

  /**
   * A slab; what is in it is left over from before.
   * @throws {FlowError} ERR_NFSTREAM_MEMORY
   */
  take(): ArrayBuffer {
    return this.#free.pop() ?? allocate(this.#bytes);
  }

  /**
   * Memory for at least so many bytes, which is less than a slab. It is reused too: of a live source, dozens of megabytes a second would be garbage, and memory outside of V8's heap counts as
   * if it were inside, so that a small heap would be collected all the time.
   * @throws {FlowError} ERR_NFSTREAM_MEMORY
   */
  takeSmall(bytes: number): ArrayBuffer {
    const size = Math.max(smallestBytes, 2 ** Math.ceil(Math.log2(bytes)));
    let kept = this.#small.get(size);
    if (kept === undefined) this.#small.set(size, (kept = []));
    return kept.pop() ?? allocate(size);
  }

  /** Takes memory back that nobody reads any more. */
  give(memory: ArrayBuffer): void {
    const kept = memory.byteLength === this.#bytes ? this.#free : this.#small.get(memory.byteLength);
    if (kept !== undefined && kept.length < mostKept) kept.push(memory);
  }

  /** A slab was filled: those that are taken from now on have the usual size. */
  grow(): void {
    if (this.#bytes === usualBytes) return;
    this.#bytes = usualBytes;
    this.#free = [];
  }
}

function allocate(bytes: number): ArrayBuffer {
  try {
    return new ArrayBuffer(bytes);
  } catch (cause) {
    throw new FlowError('ERR_NFSTREAM_MEMORY', 'There is no memory left for the packets of a capture.', { cause });
  }
}

/**
 * Who still needs a slab. All batches over one slab share one lease. A slab that is never claimed is never given back to the pool: it
 * is garbage when its batches are.
 */
export class SlabLease {
  #slab: ArrayBuffer | null;
  readonly #pool: SlabPool | null;
  #claims = 0;

  /** A lease without a pool is of memory that is not reused. */
  constructor(slab: ArrayBuffer, pool: SlabPool | null) {
    this.#slab = slab;
    this.#pool = pool;
  }

  /** @throws {FlowError} ERR_NFSTREAM_BATCH_RELEASED */
  get slab(): ArrayBuffer {
    if (this.#slab === null) throw released('This packet batch was released; read packets, or claim() the batch, before the stage behind is done with it.');
    return this.#slab;
  }

  /** @throws {FlowError} ERR_NFSTREAM_BATCH_RELEASED */
  claim(): void {
    if (this.slab !== null) this.#claims++;
  }

  /** @throws {FlowError} ERR_NFSTREAM_BATCH_RELEASED when it was not claimed as often */
  release(): void {
    const slab = this.slab;
    if (this.#claims === 0) throw released('This packet batch was released without being claimed; call claim() first.');
    this.#claims--;
    if (this.#claims > 0) return;
    this.#slab = null;
    this.#pool?.give(slab);
  }
}

function released(message: string): FlowError {
  return new FlowError('ERR_NFSTREAM_BATCH_RELEASED', message);
}
