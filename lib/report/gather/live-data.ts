import type { Told } from './told.js';

/** How far back a view of a run that goes on reaches, each in bins of one width. */
export const windows = {
  minute: { title: 'Last minute', binMs: 1000, bins: 60 },
  hour: { title: 'Last hour', binMs: 60_000, bins: 60 },
  day: { title: 'Last day', binMs: 900_000, bins: 96 },
} as const;

/** The name of a window. */
export type WindowName = keyof typeof windows;

/** The names of all windows. */
export const windowNames = Object.keys(windows) as readonly WindowName[];

/** How a run does. */
export interface RunState {
  /** When it was told, in milliseconds since the epoch. */
  readonly atMs: number;
  /** Since the run began. */
  readonly seconds: number;
  readonly packets: number;
  readonly packetsPerSecond: number;
  /** Captured bytes a second. */
  readonly bytesPerSecond: number;
  /** Flows that have ended. */
  readonly flows: number;
  readonly openFlows: number;
  readonly capacity: number;
  readonly tableBytes: number;
  /** Packets that were lost, by who lost them; null where no device is captured from. */
  readonly dropped: { readonly kernel: number; readonly credit: number; readonly interface: number } | null;
  /** Devices that are waited for. */
  readonly away: readonly string[];
}

/** What a page is told each second. */
export interface LookData {
  /** What is captured from. */
  readonly title: string;
  readonly state: RunState;
  /** More flows were active than are told apart in a second: what is shown is estimated. */
  readonly estimated: boolean;
  readonly timelines: Told['timelines'];
  /** Everything else; null where it is as it was told before. */
  readonly told: Omit<Told, 'timelines'> | null;
}
