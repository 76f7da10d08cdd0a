import { extname } from 'node:path';
import { Worker } from 'node:worker_threads';

/**
 * Starts a module as a thread.
 * @param name its name without the extension, @param beside the URL of a module in the same folder, @param workerData what the thread is told
 */
export function startWorker(name: string, beside: string, workerData?: unknown): Worker {
  const extension = extname(beside);
  const url = new URL(`${name}${extension}`, beside);
  if (extension === '.js') return new Worker(url, { workerData });
  // In a clone that is run from its sources: Node 20 gives threads no loader, so that each registers tsx itself.
  return new Worker(`import('tsx/esm/api').then(({ register }) => { register(); return import('${url.href}'); });`, { eval: true, workerData });
}
