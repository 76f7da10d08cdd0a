import { setTimeout as pause } from 'node:timers/promises';

/** How long to wait for a descriptor that another process has set to refuse rather than wait, in milliseconds. */
const retryMs = 5;

/** Writes bytes from `from` on at the descriptor's position; says how many. */
export type WriteSome = (bytes: Uint8Array, from: number) => Promise<{ bytesWritten: number }>;

/** Writes all bytes, however few a call takes. */
export async function writeAll(write: WriteSome, bytes: Uint8Array, cancelled: AbortSignal): Promise<void> {
  for (let from = 0; from < bytes.length; ) {
    try {
      from += (await write(bytes, from)).bytesWritten;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw error;
      await pause(retryMs, undefined, { signal: cancelled });
    }
  }
}
