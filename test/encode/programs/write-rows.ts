// Writes CSV and JSON in threads that are ended in the middle.
import { Readable } from 'node:stream';
import { parentPort, workerData } from 'node:worker_threads';
import { thisProgramAsThread } from '../../this-program.js';

type Library = typeof import('../../../lib/index.js');

const [how, library] = (workerData as [string, string] | null) ?? (process.argv.slice(2) as [string, string]);

/** Writes the same batch for ever, and says so after a few times. */
async function writeForEver(): Promise<void> {
  const { FlowBatch, toCsv, toJson } = (await import(library)) as Library;
  const batch = FlowBatch.from(Array.from({ length: 8192 }, (_, id) => ({ id, src_ip: `10.0.${id >> 8}.${id % 256}`, note: 'x'.repeat(id % 50) })));
  const endless = Readable.from(
    (function* () {
      for (;;) yield batch;
    })(),
    { highWaterMark: 1 },
  );
  let pieces = 0;
  for await (const _bytes of endless.pipe(how === 'csv' ? toCsv() : toJson())) {
    if (++pieces === 3) parentPort!.postMessage('writing');
  }
}

if (parentPort !== null) {
  await writeForEver();
} else {
  const ended = Array.from({ length: 6 }, async (_, turn) => {
    const worker = thisProgramAsThread([turn % 2 === 0 ? 'csv' : 'json', library]);
    await new Promise((resolve, reject) => worker.once('message', resolve).once('error', reject));
    await worker.terminate();
  });
  await Promise.all(ended);
  console.log('terminated');
}
