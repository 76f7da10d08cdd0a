// Captures from the device va with each of some numbers of readers at the same time, while captures are sent over both ends, and tells what came of each:
// beside-each-other.ts READERS,READERS CAPTURE ... It runs in a network namespace of its own.
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { aggregate, captureLive, type FlowBatch } from '../../../lib/index.js';
import { until } from '../../waiting.js';

const [readers, ...captures] = process.argv.slice(2);
execFileSync('ip', ['link', 'add', 'va', 'mtu', '65535', 'type', 'veth', 'peer', 'name', 'vb', 'mtu', '65535']);
for (const device of ['va', 'vb']) {
  execFileSync('ip', ['link', 'set', device, 'addrgenmode', 'none']);
  execFileSync('ip', ['link', 'set', device, 'up']);
}
const runs = await Promise.all(
  readers!.split(',').map(async (count) => {
    const source = captureLive('va', { readers: Number(count), fragments: 'count', decodeTunnels: 'all' });
    const flows = source.pipe(aggregate({ dissections: 0, features: 'full', timeUnit: 'ns' }));
    source.once('error', (error) => flows.destroy(error));
    const rows: string[] = [];
    flows.on('data', (batch: FlowBatch) => {
      for (const flow of batch) rows.push(JSON.stringify({ ...flow.toJSON(), id: 0 }));
    });
    await source.open();
    return { source, flows, rows };
  }),
);
const sent = Number(execFileSync('python3', [fileURLToPath(new URL('send-captures.py', import.meta.url)), 'va', 'vb', ...captures]));
await until(() => runs.every(({ source }) => source.report().received === sent));
const told = runs.map(async ({ source, flows, rows }) => {
  const ended = once(flows, 'end');
  source.stop();
  await ended;
  const { received, bytes, droppedByKernel, droppedByCredit } = source.report();
  const { packets, latePackets } = flows.report();
  return { received, bytes, dropped: droppedByKernel + droppedByCredit, packets, latePackets, rows: rows.sort() };
});
console.log(JSON.stringify({ sent, told: await Promise.all(told) }));
