import { Transform, Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { aggregate, captureFile } from '../lib/index.js';
import { table } from './measure.js';

const help = `Resident memory before, at and after a burst of flows that are all open at once. One burst a process.
  --capture FILE     a burst made by bench/workload.ts --mode syn or --mode dns
  --packets N        packets of the burst: as many as flows for syn, twice as many for dns (default 1000000)
  --dissections N    as the library's option (default 20)
  --statistics       as the library's option`;

const { values } = parseArgs({
  options: {
    capture: { type: 'string' },
    packets: { type: 'string', default: '1000000' },
    dissections: { type: 'string', default: '20' },
    statistics: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});

async function main(): Promise<void> {
  if (values.help || values.capture === undefined) return console.log(help);
  const burst = Number(values.packets);
  const rows = [['moment', 'packets', 'open flows', 'resident MB', 'table MB', 'bytes a flow']];
  const stage = aggregate({ capacity: 10_000_000, dissections: Number(values.dissections), statistics: values.statistics });
  let [packets, start, peak] = [0, 0, 0];

  const sample = (moment: string): void => {
    const { rss } = process.memoryUsage();
    const { openFlows, tableBytes } = stage.report();
    if (start === 0) start = rss;
    const each = openFlows > 10_000 ? ((rss - start) / openFlows).toFixed(0) : '';
    rows.push([moment, String(packets), String(openFlows), (rss / 1e6).toFixed(0), (tableBytes / 1e6).toFixed(0), each]);
  };
  const timer = setInterval(() => (peak = Math.max(peak, process.memoryUsage().rss)), 10);

  // The stage in front waits at the moments of interest, so that what it sees is settled.
  let atTheTop = false;
  const probe = new Transform({
    objectMode: true,
    highWaterMark: 1,
    transform(batch: { length: number }, _encoding, callback) {
      const wait = async (): Promise<void> => {
        if (packets === 0) sample('start');
        if (packets < burst && packets + batch.length >= burst) {
          await sleep(500);
          sample('all flows open');
          atTheTop = true;
        }
        packets += batch.length;
      };
      wait().then(() => callback(null, batch), callback);
    },
    flush(callback) {
      sleep(1000).then(() => {
        sample('after the burst');
        callback();
      }, callback);
    },
  });
  const discard = new Writable({ objectMode: true, highWaterMark: 1, write: (_batch, _encoding, callback) => callback() });
  await pipeline(captureFile(values.capture), probe, stage, discard);
  clearInterval(timer);
  sample('end');
  if (!atTheTop) throw new Error(`The capture has only ${packets} packets; --packets says that the burst has ${burst}.`);
  rows.push(['highest at any time', '', '', (peak / 1e6).toFixed(0), '', '']);
  console.log(table(rows));
}

await main();
