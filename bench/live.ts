import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { fromParquet } from '../lib/index.js';
import { dashboardCost } from './live/dashboard.js';
import { lastReport, nfstream, ours, softflowd, startOurs, type Heard, type Probe } from './live/probes.js';
import { watchDashboard } from './live/watch.js';
import { Wire, type Program } from './live/wire.js';
import { table } from './measure.js';

const help = `Live captures on a wire of their own: a network namespace with a pair of veth devices. It takes root, iproute2, tcpreplay and dumpcap.
  --capture FILE    what is sent, again and again: a mix made by bench/workload.ts
  --rate N          packets a second (default 100000)
  --seconds N       how long (default 10)
  --bisect          besides, the highest rate that is heard without a drop, by us and by the programs that are installed
  --python FILE     that of an environment with nfstream (bench/peers/setup.sh makes one)
  --stall           reads nothing for 10 seconds instead
  --flood           SYNs of distinct flows instead (--capture: made by bench/workload.ts --mode syn), beside a trickle; with a table of 200,000 flows
  --dashboard ROUNDS  what the dashboard costs instead: without one, with one, and with a page open, in turns
  --soak MINUTES    a mixed load for so long instead, into rotated files
  --watch MINUTES   a dashboard that is open in a browser for so long instead: what the probe and the page hold (test/report/browser/setup.sh)`;

const { values } = parseArgs({
  options: {
    capture: { type: 'string' },
    rate: { type: 'string' },
    seconds: { type: 'string', default: '10' },
    bisect: { type: 'boolean', default: false },
    python: { type: 'string' },
    stall: { type: 'boolean', default: false },
    flood: { type: 'boolean', default: false },
    dashboard: { type: 'string' },
    soak: { type: 'string' },
    watch: { type: 'string' },
    help: { type: 'boolean', default: false },
  },
});

const main = fileURLToPath(new URL('../dist/cli/main.js', import.meta.url));
const trickle = fileURLToPath(new URL('../fixtures/ntp.pcap', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'bench-live-'));
/** For what is in the ring when the last packet was sent. */
const settleMs = 500;

function replay(wire: Wire, capture: string, rate: number, seconds: number): Program {
  return wire.start(['tcpreplay', '-q', '-K', '--loop=0', `--duration=${seconds}`, `--pps=${rate}`, '-i', 'sender', capture]);
}

/** Sends for some seconds. @returns packets that have come to the other end, and how many a second these were */
async function send(wire: Wire, capture: string, rate: number, seconds: number): Promise<{ sent: number; pace: number }> {
  const before = wire.arrived();
  const sender = replay(wire, capture, rate, seconds);
  await sender.ended;
  await pause(settleMs);
  const sent = wire.arrived() - before;
  const took = Number(/in ([\d.]+) seconds/.exec(sender.output)?.[1] ?? seconds);
  return { sent, pace: sent / took };
}

async function hear(wire: Wire, probe: Probe, capture: string, rate: number, seconds: number): Promise<Heard & { sent: number; pace: number }> {
  const output = join(folder, probe.name.replace(/\W/g, '-'));
  const program = await probe.start(wire, output);
  const { cpu: cpuBefore } = program.look();
  const { sent, pace } = await send(wire, capture, rate, seconds);
  const heard = await probe.end(program, { wire, output, cpuBefore, sent });
  return { ...heard, sent, pace };
}

const flowFields = 'src_ip,src_port,dst_ip,dst_port,protocol,vlan_id,bidirectional_packets,bidirectional_bytes';

function flowsIn(csv: string): string[] {
  return readFileSync(csv, 'utf8').trim().split('\n').slice(1).sort();
}

/** Flows as they come beside those of the file that dumpcap wrote meanwhile. */
async function compare(wire: Wire, capture: string, rate: number, seconds: number): Promise<void> {
  const dump = join(folder, 'dump.pcapng');
  const dumpcap = wire.start(['dumpcap', '-q', '-i', 'probe', '-B', '512', '-w', dump]);
  while (!dumpcap.output.includes('File:')) await pause(20);
  const probe = ours('nfstream here', ['--fields', flowFields, '--idle-timeout', 'none']);
  const heard = await hear(wire, probe, capture, rate, seconds);
  await dumpcap.end('SIGINT');
  const fromFile = join(folder, 'dump.csv');
  execFileSync(process.execPath, [main, dump, '-q', '-o', fromFile, '--fields', flowFields, '--idle-timeout', 'none']);
  const [live, read] = [flowsIn(join(folder, 'nfstream-here.csv')), flowsIn(fromFile)];
  const counts = new Map<string, number>();
  for (const flow of read) counts.set(flow, (counts.get(flow) ?? 0) + 1);
  const missing = live.filter((flow) => {
    const left = counts.get(flow) ?? 0;
    counts.set(flow, left - 1);
    return left < 1;
  });
  const { sent, pace, received, dropped, flows } = heard;
  console.log(`sent ${sent} at ${Math.round(pace)} a second, received ${received}, dropped ${dropped}, flows ${flows}`);
  console.log(
    `flows of dumpcap's file: ${read.length}; live flows that it has not: ${missing.length} (dumpcap: ${/received\/dropped[^:]*: (\S+)/.exec(dumpcap.output)?.[1]})`,
  );
}

/** A rate at which nothing was dropped; where it is the sender's highest, more may be possible. */
interface Highest {
  readonly rate: number;
  /** Seconds of processor time a million packets. */
  readonly cpu: number;
  readonly senders: boolean;
}

