// Counts the flows of a capture, as a program or in worker threads.
import { parentPort, workerData } from 'node:worker_threads';
import { aggregate, captureFile } from '../../../lib/index.js';
import { thisProgramAsThread as worker } from '../../this-program.js';

async function countFlows(capture: string, meters: number): Promise<number> {
  const aggregator = aggregate({ meters });
  captureFile(capture).pipe(aggregator);
  let flows = 0;
  for await (const batch of aggregator) flows += batch.length;
  return flows;
}

const [how, capture] = process.argv.slice(2) as [string, string];
const meters = 2;

if (parentPort !== null) {
  const { capture, again } = workerData as { capture: string; again: boolean };
  do parentPort.postMessage(await countFlows(capture, meters));
  while (again);
} else if (how === 'plain') {
  console.log(await countFlows(capture, meters));
} else if (how === 'workers') {
  const counts = [1, 2, 3].map(() => new Promise((resolve, reject) => worker({ capture, again: false }).once('message', resolve).once('error', reject)));
  console.log((await Promise.all(counts)).join(' '));
} else if (how === 'terminate') {
  const endless = [1, 2].map(() => worker({ capture, again: true }));
  await Promise.all(endless.map((each) => new Promise((resolve) => each.once('message', resolve))));
  await Promise.all(endless.map((each) => each.terminate()));
  console.log('terminated');
} else if (how === 'exit') {
  void countFlows(capture, meters);
  setTimeout(() => process.exit(7), 5);
}
