import type { Duplex, Writable } from 'node:stream';

/**
 * Calls back when the work of a stream is done, with what it failed with: not when the stream was destroyed meanwhile, as work then fails because its means are gone,
 * and Node would take that for the reason.
 */
export function whenDone(stream: Writable | Duplex, work: Promise<unknown>, callback: (error?: Error | null) => void): void {
  work.then(
    () => callback(),
    (error: Error) => callback(stream.destroyed ? null : error),
  );
}
