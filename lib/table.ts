import type { Table } from 'apache-arrow';
import type { FlowBatch } from './flows/flow-batch.js';
import { checkPaths } from './arguments.js';
import { invalidOption } from './errors.js';
import { isRecord } from './is-record.js';
import { tableOf } from './encode/arrow/arrow-table.js';
import { openFlows } from './open-flows.js';
import { Streamer, type StreamerOptions } from './streamer.js';

/** What {@link table} makes a table of. */
export type TableSource = string | readonly string[] | StreamerOptions | Streamer | AsyncIterable<FlowBatch>;

/**
 * Flows as a table of apache-arrow, in memory: `const flows = await table('office.pcap')`.
 * @param source a path, or paths, of captures or of files of flows (known by their first bytes; `-` is standard input), a {@link Streamer} or its options, or a stream of
 * {@link FlowBatch}. Damage is told by a process warning, as the flows in front of it are in the table
 * @throws {FlowError} as the stages that it is made of
 */
export async function table(source: TableSource): Promise<Table> {
  if (source instanceof Streamer) return source.toTable();
  if (typeof source === 'string' || Array.isArray(source)) return tableOf((await openFlows(checkPaths('the source of table()', source))).batches);
  if (typeof source === 'object' && source !== null && Symbol.asyncIterator in source) return tableOf(source);
  if (isRecord(source)) return new Streamer(source as unknown as StreamerOptions).toTable();
  throw invalidOption('ERR_NFSTREAM_OPTION_TYPE', 'the source of table()', 'paths, the options of a Streamer, or a stream of flow batches', source);
}
