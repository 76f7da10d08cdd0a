// Writes Parquet and gives up in several ways, as a program or in a worker thread.
import { Readable, Writable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { setTimeout as pause } from 'node:timers/promises';
import { parentPort, workerData } from 'node:worker_threads';
import { thisProgramAsThread } from '../../this-program.js';
import { until } from '../../waiting.js';

type Library = typeof import('../../../lib/index.js');

const [how, library] = (workerData as [string, string] | null) ?? (process.argv.slice(2) as [string, string]);
const { FlowBatch, toParquet } = (await import(library)) as Library;

const rows = Array.from({ length: 20_000 }, (_, id) => ({ id, src_ip: `10.0.0.${id % 256}` }));
const batch = FlowBatch.from(rows);

/** Threads, as the system counts them, that were not there before. */
function threads(): number {
  return process.getActiveResourcesInfo().filter((resource) => resource === 'Worker' || resource === 'MessagePort').length;
}

function say(text: string): void {
  if (parentPort === null) console.log(text);
  else parentPort.postMessage(text);
}

/** Batches without an end. */
function endless(): Readable {
  return Readable.from(
    (function* () {
      for (;;) yield batch;
    })(),
    { highWaterMark: 1 },
  );
}

const nowhere = (): Writable => new Writable({ write: (_chunk, _encoding, callback) => callback() });

async function main(): Promise<void> {
  const before = threads();
  // One of Node's own may have ended meanwhile.
  const left = (): string => `threads left: ${Math.max(0, threads() - before)}`;
  switch (how) {
    case 'write': {
      const bytes = await buffer(Readable.from([batch]).pipe(toParquet()));
      return say(`${bytes.subarray(0, 4).toString()} ${bytes.subarray(-4).toString()}, ${left()}`);
    }
    case 'destroy': {
      const stage = endless().pipe(toParquet({ rowGroupRows: 50_000 }));
      stage.once('data', () => stage.destroy());
      await new Promise((resolve) => stage.once('close', resolve));
      return say(`destroyed, ${left()}`);
    }
    case 'abort': {
      const run = pipeline(endless(), toParquet({ rowGroupRows: 50_000 }), nowhere(), { signal: AbortSignal.timeout(300) });
      const error = await run.catch((reason: Error) => reason);
      await until(() => threads() <= before); // the last stage closes behind the error
      return say(`${(error as Error).name}, ${left()}`);
    }
    case 'leave':
      toParquet().write(batch);
      await pause(100);
      return say('left');
    case 'worker':
    case 'terminate': {
      const worker = thisProgramAsThread([how === 'worker' ? 'write' : 'endless', library]);
      const text = (await new Promise((resolve, reject) => worker.once('message', resolve).once('error', reject))) as string;
      if (how === 'worker') return say(text);
      await worker.terminate();
      return say('terminated');
    }
    case 'endless':
      for await (const _bytes of endless().pipe(toParquet({ rowGroupRows: 50_000 }))) say('more');
  }
}

await main();
