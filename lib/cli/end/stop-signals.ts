import type { Outside } from '../streams.js';

/** The signals that end a run, with the exit code that shells expect of it. */
const exitCodes = { SIGINT: 130, SIGTERM: 143 } as const;

/** What signals did to a run. */
export interface StopSignals {
  /** The exit code of the signal that came, or null without one. */
  exitCode(): number | null;
  /** Stops listening: signals do again what they do by themselves. */
  release(): void;
}

/** How long after a signal the same one is still that one, in milliseconds: timeout(1) and npx hand a signal on that has also come to the whole group. */
const sameMs = 200;

/** Calls `stop` at the first SIGINT or SIGTERM and quits at the second, a moment later; a third ends the process as if nobody listened. */
export function onStopSignals({ signals, quit }: Pick<Outside, 'signals' | 'quit'>, stop: () => void): StopSignals {
  let exitCode: number | null = null;
  let firstAt = 0;
  const listeners = Object.entries(exitCodes).map(([signal, code]) => {
    const listener = (): void => {
      if (exitCode === code && performance.now() - firstAt < sameMs) return;
      const first = exitCode === null;
      exitCode = code;
      firstAt = performance.now();
      if (first) return stop();
      release();
      quit(code);
    };
    signals.on(signal, listener);
    return { signal, listener };
  });
  const release = (): void => {
    for (const { signal, listener } of listeners) signals.off(signal, listener);
  };
  return { exitCode: () => exitCode, release };
}
