// Reads Parquet and gives up in several ways.
import { readdirSync } from 'node:fs';
import { finished } from 'node:stream/promises';
import { setTimeout as pause } from 'node:timers/promises';
import { until } from '../../waiting.js';

const [how, library, file] = process.argv.slice(2) as [string, string, string];
const { flows, fromParquet } = (await import(library)) as typeof import('../../../lib/index.js');

const threads = (): number => process.getActiveResourcesInfo().filter((resource) => resource === 'Worker' || resource === 'MessagePort').length;
const openFiles = (): number => readdirSync('/proc/self/fd').length;
process.stdout.write(''); // with its first stream Node opens /dev/null, for as long as it runs
const before = { threads: threads(), files: openFiles() };
const nothingLeft = (): boolean => threads() <= before.threads && openFiles() <= before.files;
const left = (): string => `threads left: ${Math.max(0, threads() - before.threads)}, files left: ${Math.max(0, openFiles() - before.files)}`;

switch (how) {
  case 'whole': {
    let rows = 0;
    for await (const batch of fromParquet(file)) rows += batch.length;
    console.log(`${rows} rows, ${left()}`);
    break;
  }
  case 'break':
    for await (const flow of flows(fromParquet(file))) if (flow.id === 5) break;
    await until(nothingLeft); // the stage behind the loop closes its source on its own
    console.log(left());
    break;
  case 'destroy': {
    // Before, while and after the thread is started, and amid rows.
    for (const wait of [0, 1, 5, 20, 50, 100, 200]) {
      const reader = fromParquet(file).resume();
      await pause(wait);
      reader.destroy();
      await finished(reader).catch(() => {}); // closed too early, as it was asked to
    }
    console.log(left());
    break;
  }
  case 'abort': {
    const abort = new AbortController();
    const reader = fromParquet(file, { signal: abort.signal });
    reader.once('data', () => abort.abort());
    const error = await finished(reader).catch((reason: Error) => reason);
    await until(nothingLeft); // closed behind its error
    console.log(`${(error as Error).name}, ${left()}`);
    break;
  }
  case 'leave':
    await new Promise((resolve) => fromParquet(file).once('readable', () => resolve(null)));
    console.log('left');
}
