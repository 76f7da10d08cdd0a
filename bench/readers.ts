// Readers of one device, on a wire of their own: a network namespace with a pair of veth devices. It takes root, iproute2 and tcpreplay.
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { Writable } from 'node:stream';
import { aggregate, captureLive, type PacketBatch } from '../dist/index.js';
import { table } from './measure.js';

const help = `What several readers of a device cost, by thread, while flows without labels are made. Build first: it measures dist.
  --capture FILE    what is sent, again and again: made by bench/workload.ts
  --readers N,N     how many readers (default 1,2)
  --rate N          packets a second (default 100000)
  --seconds N       how long (default 5)
  --bisect          besides, the highest rate without a drop
  --full            the capture is sent while nothing is read, and what is measured is how long it then takes to read the rings (of 2 GiB together)
  --loops N         how often it is then sent (default 1)`;

const { values } = parseArgs({
  options: {
    capture: { type: 'string' },
    readers: { type: 'string', default: '1,2' },
    rate: { type: 'string', default: '100000' },
    seconds: { type: 'string', default: '5' },
    bisect: { type: 'boolean', default: false },
    full: { type: 'boolean', default: false },
    loops: { type: 'string', default: '1' },
    listen: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});

const namespace = `nfstream-readers-${process.pid}`;
const ip = (...args: string[]): string => execFileSync('ip', args, { encoding: 'utf8', stdio: 'pipe' });

/** Seconds of processor time of this process, by the names of its threads. */
function threads(): Record<string, number> {
  const told: Record<string, number> = {};
  for (const thread of readdirSync('/proc/self/task')) {
    const stat = readFileSync(`/proc/self/task/${thread}/stat`, 'utf8');
    const [, name, rest] = /\((.*)\) (.*)/s.exec(stat)!;
    const fields = rest!.split(' ');
    told[name!] = (told[name!] ?? 0) + (Number(fields[11]) + Number(fields[12])) / 100;
  }
  return told;
}

/** Reads nothing before it is told to, then tells how long it takes to read what has come, and what that costs. */
async function readFull(readers: number): Promise<void> {
  const source = captureLive('probe', { readers, bufferSize: Math.min(2 ** 31 - 1, Math.floor(2 ** 31 / readers)) });
  await source.open();
  console.log('listening');
  await once(process, 'SIGINT');
  const before = threads();
  const started = performance.now();
  let [read, last] = [0, 0];
  source.on('data', (batch: PacketBatch) => {
    batch.claim();
    read += batch.length;
    last = performance.now();
    batch.release();
  });
  while (performance.now() - Math.max(last, started) < 300) await pause(20);
  const cpu = Object.fromEntries(Object.entries(threads()).map(([name, seconds]) => [name, seconds - (before[name] ?? 0)]));
  const { droppedByKernel, droppedByCredit } = source.report();
  source.destroy();
  console.log(JSON.stringify({ received: read, dropped: droppedByKernel + droppedByCredit, cpu, took: (last - started) / 1000 }));
}

/** Listens to the wire until it is told to end. */
async function listen(readers: number): Promise<void> {
  const source = captureLive('probe', { readers });
  const nothing = new Writable({ objectMode: true, write: (_chunk, _encoding, done) => done() });
  let before = threads();
  process.once('SIGINT', () => {
    before = Object.fromEntries(Object.entries(threads()).map(([name, cpu]) => [name, cpu - (before[name] ?? 0)]));
    source.stop();
  });
  await source.open();
  console.log('listening');
  await pipeline(source, aggregate({ dissections: 0 }), nothing);
  const { received, droppedByKernel, droppedByCredit } = source.report();
  console.log(JSON.stringify({ received, dropped: droppedByKernel + droppedByCredit, cpu: before }));
}

interface Heard {
  readonly received: number;
  readonly dropped: number;
  readonly sent: number;
  readonly pace: number;
  readonly cpu: Record<string, number>;
  /** Seconds in which full rings were read. */
  readonly took?: number;
}

function arrived(): number {
  const [{ stats64 }] = JSON.parse(ip('-n', namespace, '-j', '-s', 'link', 'show', 'probe')) as [{ stats64: { rx: { packets: number } } }];
  return stats64.rx.packets;
}

async function hear(readers: number, rate: number, seconds: number): Promise<Heard> {
  const inside = ['netns', 'exec', namespace];
  const script = fileURLToPath(import.meta.url);
  const options = ['--listen', '--readers', String(readers), ...(values.full ? ['--full'] : [])];
  const listener = spawn('ip', [...inside, process.execPath, ...process.execArgv, script, ...options], { stdio: ['ignore', 'pipe', 'inherit'] });
  let output = '';
  listener.stdout.setEncoding('utf8').on('data', (text: string) => (output += text));
  while (!output.includes('listening')) await pause(20);
  const before = arrived();
  const pace = values.full ? ['--topspeed', `--loop=${values.loops}`] : ['--loop=0', `--duration=${seconds}`, `--pps=${rate}`];
  const sender = execFileSync('ip', [...inside, 'tcpreplay', '-q', '-K', ...pace, '-i', 'sender', values.capture!], { encoding: 'utf8', stdio: 'pipe' });
  const took = Number(/ in ([\d.]+) seconds/.exec(sender)![1]);
  await pause(500);
  const sent = arrived() - before;
  listener.kill('SIGINT');
  await once(listener, 'close');
  const told = JSON.parse(output.trim().split('\n').at(-1)!) as Omit<Heard, 'sent' | 'pace'>;
  if (told.received + told.dropped !== sent) throw new Error(`${sent} packets were sent, ${told.received} received and ${told.dropped} dropped.`);
  return { ...told, sent, pace: sent / took };
}

/** The highest rate without a drop, by bisection of its logarithm. */
async function highest(readers: number): Promise<number> {
  let [low, high, best] = [20_000, 2_000_000, 0];
  for (let step = 0; step < 6; step++) {
    const rate = Math.round(Math.sqrt(low * high));
    const { dropped, pace } = await hear(readers, rate, 3);
    console.error(`${readers} readers: ${Math.round(pace)} a second, dropped ${dropped}`);
    if (dropped > 0) high = Math.min(rate, pace);
    else {
      best = Math.max(best, pace);
      if (pace < 0.9 * rate) break; // the sender has no more
      low = rate;
    }
  }
  return best;
}

async function run(): Promise<void> {
  const counts = values.readers.split(',').map(Number);
  if (values.listen) return await (values.full ? readFull : listen)(counts[0]!);
  if (values.help || values.capture === undefined) return console.log(help);
  ip('netns', 'add', namespace);
  try {
    ip('netns', 'exec', namespace, 'sysctl', '-qw', 'net.ipv6.conf.all.disable_ipv6=1', 'net.ipv6.conf.default.disable_ipv6=1');
    ip('-n', namespace, 'link', 'add', 'sender', 'mtu', '65535', 'type', 'veth', 'peer', 'name', 'probe', 'mtu', '65535');
    for (const device of ['sender', 'probe']) ip('-n', namespace, 'link', 'set', device, 'up');
    const more = [...(values.bisect ? ['packets/s without a drop'] : []), ...(values.full ? ['packets/s read from the rings'] : [])];
    const rows: string[][] = [['readers', 'packets/s', 'dropped', 'CPU s a million packets', 'by thread', ...more]];
    for (const readers of counts) {
      const { sent, received, pace, dropped, cpu, took } = await hear(readers, Number(values.rate), Number(values.seconds));
      const perMillion = (seconds: number): string => ((seconds / sent) * 1e6).toFixed(2);
      const byThread = Object.entries(cpu).flatMap(([name, seconds]) => (seconds > 0.02 ? [`${name} ${perMillion(seconds)}`] : []));
      const all = perMillion(Object.values(cpu).reduce((sum, seconds) => sum + seconds, 0));
      const found = [...(values.bisect ? [(await highest(readers)).toFixed(0)] : []), ...(took === undefined ? [] : [(received / took).toFixed(0)])];
      rows.push([String(readers), pace.toFixed(0), String(dropped), all, byThread.join(', '), ...found]);
    }
    console.log(table(rows));
  } finally {
    ip('netns', 'delete', namespace);
  }
}

await run();