/** The highest rate without a drop, by bisection of its logarithm. */
async function bisect(wire: Wire, probe: Probe, capture: string): Promise<Highest> {
  let [low, high] = [5000, 2_000_000];
  let best = { rate: 0, cpu: NaN, senders: false };
  for (let step = 0; step < 6; step++) {
    const rate = Math.round(Math.sqrt(low * high));
    const { dropped, sent, pace, cpu } = await hear(wire, probe, capture, rate, 3);
    console.error(`${probe.name}: ${Math.round(pace)} a second, dropped ${dropped} of ${sent}`);
    if (dropped > 0) high = Math.min(rate, pace);
    else {
      if (pace > best.rate) best = { rate: pace, cpu: (cpu / sent) * 1e6, senders: pace < 0.9 * rate };
      if (pace < 0.9 * rate) break; // the sender has no more
      low = rate;
    }
  }
  return best;
}

async function rates(wire: Wire, capture: string): Promise<void> {
  const peers = [softflowd, ...(values.python === undefined ? [] : [nfstream(values.python)])];
  const all = [ours('nfstream here', []), ours('nfstream here, no labels', ['--dissections', '0']), ...peers];
  const found: [string, Highest][] = [];
  for (const probe of all) found.push([probe.name, await bisect(wire, probe, capture)]);
  const first = found[0]![1];
  const rows = found.map(([name, { rate, cpu, senders }]) => [
    name,
    `${rate.toFixed(0)}${senders ? ' or more' : ''}`,
    (first.rate / rate).toFixed(2),
    cpu.toFixed(2),
  ]);
  console.log(table([['program', 'packets/s without a drop', 'ours is so many times that', 'CPU s a million packets'], ...rows]));
}

async function stall(wire: Wire, capture: string, rate: number): Promise<void> {
  const program = wire.start([process.execPath, fileURLToPath(new URL('live/stalled.mjs', import.meta.url)), '10']);
  while (!program.output.includes('listening')) await pause(20);
  const { sent } = await send(wire, capture, rate, 12);
  await program.end('SIGINT');
  console.log(`${program.output.trim()}\nsent ${sent}`);
}

async function flood(wire: Wire, capture: string, rate: number, seconds: number): Promise<void> {
  const output = join(folder, 'flood.csv');
  const program = await startOurs(wire, ['-o', output, '--capacity', '200000', '--fields', 'protocol,bidirectional_packets']);
  const legitimate = replay(wire, trickle, 200, seconds);
  const { sent, pace } = await send(wire, capture, rate, seconds);
  await legitimate.ended;
  await pause(settleMs);
  const { resident } = program.look();
  const { flows: during } = lastReport(program);
  await program.end('SIGINT');
  const { source, flows } = lastReport(program);
  const udp = flowsIn(output)
    .filter((line) => line.startsWith('17,'))
    .reduce((sum, line) => sum + Number(line.slice(3)), 0);
  const trickled = Number(/Successful packets:\s+(\d+)/.exec(legitimate.output)?.[1]);
  console.log(
    `about ${sent} packets at ${Math.round(pace)} a second: received ${source.received}, kernel ${source.droppedByKernel}, credit ${source.droppedByCredit}`,
  );
  console.log(
    `open flows ${during.openFlows}, ended by capacity ${flows.endReasons.capacity}, resident ${(resident / 1e6).toFixed(0)} MB, table ${(during.tableBytes / 1e6).toFixed(0)} MB`,
  );
  console.log(`the trickle: sent ${trickled}, in flows ${udp}`);
}

async function soak(wire: Wire, capture: string, rate: number, minutes: number): Promise<void> {
  const seconds = Math.round(minutes * 60);
  const program = await startOurs(wire, ['-o', join(folder, 'flows-{n}.parquet'), '--rotate-seconds', '10', '--idle-timeout', '5']);
  const sending = send(wire, capture, rate, seconds);
  const tell = (when: string): void => {
    const { resident, threads, descriptors } = program.look();
    console.log(`${when}: resident ${(resident / 1e6).toFixed(0)} MB, threads ${threads}, descriptors ${descriptors}`);
  };
  await pause(Math.min(300, seconds / 2) * 1000);
  tell(`after ${Math.min(300, seconds / 2)} s`);
  const { sent } = await sending;
  tell('at the end');
  await program.end('SIGTERM');
  const { source, flows } = lastReport(program);
  const files = readdirSync(folder).filter((name) => name.endsWith('.parquet'));
  let rows = 0;
  for (const file of files) for await (const batch of fromParquet(join(folder, file))) rows += batch.length;
  console.log(
    `sent ${sent}, received ${source.received}, dropped ${source.droppedByKernel + source.droppedByCredit}; ${files.length} files, ${rows} flows in them, ${flows.flows} told`,
  );
}

async function run(): Promise<void> {
  if (values.help || values.capture === undefined) return console.log(help);
  const wire = new Wire();
  try {
    const seconds = Number(values.seconds);
    const rate = Number(values.rate ?? (values.flood ? 50_000 : (values.soak ?? values.watch) === undefined ? 100_000 : 20_000));
    if (values.stall) return await stall(wire, values.capture, rate);
    if (values.flood) return await flood(wire, values.capture, rate, seconds);
    if (values.dashboard !== undefined) {
      const capture = values.capture;
      return await dashboardCost(wire, join(folder, 'dashboard.csv'), Number(values.dashboard), async () => (await send(wire, capture, rate, seconds)).pace);
    }
    if (values.watch !== undefined) {
      const capture = values.capture;
      return await watchDashboard(wire, folder, Number(values.watch), (long) => send(wire, capture, rate, long));
    }
    if (values.soak !== undefined) return await soak(wire, values.capture, rate, Number(values.soak));
    await compare(wire, values.capture, rate, seconds);
    if (values.bisect) await rates(wire, values.capture);
  } finally {
    wire.close();
    rmSync(folder, { recursive: true });
  }
}

await run();
