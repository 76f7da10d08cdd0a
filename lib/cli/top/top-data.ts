import type { FlowRow } from './flow-row.js';

/** What the view shows of an application. */
export interface TopApplication {
  /** Ready to be shown. */
  readonly name: string;
  readonly bytesPerSecond: number;
  readonly packetsPerSecond: number;
  readonly bytes: number;
  readonly packets: number;
  readonly flows: number;
  /** Bytes over time, the newest last. */
  readonly history: readonly number[];
}

/** What it shows of a flow. */
export interface TopFlow {
  readonly flow: FlowRow;
  readonly bytesPerSecond: number;
  readonly packetsPerSecond: number;
  /** Bytes over time, the newest last; empty where that is not told. */
  readonly history: readonly number[];
}

/** What the view shows. */
export interface TopData {
  /** Lines at the top: what it is of, and how it does. */
  readonly facts: readonly string[];
  /** What is wrong: packets that were lost. '' where nothing is. */
  readonly trouble: string;
  /** What comes a second, over time; or over the time of a capture. */
  readonly history: readonly number[];
  /** What a step of the history is, in milliseconds. */
  readonly stepMs: number;
  readonly applications: readonly TopApplication[];
  readonly flows: readonly TopFlow[];
  /** What is not shown, as in "the largest 2,000 of 123,456 flows"; '' where nothing is left out. */
  readonly leftOut: string;
}

/** Where the view has it from. */
export interface TopSource {
  /** As of now. */
  data(): TopData;
  /** What is worth to be sorted by at first. */
  readonly order: 'rate' | 'bytes';
}
