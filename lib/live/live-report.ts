import type { CaptureReport } from '../capture/capture-report.js';

/** What a live source has captured so far. What was received and what was dropped are together what came. */
export interface LiveReport extends Omit<CaptureReport, 'filtered'> {
  /** The devices, as they were given. */
  devices: readonly string[];
  /** Packets that were delivered to us; those of {@link CaptureReport.packets}. */
  received: number;
  /** Their captured bytes. */
  bytes: number;
  /** Packets that found the ring full though there was memory to read them into: the machine is too busy, or the ring too small for a burst. */
  droppedByKernel: number;
  /** Packets that found the ring full while the stages behind had not yet taken the batches before: they are too slow. */
  droppedByCredit: number;
  /** Frames for which the device itself had no room. */
  droppedByInterface: number;
  /** Packets that the filter took out: 0 without one, null where it is not known, as the kernel filters and does not count. */
  filtered: number | null;
  /** Memory for batches that was granted to the capture and is not filled yet. */
  batchesInFlight: number;
  /** Batches that are filled, and wait to be read from the source. */
  queued: number;
}
