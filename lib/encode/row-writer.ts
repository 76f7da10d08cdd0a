import type { NativeRowForm } from '../../typings/native.js';
import type { FlowColumn } from '../flows/columns.js';
import { missingNative, native } from '../native.js';

/** Rows that native code writes in one call, which takes about a millisecond. */
export const nativeStride = 1024;

/** Writes rows `from` to `to` (exclusive) as the encoder that made it does, several times as fast. */
export interface RowWriter {
  write(columns: readonly FlowColumn[], from: number, to: number): Uint8Array;
}

/** Makes what writes rows in a form; null where the encoder has to do it by itself. */
export type MakeRowWriter = (form: NativeRowForm) => RowWriter | null;

/** Where the addon is not there, files of flows are still converted: then there is none. */
export const nativeRows: MakeRowWriter = (form) => (missingNative() === null ? new native.NativeRowWriter(form) : null);
