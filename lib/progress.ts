import { invalidOption } from './errors.js';

/** How far a run is. */
export interface Progress {
  /** Flows that were written. */
  readonly flows: number;
  /** Packets that were read, those that a filter took out included. */
  readonly packets: number;
  readonly bytesRead: number;
  /** Size of all captures together; 0 where it is not known. */
  readonly bytesTotal: number;
}

/** What tells how far a run is. */
export interface ProgressOptions {
  /**
   * Called four times a second while the run goes on, and once at its end. What it throws, or rejects with, fails the run, which leaves no file; only at the end the file is
   * there already.
   */
  onProgress?: (progress: Progress) => void | Promise<void>;
}

const intervalMs = 250;

/** @throws {FlowError} ERR_NFSTREAM_OPTION_TYPE */
export function checkProgress(onProgress: unknown): void {
  if (onProgress !== undefined && typeof onProgress !== 'function') throw invalidOption('ERR_NFSTREAM_OPTION_TYPE', 'onProgress', 'a function', onProgress);
}

/**
 * Calls `onProgress` while a run goes on, and when it has succeeded.
 * @param onProgress checked by `checkProgress`, @param run the run, which the signal ends
 * @throws whatever the run or `onProgress` throws
 */
export async function withProgress(
  onProgress: ProgressOptions['onProgress'],
  position: () => Progress,
  run: (signal: AbortSignal) => Promise<void>,
): Promise<void> {
  const cancel = new AbortController();
  if (onProgress === undefined) return run(cancel.signal);
  const tell = async (): Promise<void> => onProgress(position());
  const timer = setInterval(() => void tell().catch((error: unknown) => cancel.abort(error)), intervalMs);
  try {
    await run(cancel.signal);
  } catch (error) {
    throw cancel.signal.aborted ? cancel.signal.reason : error;
  } finally {
    clearInterval(timer);
  }
  return tell();
}
