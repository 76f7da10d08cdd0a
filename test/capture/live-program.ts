// Run by live-source.test.ts: reads a silent FIFO in a way that is named, and prints the time at which it asked for its end.
import { Worker, isMainThread, parentPort, workerData } from 'node:worker_threads';
import { setTimeout as sleep } from 'node:timers/promises';
import { captureFile } from '../../lib/capture/index.js';

const [way, path] = isMainThread ? (process.argv.slice(2) as [string, string]) : (workerData as [string, string]);

function say(): void {
  process.stdout.write(`${Date.now()}\n`);
}

if (!isMainThread) {
  captureFile(path).resume();
  await sleep(50);
  parentPort!.postMessage('reading');
} else if (way === 'exit') {
  captureFile(path).resume();
  setTimeout(() => {
    say();
    process.exit(7);
  }, 200);
} else if (way === 'destroy') {
  const source = captureFile(path).resume();
  await sleep(200);
  say();
  source.destroy();
} else if (way === 'stop') {
  const source = captureFile(path);
  const packets = source.toArray();
  await sleep(200);
  say();
  source.stop();
  process.exitCode = (await packets).length === 0 ? 0 : 1;
} else if (way === 'sigint') {
  process.once('SIGINT', () => {
    say();
    source.stop();
  });
  const source = captureFile(path).resume();
  await sleep(200);
  process.kill(process.pid, 'SIGINT');
} else if (way === 'workers') {
  // A worker runs no TypeScript of itself.
  const start = `import('tsx/esm/api').then(({ register }) => (register(), import(${JSON.stringify(import.meta.url)})))`;
  const workers = Array.from({ length: 3 }, () => new Worker(start, { eval: true, workerData: [way, path] }));
  await Promise.all(workers.map((worker) => new Promise((resolve) => worker.once('message', resolve))));
  say();
  const started = performance.now();
  await Promise.all(workers.map((worker) => worker.terminate()));
  process.stdout.write(`terminated after ${Math.round(performance.now() - started)} ms\n`);
} else {
  throw new Error(`There is no way ${way}.`);
}
