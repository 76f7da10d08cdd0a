// Labels a capture with two copies of the library at once, whose folders are given.
import { pipeline } from 'node:stream/promises';

type Library = typeof import('../../../lib/index.js');

const [capture, ...copies] = process.argv.slice(2) as [string, string, string];
const [one, other] = (await Promise.all(copies.map((url) => import(url)))) as [Library, Library];

async function labels({ captureFile, aggregate }: Library): Promise<string> {
  const names: string[] = [];
  await pipeline(captureFile(capture), aggregate(), async (batches) => {
    for await (const batch of batches) for (const flow of batch) names.push(String(flow.applicationName));
  });
  return names.join();
}

const first = await labels(one);
const same = await Promise.all([labels(one), labels(other), labels(one), labels(other), labels(other)]);
console.log(`${new Set(first.split(',')).size > 5} ${same.every((all) => all === first)}`);
