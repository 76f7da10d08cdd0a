import { spawn, type ChildProcess } from 'node:child_process';
import { EventEmitter, once } from 'node:events';
import { chmodSync, chownSync, cpSync, existsSync, mkdirSync, readFileSync, statSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { command } from '../../../lib/cli/command.js';
import { listInterfaces } from '../../../lib/cli/live/list-interfaces.js';
import { parseCommandLine } from '../../../lib/cli/command-line.js';
import { needsNamespaces } from '../../live/rights.js';
import { thorough } from '../../thorough.js';
import { commandLine } from '../../program.js';
import { until } from '../../waiting.js';
import { workFolder } from '../made-capture.js';

const root = fileURLToPath(new URL('../../..', import.meta.url));

/** Sends frames of UDP, each to a port of its own, over a device: `send DEVICE FRAMES`. */
const sender = `
import socket, struct, sys
out = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
out.bind((sys.argv[1], 0x0800))
for port in range(int(sys.argv[2])):
    ip = struct.pack('>BBHHHBBH4s4s', 0x45, 0, 48, 0, 0, 64, 17, 0, bytes([192, 0, 2, 1]), bytes([192, 0, 2, 2]))
    out.send(b'\\2' * 12 + b'\\x08\\0' + ip + struct.pack('>HHHH', 1000 + port, 9, 28, 0) + b'x' * 20)
`;

/** A shell in a network namespace of its own, with two devices that are each other's end, in which the command runs until it has said that it ends. */
class Namespace {
  readonly #shell: ChildProcess;
  #said = '';
  #lines = 0;

  constructor() {
    this.#shell = spawn('unshare', ['--net', 'sh'], { cwd: root, stdio: ['pipe', 'pipe', 'inherit'] });
    this.#shell.stdout!.setEncoding('utf8').on('data', (text: string) => (this.#said += text));
  }

  /** Does something and waits until it is done. */
  async run(line: string): Promise<void> {
    const mark = `done ${++this.#lines}`;
    this.#shell.stdin!.write(`${line}\necho ${mark}\n`);
    await until(() => this.#said.includes(mark));
  }

  send(device: string, frames: number): Promise<void> {
    return this.run(`python3 -c '${sender.replaceAll("'", `'\\''`)}' ${device} ${frames}`);
  }

  async end(): Promise<void> {
    this.#shell.stdin!.end();
    if (this.#shell.exitCode === null) await once(this.#shell, 'exit');
  }
}

describe('nfstream of a device', () => {
  const { path } = workFolder();
  const packetSockets = `awk 'END { print NR - 1 }' /proc/net/packet`;

  /** Starts the command, waits until it captures, sends frames, makes it end, and tells how it did. */
  async function captured(
    args: readonly string[],
    sent: readonly [device: string, frames: number][],
    end: string,
    program = commandLine,
  ): Promise<{ code: number; stderr: string }> {
    const namespace = new Namespace();
    try {
      await namespace.run(
        'ip link set lo up; ip link add va type veth peer name vb; for d in va vb; do ip link set $d addrgenmode none; ip link set $d up; done',
      );
      const command = [...program, ...args].map((part) => `'${part}'`).join(' ');
      await namespace.run(`${command} > /dev/null 2> ${path('said')} & job=$!`);
      // A socket with a ring is one that has its program: the command says nothing before its end.
      await namespace.run(`while [ $(${packetSockets}) -lt 1 ] && kill -0 $job; do sleep 0.02; done; sleep 0.3`);
      for (const [device, frames] of sent) await namespace.send(device, frames);
      await namespace.run(`${end}; wait $job; echo $? > ${path('code')}`);
    } finally {
      await namespace.end();
    }
    return { code: Number(readFileSync(path('code'), 'utf8')), stderr: readFileSync(path('said'), 'utf8') };
  }

  const rows = (file: string): string[][] => {
    const [, ...lines] = readFileSync(file, 'utf8').trim().split('\n');
    return lines.map((line) => line.split(','));
  };

  it('writes every flow and ends, with a signal', async function () {
    needsNamespaces(this);
    const signals = [['INT', 130] as const, ['TERM', 143] as const];
    for (const [signal, expected] of thorough ? signals : signals.slice(0, 1)) {
      const file = path(`flows-${signal}.csv`);
      const { code, stderr } = await captured(['va', '--dissections', '0', '-o', file], [['vb', 60]], `kill -${signal} $job`);
      expect(stderr).to.match(/^nfstream: 60 packets, 60 flows in [^\n]*\n$/);
      expect(code).to.equal(expected);
      expect(rows(file)).to.have.length(60);
    }
  });

  it('writes every flow of several devices, and says which one went away', async function () {
    needsNamespaces(this);
    const file = path('gone.csv');
    const sent: [string, number][] = [
      ['vb', 40],
      ['lo', 40],
    ];
    const { code, stderr } = await captured(['va,lo', '--dissections', '0', '-o', file], sent, 'ip link del va');
    expect(stderr).to.match(/^nfstream: 80 packets, 40 flows in [^\n]*\nnfstream: The device va went (?:away|down)\. [^\n]*\n$/);
    expect(code).to.equal(1);
    expect(rows(file)).to.have.length(40);
  });

  it('gives up the rights of root with --user, and writes as that user', async function () {
    needsNamespaces(this);
    const file = path('nobody.csv');
    chmodSync(path('.'), 0o755);
    chownSync(path('.'), 65534, 65534);
    const status = `grep -hE "^(Uid|Gid|Groups|CapPrm|CapEff|CapInh|CapAmb)" /proc/$job/task/*/status | sort -u > ${path('status')}; kill -INT $job`;
    const { code, stderr } = await captured(['va', '--dissections', '0', '--user', 'nobody', '-o', file], [['vb', 5]], status);
    expect(stderr).to.match(/^nfstream: 5 packets/);
    expect(code).to.equal(130);
    expect(statSync(file)).to.include({ uid: 65534, gid: 65534 });
    const none = '0000000000000000';
    expect(readFileSync(path('status'), 'utf8').trim().split('\n')).to.have.members([
      ...[`CapAmb:\t${none}`, `CapEff:\t${none}`, `CapInh:\t${none}`, `CapPrm:\t${none}`],
      ...['Gid:\t65534\t65534\t65534\t65534', 'Groups:\t65534 ', 'Uid:\t65534\t65534\t65534\t65534'],
    ]);
  });

  /** The package as it is built, in a folder that only its owner may enter. */
  function ownPackage(): string {
    const own = path('own');
    mkdirSync(join(own, 'build'), { recursive: true, mode: 0o700 });
    chmodSync(own, 0o700);
    for (const name of ['dist', 'package.json']) cpSync(join(root, name), join(own, name), { recursive: true });
    for (const name of ['build/Release', 'node_modules']) symlinkSync(join(root, name), join(own, name));
    return own;
  }

  it('gives up the rights of root also where the user may not read the program, and says what then can not be', async function () {
    needsNamespaces(this);
    const program = [process.execPath, join(ownPackage(), 'dist/cli/main.js')];
    chmodSync(path('.'), 0o755);
    chownSync(path('.'), 65534, 65534);
    const args = ['va', '--user', 'nobody', '--rotate-flows', '1', '-o'];
    for (const format of thorough ? ['csv', 'json', 'arrow'] : ['csv', 'arrow']) {
      const { code, stderr } = await captured([...args, path(`own-{n}.${format}`)], [['vb', 5]], 'kill -INT $job', program);
      expect(stderr, format).to.match(/^nfstream: 5 packets, 5 flows/);
      expect(code, format).to.equal(130);
      expect(statSync(path(`own-4.${format}`)).uid, format).to.equal(65534);
    }
    const { code, stderr } = await captured([...args, path('own-{n}.parquet')], [], ':', program);
    expect(stderr).to.match(
      /^nfstream: Writing Parquet takes files of nfstream itself, which the user "nobody" may not read in \S+; install it where that user may\.\n$/,
    );
    expect(code).to.equal(1);
    expect(existsSync(path('own-0.parquet'))).to.equal(false);
  });

  const mistakes: [args: string[], code: number, stderr: RegExp][] = [
    [['any', '--user', 'no such user'], 2, /^nfstream: There is no user "no such user" to become\.\n/],
    [['/dev/null', '--user', 'nobody'], 2, /^nfstream: --user is for network devices/],
    [['annny'], 1, /^nfstream: There is no file annny, and no network device; did you mean the device any\?\n$/],
    [['any', '--per-file'], 2, /^nfstream: --per-file makes each capture a run of its own; devices are one run\.\n/],
    [['any', '/dev/null'], 2, /^nfstream: any is a network device and \/dev\/null is a file; give the ones or the others\.\n/],
  ];
  for (const [args, code, stderr] of mistakes) {
    it(`refuses ${args.join(' ')}`, async () => {
      const streams = { stdin: {}, stdout: new PassThrough(), stderr: new PassThrough().setEncoding('utf8') };
      expect(await command(args, { ...streams, env: {}, signals: new EventEmitter(), quit: () => {} })).to.equal(code);
      expect(streams.stderr.read()).to.match(stderr);
    });
  }

  it('--interfaces lists the devices', () => {
    expect(parseCommandLine(['--interfaces'], 100)).to.deep.equal({ do: 'list interfaces' });
    const [head, ...lines] = listInterfaces().replace(/\n$/, '').split('\n');
    expect(head).to.equal('name\tstate\tmac\taddresses');
    expect(lines.find((line) => line.startsWith('lo\t'))).to.match(/^lo\t(up|down)\t\t/);
    expect(lines.at(-1)).to.equal('any\tup\t\t');
  });

  it('takes the options of devices', () => {
    const parsed = parseCommandLine(
      ['eth0', '--no-promiscuous', '--snapshot-length', '96', '--buffer-size=4194304', '--readers', '4', '--immediate', '--user', 'nobody'],
      100,
    );
    expect(parsed).to.have.property('do', 'run');
    if (parsed.do !== 'run') return;
    expect(parsed.request.options.live).to.deep.equal({ promiscuous: false, snapshotLength: 96, bufferSize: 4194304, readers: 4, immediate: true });
    expect(parsed.request.user).to.equal('nobody');
  });
});
