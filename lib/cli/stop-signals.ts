import type { EventEmitter } from 'node:events';

/** The signals that end a run, with the exit code that shells expect of it. */
const exitCodes = { SIGINT: 130, SIGTERM: 143 } as const;

/** What signals did to a run. */
export interface StopSignals {
  /** The exit code of the signal that came, or null without one. */
  exitCode(): number | null;
  /** Stops listening: signals do again what they do by themselves. */
  release(): void;
}

/** Calls `stop` at the first SIGINT or SIGTERM and `quit` at the second; a third ends the process as if nobody listened. */
export function onStopSignals(signals: EventEmitter, stop: () => void, quit: () => void): StopSignals {
  let exitCode: number | null = null;
  const listeners = Object.entries(exitCodes).map(([signal, code]) => {
    const listener = (): void => {
      if (exitCode === null) {
        exitCode = code;
        stop();
      } else {
        exitCode = code;
        release();
        quit();
      }
    };
    signals.on(signal, listener);
    return { signal, listener };
  });
  const release = (): void => {
    for (const { signal, listener } of listeners) signals.off(signal, listener);
  };
  return { exitCode: () => exitCode, release };
}
