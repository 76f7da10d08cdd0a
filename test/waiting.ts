import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { promisify } from 'node:util';

/** Waits until something is so, however long that takes; the time limit of the test ends it when it never is. */
export async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await pause(2);
}

/**
 * How often a timer of 10 ms fires before something has come about: what this program sees of the time, so that a machine that is busy with
 * others' work, on which the clock goes on and the program does not, counts no more.
 */
export async function ticksUntil(done: Promise<unknown>): Promise<number> {
  let ticks = 0;
  const timer = setInterval(() => ticks++, 10);
  try {
    await done;
  } finally {
    clearInterval(timer);
  }
  return ticks;
}

/**
 * Milliseconds of processor time that this thread has had. On a busy machine the clock also counts others' work, and the process that of its
 * other threads, such as those of encoders.
 */
export function processorMs(): number {
  return Number(readFileSync('/proc/thread-self/schedstat', 'utf8').split(' ')[0]) / 1e6;
}

const wait = `
import fcntl, os, struct, sys, termios, time
fifo = os.open(sys.argv[1], os.O_RDONLY | os.O_NONBLOCK)
while struct.unpack("i", fcntl.ioctl(fifo, termios.FIONREAD, bytes(4)))[0] > 0: time.sleep(0.002)`;

/** Waits until the reader of a FIFO has taken all that was written, which Node cannot ask. */
export async function drained(fifo: string): Promise<void> {
  await promisify(execFile)('python3', ['-c', wait, fifo]);
}
