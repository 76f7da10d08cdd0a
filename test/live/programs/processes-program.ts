// Run by processes.test.ts in a network of its own: captures from its loopback and from a link to another network, and prints what processes have talked and the flows that were told.
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { aggregate } from '../../../lib/aggregate/aggregate.js';
import type { AggregateOptions, FlowBatch, FlowRow } from '../../../lib/index.js';
import { captureLive } from '../../../lib/live/index.js';
import { until } from '../../waiting.js';

/** What a talker says of itself. */
export interface Told {
  readonly pid: number;
  readonly name: string;
  readonly port: number;
}

/** What this program prints: by what it is about. */
export type Output = Readonly<Record<string, { readonly expected: Told; readonly flows: readonly { readonly pid: number; readonly name: string }[] }>>;

const own = '198.18.0.1';
const other = '198.18.0.2';
const foreign = '198.18.0.9';
const talker = fileURLToPath(new URL('talker.mjs', import.meta.url));
const children: ChildProcess[] = [];

function command(...words: string[]): void {
  const { status, stderr } = spawnSync(words[0]!, words.slice(1), { encoding: 'utf8' });
  if (status !== 0) throw new Error(`${words.join(' ')}: ${stderr}`);
}

/** Starts a process, in the other network if one of it is given, and waits for what it says. */
async function talk(role: string, address: string, port: number, { network = 0, life = 0, title = '' } = {}): Promise<Told> {
  const words = [process.execPath, talker, role, address, String(port), String(life), title];
  const [program, ...args] = network === 0 ? words : ['nsenter', `--net=/proc/${network}/ns/net`, ...words];
  const child = spawn(program!, args, { stdio: ['pipe', 'pipe', 'inherit'] });
  children.push(child);
  const [line] = (await once(createInterface(child.stdout), 'line')) as [string];
  if (life > 0) await once(child, 'exit');
  return JSON.parse(line) as Told;
}

async function network(): Promise<number> {
  command('ip', 'link', 'set', 'lo', 'up');
  const child = spawn('unshare', ['--net', process.execPath, talker, 'hold', '', '0', '0'], { stdio: ['pipe', 'pipe', 'inherit'] });
  children.push(child);
  await once(createInterface(child.stdout), 'line');
  const inside = (...words: string[]): void => command('nsenter', `--net=/proc/${child.pid}/ns/net`, ...words);
  command('ip', 'link', 'add', 'here', 'type', 'veth', 'peer', 'name', 'there', 'netns', String(child.pid));
  command('ip', 'address', 'add', `${own}/24`, 'dev', 'here');
  command('ip', 'link', 'set', 'here', 'up');
  inside('ip', 'address', 'add', `${other}/24`, 'dev', 'there');
  inside('ip', 'link', 'set', 'there', 'up');
  inside('ip', 'neighbour', 'add', foreign, 'lladdr', '02:00:00:00:00:09', 'dev', 'there');
  return child.pid!;
}

/** What to aggregate by, and what to do: the talkers by the names of what they are about. */
async function flowsOf(options: AggregateOptions, work: () => Promise<Record<string, Told>>): Promise<Output> {
  const source = captureLive(['lo', 'here'], { immediate: true });
  const stage = source.pipe(aggregate({ dissections: 0, processes: true, ...options }));
  await source.open();
  const flows: FlowRow[] = [];
  const read = (async () => {
    for await (const batch of stage as AsyncIterable<FlowBatch>) flows.push(...batch);
  })();
  const talkers = await work();
  await until(() => source.report().received >= Object.keys(talkers).length);
  source.stop();
  await read;
  const row = ({ systemProcessPid, systemProcessName }: FlowRow): { pid: number; name: string } => ({
    pid: systemProcessPid as number,
    name: systemProcessName as string,
  });
  const with_ = ({ port }: Told): FlowRow[] => flows.filter(({ srcPort, dstPort, protocol }) => (srcPort === port || dstPort === port) && protocol !== 58);
  return Object.fromEntries(Object.entries(talkers).map(([what, expected]) => [what, { expected, flows: with_(expected).map(row) }]));
}

const outside = await network();

// Their sockets are there until the flows were told.
const standing = await flowsOf({}, async () => {
  const server = await talk('tcp-server', '::', 0);
  const receiver = await talk('udp-server', '::', 0);
  const [alone, datagrams] = await Promise.all([talk('tcp-server', own, 0), talk('udp-server', '0.0.0.0', 0)]);
  const foreigner = await talk('udp-client', foreign, 7, { network: outside });
  await Promise.all([talk('tcp-client', own, alone.port, { network: outside }), talk('udp-client', own, datagrams.port, { network: outside })]);
  const local = await Promise.all([
    talk('tcp-client', '127.0.0.1', server.port),
    talk('tcp-client', '::1', server.port),
    talk('tcp-client', '::ffff:127.0.0.1', server.port),
    talk('udp-client', '127.0.0.1', receiver.port),
    talk('udp-connected', '127.0.0.1', receiver.port),
    talk('udp-client', '::ffff:127.0.0.1', receiver.port),
    talk('udp-connected', '::1', receiver.port, { title: 'x) R (\n"' }),
  ]);
  const names = ['TCP', 'TCP of IPv6', 'TCP, IPv4 mapped', 'UDP', 'UDP, connected', 'UDP, IPv4 mapped', 'UDP of a hostile name'];
  const nobody = { pid: -1, name: '', port: foreigner.port };
  return {
    ...Object.fromEntries(local.map((told, index) => [names[index]!, told])),
    'a TCP server': alone,
    'a UDP server': datagrams,
    'other machines': nobody,
  };
});
// A server of IPv6 that is asked over IPv4, its flows by several meters; and what is there for 150 ms.
const more = await flowsOf({ meters: 2, idleTimeout: 0.05 }, async () => {
  const mapped = await talk('tcp-server', '::', 0);
  await talk('tcp-client', own, mapped.port, { network: outside });
  const receiver = await talk('udp-server', '127.0.0.1', 0);
  const short: Record<string, Told> = {};
  for (let round = 1; round <= 3; round++) short[`150 ms, ${round}`] = await talk('udp-client', '127.0.0.1', receiver.port, { life: 150 });
  return { ...short, 'a server of IPv6': mapped };
});
// With hooks of packets, on the JavaScript thread.
const stepped = await flowsOf({ userMetrics: { packets: (_packet, flow) => void (flow.metrics['packets']! += 1) } }, async () => {
  const receiver = await talk('udp-server', '127.0.0.1', 0);
  return { 'metered packet by packet': await talk('udp-client', '127.0.0.1', receiver.port) };
});
process.stdout.write(`${JSON.stringify({ ...standing, ...more, ...stepped })}\n`);
for (const child of children) child.kill();
