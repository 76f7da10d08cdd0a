import { constants, fstat as fstatCallback, open as openCallback, write as writeCallback, type Stats } from 'node:fs';
import { open as openFile } from 'node:fs/promises';
import { Socket } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { isatty } from 'node:tty';
import { promisify } from 'node:util';
import { streamSink, writeAll, type Sink } from './sink.js';

const fstat = promisify(fstatCallback);
const open = promisify(openCallback);
const write = promisify(writeCallback);

/** How often a FIFO without a reader is tried again, in milliseconds. */
const readerPollMs = 20;

/** The descriptor that a path stands for: /dev/stdout is 1, /dev/fd/N is N. Null for other paths. */
export function descriptorOf(path: string): number | null {
  if (path === '/dev/stdout') return 1;
  if (path === '/dev/stderr') return 2;
  const match = /^\/(?:dev|proc\/self)\/fd\/(\d{1,9})$/.exec(path);
  return match === null ? null : Number(match[1]);
}

/**
 * Writes to a descriptor that the process has: opening its path would begin a redirected file again, and fails for sockets. The descriptor
 * stays open, as it is not ours.
 */
export async function openDescriptor(descriptor: number, cancelled: AbortSignal): Promise<Sink> {
  const stats = await fstat(descriptor);
  const waits = stats.isFIFO() || stats.isSocket() || isatty(descriptor);
  // Node has standard output open already, and writes there without holding up the event loop or its thread pool.
  if (waits && descriptor === 1) return streamSink(process.stdout, false);
  if (waits && descriptor === 2) return streamSink(process.stderr, false);
  if (stats.isFIFO()) return openFifo(`/proc/self/fd/${descriptor}`, cancelled);
  const nothing = (): Promise<void> => Promise.resolve();
  return {
    write: (bytes) => writeAll((rest, from) => write(descriptor, rest, from), bytes, cancelled),
    commit: nothing,
    abort: nothing,
  };
}

/** Writes to what is not a regular file: a FIFO or a device. */
export async function openInPlace(path: string, stats: Stats, cancelled: AbortSignal): Promise<Sink> {
  if (stats.isFIFO()) return openFifo(path, cancelled);
  const file = await openFile(path, constants.O_WRONLY);
  return {
    write: (bytes) => writeAll((rest, from) => file.write(rest, from), bytes, cancelled),
    commit: () => file.close(),
    abort: () => file.close(),
  };
}

/** Waits for a reader by trying: an open that blocks would hold a thread of the pool, and with it the end of the process. */
async function openFifo(path: string, cancelled: AbortSignal): Promise<Sink> {
  for (;;) {
    try {
      const fd = await open(path, constants.O_WRONLY | constants.O_NONBLOCK);
      return streamSink(new Socket({ fd, readable: false }), true);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENXIO') throw error;
      await pause(readerPollMs, undefined, { signal: cancelled });
    }
  }
}
