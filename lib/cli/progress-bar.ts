import cliProgress from 'cli-progress';
import type { Progress } from '../progress.js';
import { count, shortDuration } from './quantity.js';

/** Runs shorter than this show no bar. */
const quietMs = 1000;
const refreshMs = 200;

/**
 * Shows a progress bar on a terminal when a run takes longer than a second and its size is known.
 * @returns a function that takes the bar away
 */
export function showProgress(terminal: NodeJS.WritableStream, position: () => Pick<Progress, 'bytesRead' | 'bytesTotal' | 'packets'>): () => void {
  const began = performance.now();
  let bar: cliProgress.SingleBar | null = null;
  const timer = setInterval(() => {
    const { bytesRead, bytesTotal, packets } = position();
    const elapsedMs = performance.now() - began;
    if (bytesTotal === 0 || bytesRead === 0 || elapsedMs < quietMs) return;
    const read = Math.min(bytesRead, bytesTotal);
    const texts = { packets: count(packets), left: shortDuration(Math.round((elapsedMs * (bytesTotal - read)) / read / 1000) * 1000) };
    if (bar === null) {
      bar = new cliProgress.SingleBar({
        stream: terminal,
        format: '{bar} {percentage}%  {packets} packets  {left} left',
        barCompleteChar: '#',
        barIncompleteChar: '-',
        barsize: 30,
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
