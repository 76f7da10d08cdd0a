// node stalled.mjs SECONDS: captures from the device `probe`, reads nothing for so long, then reads what has come, and tells each second what it holds.
import { setTimeout as pause } from 'node:timers/promises';
import { captureLive } from '../../dist/index.js';

const source = captureLive('probe');
await source.open();
source.read(0);
console.log('listening');
for (let second = 1; second <= Number(process.argv[2]); second++) {
  await pause(1000);
  const { batchesInFlight, queued } = source.report();
  console.log(JSON.stringify({ second, residentMB: Math.round(process.memoryUsage().rss / 1e6), batchesInFlight, queued }));
}
process.once('SIGINT', () => source.stop());
let delivered = 0;
for await (const batch of source) delivered += batch.length;
const { received, droppedByKernel, droppedByCredit, byDevice } = source.report();
console.log(JSON.stringify({ delivered, received, droppedByKernel, droppedByCredit, arrived: byDevice[0].arrived }));
