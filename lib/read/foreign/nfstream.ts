import { valueAt } from '../../flows/columns.js';
import type { FlowBatch } from '../../flows/flow-batch.js';
import type { BatchMaker } from '../flow-reader.js';
import { communityId } from './community-id.js';

/** What a Community ID is made of. */
const ends = ['src_ip', 'src_port', 'dst_ip', 'dst_port', 'protocol'] as const;
const icmp: ReadonlySet<number> = new Set([1, 58]);

/** CSV of Python's nfstream, whose names are ours, with Community IDs: null of ICMP, as its type is not told. */
export function nfstreamBatches(csv: BatchMaker): BatchMaker {
  return async function* (input, run) {
    for await (const batch of csv(input, run)) yield withIds(batch);
    return undefined;
  };
}

function withIds(batch: FlowBatch): FlowBatch {
  if (batch.schema.indexOf('community_id') >= 0 || ends.some((name) => batch.schema.indexOf(name) < 0)) return batch;
  const columns = ends.map((name) => batch.column(name));
  const ids = Array.from({ length: batch.length }, (_, row) => {
    const [src, srcPort, dst, dstPort, protocol] = columns.map((column) => valueAt(column, row));
    if (typeof src !== 'string' || typeof dst !== 'string' || typeof srcPort !== 'number' || typeof dstPort !== 'number' || typeof protocol !== 'number')
      return null;
    return icmp.has(protocol) ? null : communityId({ src, dst, srcPort, dstPort, protocol });
  });
  return batch.withColumn('community_id', 'text', ids);
}
