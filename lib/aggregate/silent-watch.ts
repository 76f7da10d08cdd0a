import { setImmediate as nextTurn } from 'node:timers/promises';
import type { RunState } from '../stage/run-state.js';

/** How often the clock of a silent wire is looked at, in milliseconds. */
const everyMs = 250;

/** Rounds of the event loop in which what has come meanwhile gets its turn: a timer may be first to run when the loop was held up. */
const rounds = 2;

/** Looks at the clock of a silent wire now and then. It does not keep the process: who reads the wire does. */
export class SilentWatch {
  readonly #clock: () => number | undefined;
  readonly #expire: (nowMs: number) => Promise<void>;
  #timer: NodeJS.Timeout | null = null;
  #looking = false;

  /** @param clock as that of a RunState, @param expire ends what is over by a time; a rejection is its own affair */
  constructor(clock: () => number | undefined, expire: (nowMs: number) => Promise<void>) {
    this.#clock = clock;
    this.#expire = expire;
  }

  start(): void {
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
      const nowMs = this.#clock();
      if (nowMs === undefined) return;
      for (let round = 0; round < rounds; round++) await nextTurn();
      const thenMs = this.#clock();
      if (thenMs !== undefined && thenMs >= nowMs) await this.#expire(nowMs);
    } finally {
      this.#looking = false;
    }
  }
}

/** The time of silent sources: of several the one that is furthest behind; undefined when one does not know it. */
export function furthestBehind(runs: Iterable<RunState>): number | undefined {
  let least: number | undefined;
  for (const { clock } of runs) {
    if (clock === undefined) continue;
    const nowMs = clock();
    if (nowMs === undefined) return undefined;
    least = Math.min(least ?? Infinity, nowMs);
  }
  return least;
}
