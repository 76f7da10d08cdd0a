import { parseArgs } from 'node:util';
import { setTimeout as sleep } from 'node:timers/promises';
import { aggregate, captureFile } from '../../lib/index.js';
import { table } from '../measure.js';
import { usualPlugins } from './usual.js';

const help = `JavaScript heap before, during and after a run with a plugin that keeps an object a flow. Run: node --expose-gc --import tsx bench/plugins/heap.ts --capture mix.pcap
  --capture FILE   a capture, which is read over and over
  --packets N      at least so many packets (default 10000000)`;

const { values } = parseArgs({
  options: { capture: { type: 'string' }, packets: { type: 'string', default: '10000000' }, help: { type: 'boolean', default: false } },
});

const megabytes = (): string => {
  globalThis.gc!();
  const { heapUsed, rss } = process.memoryUsage();
  return `${(heapUsed / 1e6).toFixed(1)} / ${(rss / 1e6).toFixed(0)}`;
};

/** Reads a capture as often as asked for, in one run. */
async function run(capture: string, times: number, note: (packets: number) => void): Promise<{ packets: number; flows: number }> {
  const kept = new Map();
  const stage = aggregate(usualPlugins(kept));
  let flows = 0;
  let next = 0;
  for await (const batch of captureFile(Array.from({ length: times }, () => capture)).pipe(stage)) {
    flows += batch.length;
    const { packets } = stage.report();
    if (packets >= next) {
      note(packets);
      next = packets + 2_000_000;
    }
  }
  if (kept.size > 0) throw new Error(`The plugin still keeps ${kept.size} flows.`);
  return { packets: stage.report().packets, flows };
}

async function main(capture: string): Promise<void> {
  const rows = [['packets', 'heap / resident MB']];
  const once = await run(capture, 1, () => {});
  await sleep(100);
  rows.push([`before (${once.packets.toLocaleString('en')} to warm up)`, megabytes()]);
  const all = await run(capture, Math.ceil(Number(values.packets) / once.packets), (packets) => rows.push([packets.toLocaleString('en'), megabytes()]));
  await sleep(100);
  rows.push([`after ${all.packets.toLocaleString('en')} in ${all.flows.toLocaleString('en')} flows`, megabytes()]);
  console.log(table(rows));
}

if (values.help || values.capture === undefined || globalThis.gc === undefined) console.log(help);
else await main(values.capture);
