import { extname } from 'node:path';
import { Worker } from 'node:worker_threads';

/**
 * Starts a module as a thread.
 * @param name its name without the extension, @param beside the URL of a module in the same folder, @param workerData what the thread is told
 */
export function startWorker(name: string, beside: string, workerData?: unknown): Worker {
  const extension = extname(beside);
  const url = new URL(`${name}${extension}`, beside);
  const options = { workerData, execArgv: [] }; // of the program's flags some are for it alone, such as --input-type
  if (extension === '.js') return new Worker(url, options);
  // In a clone that is run from its sources: Node 20 gives threads no loader, so that each registers tsx itself.
  return new Worker(`import('tsx/esm/api').then(({ register }) => { register(); return import('${url.href}'); });`, { ...options, eval: true });
}
