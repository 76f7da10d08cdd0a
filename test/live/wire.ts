import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { randomBytes } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { commandLine } from '../program.js';

const sender = fileURLToPath(new URL('programs/send.py', import.meta.url));

/** A program that runs beside the test. */
export interface Running {
  readonly child: ChildProcess;
  stdout: string;
  stderr: string;
  /** Resolves with its exit code. */
  readonly ended: Promise<number | null>;
}

/** A network of a test's own: a wire from `sender` to `probe`, which nobody else uses. Only root may make one. */
export class Wire {
  readonly #name = `nfstream-${randomBytes(4).toString('hex')}`;
  readonly #programs: Running[] = [];

  constructor() {
    execFileSync('ip', ['netns', 'add', this.#name]);
    this.exec('sysctl', '-qw', 'net.ipv6.conf.all.disable_ipv6=1', 'net.ipv6.conf.default.disable_ipv6=1');
    this.connect();
  }

  /** Does something in the network. */
  exec(...args: string[]): string {
    return execFileSync('ip', ['netns', 'exec', this.#name, ...args], { encoding: 'utf8', stdio: 'pipe' });
  }

  /** Lays the wire. */
  connect(): void {
    this.exec('ip', 'link', 'add', 'sender', 'mtu', '65535', 'type', 'veth', 'peer', 'name', 'probe', 'mtu', '65535');
    for (const device of ['sender', 'probe']) this.exec('ip', 'link', 'set', device, 'up');
  }

  /** Takes it away, with the devices. */
  disconnect(): void {
    this.exec('ip', 'link', 'delete', 'sender');
  }

  /** Starts a program in the network. */
  start(args: readonly string[], env: NodeJS.ProcessEnv = process.env): Running {
    const child = spawn('ip', ['netns', 'exec', this.#name, ...args], { env, stdio: ['ignore', 'pipe', 'pipe'] });
    const running: Running = { child, stdout: '', stderr: '', ended: once(child, 'close').then(([code]) => code as number | null) };
    child.stdout.setEncoding('utf8').on('data', (text: string) => (running.stdout += text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => (running.stderr += text));
    this.#programs.push(running);
    return running;
  }

  /** Starts the command. */
  nfstream(args: readonly string[], env?: NodeJS.ProcessEnv): Running {
    return this.start([...commandLine, ...args], env);
  }

  /** Sends so many frames, 0 without end, of so many flows. */
  send(frames: number, flows: number): Running {
    return this.start(['python3', sender, 'sender', String(frames), String(flows)]);
  }

  /** Ends everything. */
  async close(): Promise<void> {
    for (const { child } of this.#programs) if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL');
    await Promise.all(this.#programs.map(({ ended }) => ended));
    execFileSync('ip', ['netns', 'delete', this.#name]);
  }
}

/** What a sender says that it has sent. */
export function sentBy({ stdout }: Running): number {
  return Number(stdout.trim().split('\n').at(-1));
}
