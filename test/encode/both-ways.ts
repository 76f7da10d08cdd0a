import { expect } from 'chai';
import type { CsvEncoder } from '../../lib/encode/csv.js';
import type { JsonEncoder } from '../../lib/encode/json.js';
import { nativeRows, type MakeRowWriter } from '../../lib/encode/row-writer.js';
import type { FlowBatch } from '../../lib/flows/flow-batch.js';
import { encodeAll } from '../samples.js';

/** What an encoder writes, by native code and by itself, which must be the same. */
export async function bothWays(make: (makeWriter: MakeRowWriter) => CsvEncoder | JsonEncoder, batches: FlowBatch[]): Promise<Buffer> {
  const native = await encodeAll(make(nativeRows), batches);
  const own = await encodeAll(
    make(() => null),
    batches,
  );
  if (!native.equals(own)) expect(native.toString()).to.equal(own.toString());
  return native;
}
