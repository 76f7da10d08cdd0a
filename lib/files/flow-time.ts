import { seenColumn } from '../flows/seen-times.js';
import type { FlowBatch } from '../flows/flow-batch.js';
import { FlowError } from '../errors.js';

/**
 * The time by which a flow is sorted into files, in milliseconds since 1970: that of its last packet, or the wall's where the source is live.
 * @throws {FlowError} ERR_NFSTREAM_COLUMN when the batch has no column for it, or a row no time
 */
export function timeOf({ schema, columns }: FlowBatch): (row: number) => number {
  if (schema.run.live === true) {
    const now = Date.now();
    return () => now;
  }
  const seen = seenColumn(schema, 'last');
  if (seen === null) {
    throw new FlowError(
      'ERR_NFSTREAM_COLUMN',
      'Files and folders by time need the column bidirectional_last_seen_ms, but these flows have none; keep it among the columns.',
    );
  }
  const column = columns[seen.index]!;
  return (row) => {
    const time = seen.read(column, row);
    if (Number.isNaN(time))
      throw new FlowError('ERR_NFSTREAM_COLUMN', `Files and folders by time need a time in ${seen.name}, but flow ${row} of a batch has none.`);
    return time;
  };
}
