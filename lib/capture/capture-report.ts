import type { FlowError } from '../errors.js';

/** What a source has read so far. */
export interface CaptureReport {
  /** Captures that were begun. */
  files: number;
  /** Packets that were read, those that the filter took out included. */
  packets: number;
  /** Packets that the filter took out. */
  filtered: number;
  /** Bytes that were read, compressed ones as they are in the file. */
  bytesRead: number;
  /** Size of all regular files together; 0 when it is not known. */
  bytesTotal: number;
  /** The first damage; null when everything is sound. */
  damage: FlowError | null;
  /** Everything that was wrong, in order. */
  damages: FlowError[];
  /** Files that begin before the one in front of them ends. */
  outOfOrderFiles: string[];
  /** With `reorder`: packets that were put in front of others, those that came too late for it, and those that went on early because memory was used up. */
  order?: { reordered: number; late: number; early: number };
  /** With `deduplicate`: packets that are the same as one before; those in no flow for another reason are not among them. */
  duplicates?: number;
}

/** Counters of captures that were read, added up. */
export class CaptureCounts {
  #before = { packets: 0, filtered: 0, bytesIn: 0 };
  #now = this.#before;
  files = 0;
  bytesTotal = 0;
  /** Whether a capture came to a good end. */
  sound = false;
  readonly damages: FlowError[] = [];
  readonly outOfOrderFiles: string[] = [];
  /** Null where nothing is put in order, or looked for. */
  order: { reordered: number; late: number; early: number } | null = null;
  duplicates: number | null = null;

  get packets(): number {
    return this.#before.packets + this.#now.packets;
  }

  /** A new capture begins: its counters start at 0. */
  begin(): void {
    this.#before = this.#sum();
    this.#now = { packets: 0, filtered: 0, bytesIn: 0 };
    this.files++;
  }

  /** The counters of the capture that is being read. */
  update(now: { packets: number; filtered: number; bytesIn: number }): void {
    this.#now = now;
  }

  report(): CaptureReport {
    const { packets, filtered, bytesIn } = this.#sum();
    const { files, bytesTotal, damages, outOfOrderFiles } = this;
    return {
      files,
      packets,
      filtered,
      bytesRead: bytesIn,
      bytesTotal,
      damage: damages[0] ?? null,
      damages: [...damages],
      outOfOrderFiles: [...outOfOrderFiles],
      ...(this.order !== null && { order: { ...this.order } }),
      ...(this.duplicates !== null && { duplicates: this.duplicates }),
    };
  }

  #sum(): { packets: number; filtered: number; bytesIn: number } {
    const [a, b] = [this.#before, this.#now];
    return { packets: a.packets + b.packets, filtered: a.filtered + b.filtered, bytesIn: a.bytesIn + b.bytesIn };
  }
}
