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
    };
  }

  #sum(): { packets: number; filtered: number; bytesIn: number } {
    const [a, b] = [this.#before, this.#now];
    return { packets: a.packets + b.packets, filtered: a.filtered + b.filtered, bytesIn: a.bytesIn + b.bytesIn };
  }
}
