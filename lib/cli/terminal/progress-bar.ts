import { createRequire } from 'node:module';
import type CliProgress from 'cli-progress';
import { count, shortBytes, shortDuration } from '../../text/quantity.js';
import type { OutputStream } from '../streams.js';

/** How far a run is. */
export interface Position {
  readonly bytesRead: number;
  /** 0 where it isn't known. */
  readonly bytesTotal: number;
  /** What was read so far: packets, or flows where there are none. */
  readonly packets?: number;
  readonly flows?: number;
}

/** Runs shorter than this show no bar. */
const quietMs = 1000;
const refreshMs = 200;

/**
 * Shows a progress bar on a terminal when a run takes longer than a second and its size is known: how much of it was read, how fast, and what time is left.
 * @returns a function that takes the bar away
 */
export function showProgress(terminal: OutputStream, position: () => Position): () => void {
  if (terminal.isTTY !== true) return () => {};
  const began = performance.now();
  let bar: CliProgress.SingleBar | null = null;
  const timer = setInterval(() => {
    const { bytesRead, bytesTotal, packets = 0, flows = 0 } = position();
    const elapsedMs = performance.now() - began;
    if (bytesTotal === 0 || bytesRead === 0 || elapsedMs < quietMs) return;
    const read = Math.min(bytesRead, bytesTotal);
    const [times, noun] = packets > 0 ? [packets, 'packets'] : [flows, 'flows'];
    const texts = {
      bytes: `${shortBytes(read)} of ${shortBytes(bytesTotal)}`,
      counted: `${count(times)} ${noun}`,
      rate: `${count(Math.round((1000 * times) / elapsedMs))} ${noun}/s`,
      left: shortDuration(Math.round((elapsedMs * (bytesTotal - read)) / read / 1000) * 1000),
    };
    if (bar === null) {
      // Loaded when it is needed: most runs are over by then, or have no terminal.
      const cliProgress = createRequire(import.meta.url)('cli-progress') as typeof CliProgress;
      bar = new cliProgress.SingleBar({
        stream: terminal,
        format: '{bar} {percentage}%  {bytes}  {counted}  {rate}  {left} left',
        barCompleteChar: '#',
        barIncompleteChar: '-',
        barsize: 20,
        hideCursor: true,
        clearOnComplete: true,
      });
      bar.start(bytesTotal, read, texts);
    }
    bar.update(read, texts);
  }, refreshMs);
  return () => {
    clearInterval(timer);
    bar?.stop();
  };
}
