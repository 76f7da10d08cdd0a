import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';

/** A network namespace with a wire from `sender` to `probe`. It takes root, iproute2 and ethtool or a kernel that needs none. */
export class Wire {
  readonly name = `nfstream-bench-${process.pid}`;
  readonly #programs = new Set<ChildProcess>();

  constructor() {
    execFileSync('ip', ['netns', 'add', this.name]);
    this.exec('sysctl', '-qw', 'net.ipv6.conf.all.disable_ipv6=1', 'net.ipv6.conf.default.disable_ipv6=1');
    // Frames that are longer than the MTU of a veth are refused, and captures hold such as a card has joined.
    this.exec('ip', 'link', 'add', 'sender', 'mtu', '65535', 'type', 'veth', 'peer', 'name', 'probe', 'mtu', '65535');
    for (const device of ['sender', 'probe']) this.exec('ip', 'link', 'set', device, 'up');
  }

  exec(...args: string[]): string {
    return execFileSync('ip', ['netns', 'exec', this.name, ...args], { encoding: 'utf8', stdio: 'pipe' });
  }

  /** Packets that have come out of the wire at the probe's end. */
  arrived(): number {
    const [{ stats64 }] = JSON.parse(this.exec('ip', '-j', '-s', 'link', 'show', 'probe')) as [{ stats64: { rx: { packets: number } } }];
    return stats64.rx.packets;
  }

  start(args: readonly string[]): Program {
    const child = spawn('ip', ['netns', 'exec', this.name, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
    this.#programs.add(child);
    child.once('close', () => this.#programs.delete(child));
    return new Program(child);
  }

  close(): void {
    for (const child of this.#programs) child.kill('SIGKILL');
    execFileSync('ip', ['netns', 'delete', this.name]);
  }
}

/** A program on a wire. */
export class Program {
  output = '';
  readonly ended: Promise<number | null>;
  /** Seconds of processor time, as of the last look. */
  cpu = 0;

  constructor(readonly child: ChildProcess) {
    for (const stream of [child.stdout!, child.stderr!]) stream.setEncoding('utf8').on('data', (text: string) => (this.output += text));
    this.ended = once(child, 'close').then(([code]) => code as number | null);
  }

  /** Reads what it has cost: of itself and of what it has started. */
  look(): { cpu: number; resident: number; threads: number; descriptors: number } {
    const told = { cpu: 0, resident: 0, threads: 0, descriptors: 0 };
    for (const pid of tree(this.child.pid!)) {
      try {
        const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
          .replace(/^.*\) /s, '')
          .split(' ');
        told.cpu += (Number(stat[11]) + Number(stat[12])) / 100;
        told.threads += Number(stat[17]);
        told.resident += Number(stat[21]) * 4096;
        told.descriptors += readdir(pid);
      } catch {
        continue; // it has ended
      }
    }
    this.cpu = Math.max(this.cpu, told.cpu);
    return told;
  }

  /** Ends it and what it has started, which would keep its output open. */
  async kill(): Promise<void> {
    for (const pid of tree(this.child.pid!)) process.kill(pid, 'SIGKILL');
    await this.ended;
  }

  async end(signal: NodeJS.Signals): Promise<number | null> {
    this.look();
    this.child.kill(signal);
    return this.ended;
  }
}

function readdir(pid: number): number {
  return Number(execFileSync('sh', ['-c', `ls /proc/${pid}/fd | wc -l`], { encoding: 'utf8' }));
}

function tree(pid: number): number[] {
  try {
    const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim();
    return [pid, ...(children === '' ? [] : children.split(' ').flatMap((child) => tree(Number(child))))];
  } catch {
    return [pid];
  }
}
