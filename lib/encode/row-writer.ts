import type { NativeRowForm } from '../../typings/native.js';
import type { FlowColumn } from '../flows/columns.js';
import { missingNative, native } from '../native.js';

/** Rows that native code writes in one call at most. */
export const nativeStride = 4096;
/** So few are written on the spot, which takes less than half a millisecond; more by a thread of the pool, while the next flows are made. */
const fewRows = 256;

/** Writes rows `from` to `to` (exclusive) as the encoder that made it does, several times as fast. */
export interface RowWriter {
  write(columns: readonly FlowColumn[], from: number, to: number): Uint8Array;
  /** The same, beside the JavaScript thread; one call at a time. */
  writeBeside(columns: readonly FlowColumn[], from: number, to: number): Promise<Uint8Array>;
}

/** Makes what writes rows in a form; null where the encoder has to do it by itself. */
export type MakeRowWriter = (form: NativeRowForm) => RowWriter | null;

/** Where the addon is not there, files of flows are still converted: then there is none. */
export const nativeRows: MakeRowWriter = (form) => (missingNative() === null ? new native.NativeRowWriter(form) : null);

/** Rows `from` to `to` (exclusive) of these columns. */
export function writeRows(writer: RowWriter, columns: readonly FlowColumn[], from: number, to: number): Uint8Array | Promise<Uint8Array> {
  return to - from > fewRows ? writer.writeBeside(columns, from, to) : writer.write(columns, from, to);
}
