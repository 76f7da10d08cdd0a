import { setImmediate as nextTurn } from 'node:timers/promises';
import { FlowBatch } from './flow-batch.js';
import type { FlowRow, rowType } from './flow.js';
import { isIterable } from '../arguments.js';
import { FlowError, invalidOption } from '../errors.js';
import { TakenRuns } from '../stage/run-state.js';
import { Turn } from '../stage/turn.js';

/** Flows between two looks at the clock. */
const stride = 64;

/** A stream of batches with flows of this type. */
export type RowStream<Row extends FlowRow> = (AsyncIterable<FlowBatch<Row>> | Iterable<FlowBatch<Row>>) & { readonly [rowType]?: Row };

/**
 * The flows of a stream of batches, one at a time: `for await (const flow of flows(stream))`. It is also a stage of `pipeline()`, given as it is.
 * Damage that the source met is thrown after the last flow; leaving the loop early destroys the stream.
 * @throws {FlowError} ERR_NFSTREAM_OPTION_TYPE for what is no stream, ERR_NFSTREAM_BATCH_TYPE for a chunk that is no batch, and the source's damage
 */
export async function* flows<Row extends FlowRow = FlowRow>(batches: RowStream<Row>): AsyncGenerator<Row, undefined> {
  if (!isIterable(batches)) throw invalidOption('ERR_NFSTREAM_OPTION_TYPE', 'the source of flows()', 'a stream of FlowBatch objects', batches);
  const turn = new Turn();
  const runs = new TakenRuns();
  for await (const batch of batches) {
    if (!(batch instanceof FlowBatch))
      throw new FlowError('ERR_NFSTREAM_BATCH_TYPE', 'flows() takes a stream of FlowBatch objects, as aggregate() gives them.');
    runs.take(batch.schema.run);
    let row = 0;
    for (const flow of batch) {
      yield flow;
      if (++row % stride === 0 && turn.over()) await nextTurn();
    }
  }
  const damage = runs.tell();
  if (damage !== null) throw damage;
  return undefined;
}
