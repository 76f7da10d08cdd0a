import { valueAt, type FlowValue } from '../flows/columns.js';
import type { FlowBatch } from '../flows/flow-batch.js';
import { FlowError } from '../errors.js';

/** The columns that hold the time of a flow's last packet: their ending is their unit. */
const lastSeen = /^(?:bidirectional_last_seen_(ms|us|ns)|end_time)$/;

/** What makes milliseconds of a value. */
const toMs: Readonly<Record<string, (value: FlowValue) => number>> = {
  ms: (value) => Number(value),
  us: (value) => Number(value) / 1e3,
  ns: (value) => (typeof value === 'bigint' ? Number(value / 1000n) / 1e3 : Number(value) / 1e6),
  text: (value) => Date.parse(String(value)),
};

/**
 * The time by which a flow is sorted into files, in milliseconds since 1970: that of its last packet, or the wall's where the source is live.
 * @throws {FlowError} ERR_NFSTREAM_COLUMN when the batch has no column for it, or a row no time
 */
export function timeOf({ schema, columns }: FlowBatch): (row: number) => number {
  if (schema.run.live === true) {
    const now = Date.now();
    return () => now;
  }
  const index = schema.fields.findIndex((field) => lastSeen.test(field.name));
  if (index < 0) {
    throw new FlowError(
      'ERR_NFSTREAM_COLUMN',
      'Files and folders by time need the column bidirectional_last_seen_ms, but these flows have none; keep it among the columns.',
    );
  }
  const { name, type } = schema.fields[index]!;
  const column = columns[index]!;
  const ms = toMs[type === 'text' ? 'text' : (lastSeen.exec(name)![1] ?? 'ms')]!;
  return (row) => {
    const value = valueAt(column, row);
    const time = value === null ? NaN : ms(value);
    if (Number.isNaN(time))
      throw new FlowError('ERR_NFSTREAM_COLUMN', `Files and folders by time need a time in ${name}, but flow ${row} of a batch has none.`);
    return time;
  };
}
