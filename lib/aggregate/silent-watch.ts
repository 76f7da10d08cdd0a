import { setImmediate as nextTurn } from 'node:timers/promises';
import type { RunState } from '../stage/run-state.js';

/** How often the clock of a silent wire is looked at, in milliseconds. */
const everyMs = 250;

/** Rounds of the event loop in which what has come meanwhile gets its turn: a timer may be first to run when the loop was held up. */
const rounds = 2;

/** Looks at the clock of a silent wire now and then. It does not keep the process: who reads the wire does. */
export class SilentWatch {
  readonly #runs = new Set<RunState>();
  readonly #waits: () => boolean;
  readonly #expire: (nowMs: number) => Promise<void>;
  #timer: NodeJS.Timeout | null = null;
  #looking = false;

  /** @param waits whether something is there that can end, and nothing else is to be done, @param expire ends what is over by a time; a rejection is its own affair */
  constructor(waits: () => boolean, expire: (nowMs: number) => Promise<void>) {
    this.#waits = waits;
    this.#expire = expire;
  }

  /** Looks at the clock of a source, too, if it has one. */
  add(run: RunState): void {
    if (run.clock === undefined) return;
    this.#runs.add(run);
    this.#timer ??= setInterval(() => void this.look(), everyMs).unref();
  }

  stop(): void {
    if (this.#timer !== null) clearInterval(this.#timer);
    this.#timer = null;
  }

  /** Looks once. What comes while it does makes the clock stand, or go on from there. */
  async look(): Promise<void> {
    if (this.#looking) return;
    this.#looking = true;
    try {
      const nowMs = this.#now();
      if (nowMs === undefined) return;
      for (let round = 0; round < rounds; round++) await nextTurn();
      const thenMs = this.#now();
      if (thenMs !== undefined && thenMs >= nowMs) await this.#expire(nowMs);
    } finally {
      this.#looking = false;
    }
  }

  /** The time by packets while nothing comes: of several sources the one that is furthest behind; undefined when one does not know it. */
  #now(): number | undefined {
    if (!this.#waits()) return undefined;
    let least: number | undefined;
    for (const { clock } of this.#runs) {
      if (clock === undefined) continue; // that source has ended
      const nowMs = clock();
      if (nowMs === undefined) return undefined;
      least = Math.min(least ?? Infinity, nowMs);
    }
    return least;
  }
}
