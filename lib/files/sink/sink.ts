import { once } from 'node:events';
import type { Writable } from 'node:stream';
import { setTimeout as pause } from 'node:timers/promises';

/** How long to wait for a descriptor that another process has set to refuse rather than wait, in milliseconds. */
const retryMs = 5;

/** Where the bytes of a file go. Its functions reject with the system's errors. */
export interface Sink {
  /** Writes all of these bytes; called again only after it has resolved. */
  write(bytes: Uint8Array): Promise<void>;
  /** Makes what was written the output, for good, and closes. */
  commit(): Promise<void>;
  /** Gives up: closes, and leaves nothing behind that is not the output. */
  abort(): Promise<void>;
  /** Holds no descriptor until the next call; absent where one must be held, as by a pipe. Between writes. */
  rest?(): Promise<void>;
}

/** Writes to a stream of Node; `owned` says whether to end it. */
export function streamSink(stream: Writable, owned: boolean): Sink {
  let failure: Error | null = null;
  const onError = (error: Error): void => void (failure ??= error);
  stream.on('error', onError);
  const release = async (): Promise<void> => {
    if (owned && !stream.closed) await once(stream.destroy(), 'close');
    stream.off('error', onError);
  };
  return {
    write: (bytes) =>
      new Promise((resolve, reject) => {
        stream.write(bytes, (error) => (error ? reject(failure ?? error) : resolve()));
      }),
    async commit() {
      if (owned) await new Promise<void>((resolve, reject) => stream.end((error?: Error | null) => (error ? reject(failure ?? error) : resolve())));
      await release();
    },
    abort: release,
  };
}

/** Writes bytes from `from` on at the descriptor's position; says how many. */
export type WriteSome = (bytes: Uint8Array, from: number) => Promise<{ bytesWritten: number }>;

/** Writes all bytes, however few a call takes. */
export async function writeAll(write: WriteSome, bytes: Uint8Array, cancelled: AbortSignal): Promise<void> {
  for (let from = 0; from < bytes.length;) {
    try {
      from += (await write(bytes, from)).bytesWritten;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw error;
      await pause(retryMs, undefined, { signal: cancelled });
    }
  }
}
