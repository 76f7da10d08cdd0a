import { FlowError } from '../errors.js';
import { recordBytes } from './packet-record.js';

/** Bytes of packets in a slab. */
export const slabDataBytes = 4 << 20;
/** Packets in a slab, at most. */
export const slabRecords = 32768;

/** Slabs to keep for reuse: what is on its way between two stages. */
const mostKept = 8;

/** The memory that a source fills, over and over: a fresh slab costs its page faults, a used one does not. */
export class SlabPool {
  readonly #free: ArrayBuffer[] = [];

  /**
   * A slab; what is in it is left over from before.
   * @throws {FlowError} ERR_NFSTREAM_MEMORY
   */
  take(): ArrayBuffer {
    try {
      return this.#free.pop() ?? new ArrayBuffer(slabDataBytes + slabRecords * recordBytes);
    } catch (cause) {
      throw new FlowError('ERR_NFSTREAM_MEMORY', 'There is no memory left for the packets of a capture.', { cause });
    }
  }

  /** Takes a slab back that nobody reads any more. */
  give(slab: ArrayBuffer): void {
    if (this.#free.length < mostKept) this.#free.push(slab);
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
