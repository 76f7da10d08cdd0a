import type { Outside } from '../streams.js';

/** What signals ask of a run that goes on. */
export interface OnSignals {
  /** SIGUSR2: gives the open flows as they are. */
  snapshot(): Promise<unknown>;
  /** SIGHUP: begins other files; null where there is one file, so that the signal does what it does by itself. */
  readonly rotate: (() => Promise<unknown>) | null;
}

/**
 * Does what signals ask for, until it is released.
 * @returns a function that stops listening
 */
export function onRunSignals({ signals }: Pick<Outside, 'signals'>, { snapshot, rotate }: OnSignals): () => void {
  // What fails destroys its stage, and is told with the run.
  const quietly = (work: () => Promise<unknown>) => (): void => void work().catch(() => {});
  const listeners: [signal: string, listener: () => void][] = [['SIGUSR2', quietly(snapshot)]];
  if (rotate !== null) listeners.push(['SIGHUP', quietly(rotate)]);
  for (const [signal, listener] of listeners) signals.on(signal, listener);
  return () => {
    for (const [signal, listener] of listeners) signals.off(signal, listener);
  };
}
