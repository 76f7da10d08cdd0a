import { Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { aggregate, captureFile, toArrow } from '../lib/index.js';

const help = `How much piles up in front of a slow consumer.
  --capture FILE   a large capture with few open flows: memory above the flow table with a consumer of 1 MB/s behind toArrow()
  --seconds N      stop that after so long (default 60)
  --burst FILE     a burst made by bench/workload.ts --mode syn: batches that wait when all flows expire at one packet
  --pause MS       how long the sink of that takes a batch (default 20)`;

const { values } = parseArgs({
  options: {
    capture: { type: 'string' },
    seconds: { type: 'string', default: '60' },
    burst: { type: 'string' },
    pause: { type: 'string', default: '20' },
    help: { type: 'boolean', default: false },
  },
});

const bytesPerSecond = 1e6;

async function slowBytes(capture: string, seconds: number): Promise<void> {
  const stage = aggregate();
  const start = process.memoryUsage().rss;
  let [above, written, openFlows] = [0, 0, 0];
  const timer = setInterval(() => {
    const report = stage.report();
    above = Math.max(above, process.memoryUsage().rss - report.tableBytes);
    openFlows = Math.max(openFlows, report.openFlows);
  }, 20);
  const slow = new Writable({
    write(chunk: Buffer, _encoding, callback) {
      written += chunk.length;
      sleep((1000 * chunk.length) / bytesPerSecond).then(() => callback(), callback);
    },
  });
  let how = 'to its end';
  try {
    await pipeline(captureFile(capture), stage, toArrow(), slow, { signal: AbortSignal.timeout(seconds * 1000) });
  } catch (error) {
    if ((error as Error).name !== 'AbortError') throw error;
    how = `for ${seconds} s`;
  }
  clearInterval(timer);
  const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(0)} MB`;
  console.log(`1 MB/s behind toArrow, ${how}: ${megabytes(written)} written, at most ${openFlows} flows open`);
  console.log(`  resident above the flow table at most ${megabytes(above)}, of which ${megabytes(start)} before the first packet`);
}

async function slowBatches(burst: string, pause: number): Promise<void> {
  const stage = aggregate({ capacity: 10_000_000 });
  let [batches, flows, most] = [0, 0, 0];
  const slow = new Writable({
    objectMode: true,
    highWaterMark: 1,
    write(batch: { length: number }, _encoding, callback) {
      batches++;
      flows += batch.length;
      sleep(pause).then(() => {
        // The sink's own length counts the batch that it is working on.
        most = Math.max(most, stage.readableLength + slow.writableLength - 1);
        callback();
      }, callback);
    },
  });
  await pipeline(captureFile(burst), stage, slow);
  console.log(`burst into a sink of ${pause} ms a batch: ${flows} flows in ${batches} batches, at most ${most} waiting`);
}

if (values.help || (values.capture === undefined && values.burst === undefined)) console.log(help);
if (values.capture !== undefined) await slowBytes(values.capture, Number(values.seconds));
if (values.burst !== undefined) await slowBatches(values.burst, Number(values.pause));
