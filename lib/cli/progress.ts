import cliProgress from 'cli-progress';

/** How far a run is. */
export interface Position {
  readonly bytesRead: number;
  /** 0 where it isn't known. */
  readonly bytesTotal: number;
  readonly packets: number;
}

/** Runs shorter than this show no bar. */
const quietMs = 1000;
const refreshMs = 200;

/**
 * Shows a progress bar on a terminal when a run takes longer than a second and its size is known.
 * @returns a function that takes the bar away
 */
export function showProgress(terminal: NodeJS.WritableStream, position: () => Position): () => void {
  const began = performance.now();
  let bar: cliProgress.SingleBar | null = null;
  const timer = setInterval(() => {
    const { bytesRead, bytesTotal, packets } = position();
    if (bytesTotal === 0 || performance.now() - began < quietMs) return;
    if (bar === null) {
      bar = new cliProgress.SingleBar({
        stream: terminal,
        format: '{bar} {percentage}%  {packets} packets  {eta_formatted} left',
        barCompleteChar: '#',
        barIncompleteChar: '-',
        barsize: 30,
        hideCursor: true,
        clearOnComplete: true,
        etaBuffer: 50,
      });
      bar.start(bytesTotal, bytesRead, { packets });
    }
    bar.update(Math.min(bytesRead, bytesTotal), { packets: packets.toLocaleString('en-US') });
  }, refreshMs);
  return () => {
    clearInterval(timer);
    bar?.stop();
  };
}
