import { execFile } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { fileURLToPath } from 'node:url';
import { parseArgs, promisify } from 'node:util';
import { aggregate, captureLive, type FlowBatch } from 'nfstream';
import { table } from './measure.js';

const help = `Makes connections over the loopback and prints for how many of them the option processes told the process that made them; then what it costs. As root, or with
CAP_NET_RAW, CAP_SYS_PTRACE and CAP_DAC_READ_SEARCH.
  --count N       connections of each kind (100)
  --datagrams N   datagrams of the flood, each a flow of its own (200000)`;

const { values } = parseArgs({
  options: { count: { type: 'string', default: '100' }, datagrams: { type: 'string', default: '200000' }, help: { type: 'boolean', default: false } },
});

const client = fileURLToPath(new URL('processes/client.mjs', import.meta.url));

interface Made {
  readonly pid: number;
  readonly ports: readonly number[];
}

async function make(transport: string, address: string, port: number, count: number, life: number): Promise<Made> {
  const { stdout } = await promisify(execFile)(process.execPath, [client, transport, address, String(port), String(count), String(life)], {
    maxBuffer: 1 << 26,
  });
  return JSON.parse(stdout) as Made;
}

/** A connection of a process of its own: bash, which ends after so many seconds. Its flow is that of the port that is new. */
async function makeAlone(transport: string, address: string, port: number, life: number): Promise<number> {
  const script = `echo $$; exec 3<>/dev/${transport}/${address}/${port}; echo hello >&3; read -t ${life / 1000} never <> <(:) || :`;
  const { stdout } = await promisify(execFile)('bash', ['-c', script]);
  return Number(stdout);
}

/** Milliseconds of processor time of the threads of this process that have a name. */
function threadMs(name: string): number {
  return readdirSync('/proc/self/task').reduce((sum, id) => {
    try {
      if (readFileSync(`/proc/self/task/${id}/comm`, 'utf8').trim() !== name) return sum;
      return sum + Number(readFileSync(`/proc/self/task/${id}/schedstat`, 'utf8').split(' ')[0]) / 1e6;
    } catch {
      return sum; // it has ended meanwhile
    }
  }, 0);
}

interface Told {
  readonly srcPort: number;
  readonly pid: number;
}

/** The flows to a port, or of all of the loopback, while something is done. */
async function capture<Result>(filter: string, immediate: boolean, processes: boolean, work: () => Promise<Result>) {
  const source = captureLive('lo', { filter, immediate, bufferSize: 128 << 20, ...(immediate && { snapshotLength: 256 }) });
  const stage = source.pipe(aggregate({ dissections: 0, processes, idleTimeout: 1 }));
  await source.open();
  const flows: Told[] = [];
  const read = (async () => {
    for await (const batch of stage as AsyncIterable<FlowBatch>)
      for (const flow of batch) flows.push({ srcPort: flow.srcPort, pid: processes ? (flow['systemProcessPid'] as number) : -1 });
  })();
  // The lookup's thread ends with the run.
  let lookupMs = 0;
  const sample = setInterval(() => (lookupMs = Math.max(lookupMs, threadMs('nfstream procs'))), 5);
  const cpu = process.cpuUsage();
  const began = performance.now();
  const result = await work();
  source.stop();
  await read;
  clearInterval(sample);
  const { user, system } = process.cpuUsage(cpu);
  return { result, flows, report: source.report(), lookupMs, cpuMs: (user + system) / 1000, seconds: (performance.now() - began) / 1000 };
}

async function shares(): Promise<void> {
  const server = createServer((socket) => socket.on('error', () => {}).resume()).listen(0, '::');
  const receiver = createSocket('udp6').bind(0, '::');
  await Promise.all([once(server, 'listening'), once(receiver, 'listening')]);
  const ports = { tcp: (server.address() as { port: number }).port, udp: receiver.address().port };
  const rows: string[][] = [];
  for (const immediate of [true, false]) {
    for (const transport of ['tcp', 'udp'] as const) {
      for (const address of ['127.0.0.1', '::1']) {
        for (const life of [1, 10, 100]) {
          const port = ports[transport];
          const { result, flows } = await capture(`${transport} port ${port}`, immediate, true, () =>
            make(transport, address, port, Number(values.count), life),
          );
          const own = flows.filter(({ srcPort }) => result.ports.includes(srcPort));
          const share = (holds: (flow: Told) => boolean): string => `${Math.round((own.filter(holds).length / own.length) * 100)} %`;
          rows.push([
            immediate ? 'immediate' : 'usual',
            `${transport.toUpperCase()} ${address}`,
            `${life} ms`,
            share(({ pid }) => pid === result.pid),
            share(({ pid }) => pid === process.pid),
            share(({ pid }) => pid === -1),
          ]);
        }
      }
    }
    for (const life of [1, 10, 100]) {
      const pids: number[] = [];
      const { flows } = await capture(`tcp port ${ports.tcp}`, immediate, true, async () => {
        for (let made = 0; made < Number(values.count) / 4; made++) pids.push(await makeAlone('tcp', '127.0.0.1', ports.tcp, life));
      });
      const count = pids.filter((pid) => flows.some((flow) => flow.pid === pid)).length;
      rows.push([immediate ? 'immediate' : 'usual', 'TCP, a new process each', `${life} ms`, `${Math.round((count / pids.length) * 100)} %`, '', '']);
    }
  }
  server.close();
  receiver.close();
  console.log(table([['capture', 'connections', 'open for', 'its process', "the other end's", 'none'], ...rows]));
}

async function cost(): Promise<void> {
  const rows: string[][] = [];
  for (const processes of [false, true, false, true]) {
    const { flows, report, lookupMs, cpuMs, seconds } = await capture('udp and dst host 127.0.0.1', false, processes, () =>
      make('flood', '127.0.0.1', 0, Number(values.datagrams), 0),
    );
    const found = flows.filter(({ pid }) => pid !== -1).length;
    rows.push([
      processes ? 'with' : 'without',
      String(flows.length),
      `${Math.round(report.received / seconds / 1000)} k/s`,
      String(report.droppedByKernel + report.droppedByCredit),
      `${(((cpuMs - lookupMs) / report.received) * 1000).toFixed(2)} µs`,
      processes ? `${((lookupMs / flows.length) * 1000).toFixed(2)} µs` : '',
      processes ? `${Math.round((found / flows.length) * 100)} %` : '',
    ]);
  }
  console.log(table([['processes', 'flows', 'packets', 'dropped', 'processor time a packet, without the lookup', 'of the lookup a flow', 'found'], ...rows]));
}

if (values.help) console.log(help);
else {
  console.log(`${readdirSync('/proc').filter((name) => /^\d+$/.test(name)).length} processes on this machine`);
  await shares();
  await cost();
}
