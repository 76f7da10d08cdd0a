import type { CaptureReport } from '../capture/capture-report.js';

/** What was captured from one device so far. */
export interface DeviceReport {
  /** Its name. */
  device: string;
  /**
   * Packets that the kernel had for us, behind the filter: those that were received, those that were dropped by kernel and credit, and those that wait in the ring. After the end none
   * waits: then it is the sum of the others.
   */
  arrived: number;
  /** Packets that were delivered to us, and their captured bytes. */
  received: number;
  bytes: number;
  /** As in {@link LiveReport}. */
  droppedByKernel: number;
  droppedByCredit: number;
  droppedByInterface: number;
  /** With `retry`: it is down or gone, and is waited for. */
  away: boolean;
  /** With `retry`: how often it has come back. */
  returns: number;
}

/** What a live source has captured so far. What was received and what was dropped are together what came. */
export interface LiveReport extends Omit<CaptureReport, 'filtered'> {
  /** The devices, as they were given. */
  devices: readonly string[];
  /** The counts of each of them; the others here are their sums. */
  byDevice: readonly DeviceReport[];
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
