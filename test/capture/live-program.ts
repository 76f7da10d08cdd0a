// Run by live-source.test.ts: reads a silent FIFO in a way that is named, and prints how long it saw its end take, in ticks of 10 ms.
import { Worker, isMainThread, parentPort, workerData } from 'node:worker_threads';
import { setTimeout as sleep } from 'node:timers/promises';
import { once } from 'node:events';
import { captureFile } from '../../lib/capture/index.js';
import { ticksUntil } from '../waiting.js';

const [way, path] = isMainThread ? (process.argv.slice(2) as [string, string]) : (workerData as [string, string]);

/** Prints how many ticks went by until what was asked for has come about. */
async function say(done: Promise<unknown>): Promise<void> {
  process.stdout.write(`${await ticksUntil(done)}\n`);
}

if (!isMainThread) {
  captureFile(path).resume();
  await sleep(50);
  parentPort!.postMessage('reading');
} else if (way === 'exit') {
  captureFile(path).resume();
  setTimeout(() => process.exit(7), 200);
} else if (way === 'destroy') {
  const source = captureFile(path).resume();
  await sleep(200);
  source.destroy();
  await say(once(source, 'close'));
} else if (way === 'stop') {
  const source = captureFile(path);
  const packets = source.toArray();
  await sleep(200);
  source.stop();
  await say(packets);
  process.exitCode = (await packets).length === 0 ? 0 : 1;
} else if (way === 'sigint') {
  process.once('SIGINT', () => {
    source.stop();
    void say(once(source, 'close'));
  });
  const source = captureFile(path).resume();
  await sleep(200);
  process.kill(process.pid, 'SIGINT');
} else if (way === 'workers') {
  // A worker runs no TypeScript of itself.
  const start = `import('tsx/esm/api').then(({ register }) => (register(), import(${JSON.stringify(import.meta.url)})))`;
  const workers = Array.from({ length: 3 }, () => new Worker(start, { eval: true, workerData: [way, path] }));
  await Promise.all(workers.map((worker) => new Promise((resolve) => worker.once('message', resolve))));
  await say(Promise.all(workers.map((worker) => worker.terminate())));
} else {
  throw new Error(`There is no way ${way}.`);
}
