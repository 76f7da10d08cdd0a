import type { Field } from '../schema/fields.js';
import type { BatchBuilder } from './batch-builder.js';
import type { ByteWindow } from './byte-window.js';

/** A text format: knows where rows stand in bytes and how their values are written. An object reads one input. */
export interface RowReader {
  /**
   * The fields of the rows, by what stands in front of them and by the first of them, which are read again later.
   * @returns null when more bytes are needed; not where the input has ended
   * @throws {FlowError} when the input is not of this format
   */
  fields(window: ByteWindow): Promise<readonly Field[] | null>;
  /**
   * Reads whole rows into the builder, at most `most`, and moves the window behind them.
   * @returns false when no whole row is left; then more bytes are needed, or the input is at its end
   * @throws {FlowError} for a row that is wrong; those before it are in the builder
   */
  rows(window: ByteWindow, builder: BatchBuilder, most: number): boolean;
  /** Called when the input has ended and no whole row is left. @throws {FlowError} when something is left */
  end(window: ByteWindow): void;
}

/** No row may be longer than this: a quote without its partner would swallow the rest of the input. */
export const longestRow = 4 << 20;

/** Fields are judged by at most this many rows, of this many bytes or of all there are. */
export const sampleRows = 1000;
export const sampleBytes = 1 << 20;
