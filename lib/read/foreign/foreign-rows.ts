import { setImmediate as nextTurn } from 'node:timers/promises';
import type { FlowError } from '../../errors.js';
import type { Field } from '../../schema/fields.js';
import type { BatchBuilder } from '../batch-builder.js';
import type { ByteWindow } from '../byte-window.js';
import { CellError } from '../cell-error.js';
import type { ColumnBuilder } from '../column-builder.js';
import { readField } from '../field-types.js';
import type { RowErrors } from '../row-error.js';
import { longestRow, type RowReader } from '../row-reader.js';
import type { ForeignFlow } from './values.js';

/** How another program writes flows, a line each. */
export interface ForeignFormat {
  /** What people call it. */
  readonly title: string;
  /** What it tells besides {@link commonColumns}. */
  readonly columns: readonly string[];
  /** The flow that a line tells; null for a line that is none. @throws {CellError} for one that is wrong, {SyntaxError} of JSON.parse */
  flow(line: string): ForeignFlow | null;
}

/** What every other program tells of flows, by our names. */
const commonColumns: readonly string[] = [
  'src_ip',
  'src_port',
  'dst_ip',
  'dst_port',
  'protocol',
  'ip_version',
  'bidirectional_first_seen_ms',
  'bidirectional_last_seen_ms',
  'bidirectional_duration_ms',
  'bidirectional_packets',
  'bidirectional_bytes',
  'src2dst_packets',
  'src2dst_bytes',
  'dst2src_packets',
  'dst2src_bytes',
  'application_name',
  'community_id',
];

const lf = 0x0a;
const cr = 0x0d;

/** Flows that another program has logged, on our columns: each may be null. A line without its line break counts as cut off. */
export class ForeignRows implements RowReader {
  readonly #format: ForeignFormat;
  readonly #errors: RowErrors;

  constructor(format: ForeignFormat, errors: RowErrors) {
    this.#format = format;
    this.#errors = errors;
  }

  async fields(window: ByteWindow): Promise<readonly Field[] | null> {
    await nextTurn();
    window.skipByteOrderMark();
    return [...commonColumns, ...this.#format.columns].map(readField);
  }

  rows(window: ByteWindow, builder: BatchBuilder, most: number): boolean {
    for (let count = 0; count < most; count++) {
      const { bytes, from } = window;
      const end = bytes.indexOf(lf, from);
      if (end < 0) {
        if (bytes.length - from > longestRow)
          throw this.#errors.inRow('ERR_NFSTREAM_CORRUPT', `no line ends within ${longestRow} bytes`, window.offsetOf(from));
        return false;
      }
      const flow = this.#flow(window, from, bytes[end - 1] === cr && end > from ? end - 1 : end);
      window.from = end + 1;
      this.#errors.rows++;
      if (flow === null) continue;
      for (const column of builder.columns) put(column, builder.row, flow[column.field.name] ?? null);
      builder.endRow();
    }
    return true;
  }

  end(window: ByteWindow): void {
    if (window.size === 0) return;
    throw this.#errors.inRow('ERR_NFSTREAM_TRUNCATED', 'the line has no end: it was cut off, or lacks its line break', window.offsetOf(window.from));
  }

  #flow(window: ByteWindow, from: number, to: number): ForeignFlow | null {
    if (from === to) return null;
    try {
      return this.#format.flow(window.text(from, to));
    } catch (error) {
      throw this.#wrong(error, window.offsetOf(from));
    }
  }

  #wrong(error: unknown, offset: number): FlowError {
    if (error instanceof CellError) return this.#errors.inRow('ERR_NFSTREAM_COLUMN', `of ${this.#format.title} ${error.message}`, offset, error);
    if (error instanceof SyntaxError)
      return this.#errors.inRow('ERR_NFSTREAM_CORRUPT', `of ${this.#format.title} there is no JSON: ${error.message}`, offset, error);
    throw error;
  }
}

function put(column: ColumnBuilder, row: number, value: number | string | null): void {
  if (value === null) return column.setNull(row);
  const bytes = Buffer.from(String(value));
  column.set(row, bytes, 0, bytes.length);
}
