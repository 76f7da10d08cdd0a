import { pathToFileURL } from 'node:url';
import { Worker } from 'node:worker_threads';

/** Starts the program that runs once more, as a thread. */
export function thisProgramAsThread(workerData: unknown): Worker {
  const program = process.argv[1]!;
  if (!program.endsWith('.ts')) return new Worker(program, { workerData });
  // Node 20 gives no loader to worker threads, so that each registers tsx itself.
  const start = `import('tsx/esm/api').then(({ register }) => { register(); return import(${JSON.stringify(pathToFileURL(program).href)}); });`;
  return new Worker(start, { eval: true, workerData });
}
