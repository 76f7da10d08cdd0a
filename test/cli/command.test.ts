import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { chmodSync, closeSync, constants, existsSync, openSync, readdirSync, readFileSync, writeSync } from 'node:fs';
import { EventEmitter, once } from 'node:events';
import { PassThrough } from 'node:stream';
import { expect } from 'chai';
import { command } from '../../lib/cli/command.js';
import { fields } from '../../lib/schema/fields.js';
import { stageFields } from '../../lib/schema/stage-fields.js';
import { dnsQuestion, madeCapture, manyFlows, workFolder } from './made-capture.js';
import { commandLine } from '../program.js';
import { drained, until } from '../waiting.js';

interface Finished {
  code: number | null;
  stdout: string;
  stderr: string;
}

function start(args: readonly string[], stdin: 'ignore' | number = 'ignore'): ChildProcess {
  return spawn(commandLine[0]!, [...commandLine.slice(1), ...args], { stdio: [stdin, 'pipe', 'pipe'] });
}

async function finish(child: ChildProcess): Promise<Finished> {
  let stdout = '';
  let stderr = '';
  child.stdout!.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
  child.stderr!.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, stdout, stderr };
}

function nfstream(...args: string[]): Promise<Finished> {
  return finish(start(args));
}

/** Runs a line of shell in which $NFSTREAM is the command. */
async function shell(line: string): Promise<Finished> {
  const env = { ...process.env, NFSTREAM: commandLine.map((part) => `'${part}'`).join(' ') };
  return finish(spawn('sh', ['-c', line.replaceAll('$NFSTREAM', env.NFSTREAM)], { env, stdio: ['ignore', 'pipe', 'pipe'] }));
}

interface TerminalOptions {
  columns: number;
}

/** Runs the command in this process, with a terminal or a pipe for its outputs. */
async function inside(args: readonly string[], terminal?: TerminalOptions): Promise<Finished & { signals: EventEmitter }> {
  const outputs = { stdout: '', stderr: '' };
  const output = (name: keyof typeof outputs): PassThrough => {
    const stream = new PassThrough();
    stream.on('data', (chunk: Buffer) => (outputs[name] += chunk.toString()));
    return terminal === undefined ? stream : Object.assign(stream, { isTTY: true, ...terminal });
  };
  const signals = new EventEmitter();
  const code = await command(args, { stdin: { isTTY: true }, stdout: output('stdout'), stderr: output('stderr'), signals, quit: () => {}, env: {} });
  return { code, ...outputs, signals };
}

const talk = madeCapture([
  { ms: 0, payload: dnsQuestion('www', 'example', 'com'), destinationPort: 53 },
  { ms: 5, from: 3, to: 4 },
  { ms: 9, from: 4, to: 3, sourcePort: 9997, destinationPort: 40000 },
]);

describe('the command', () => {
  const { path, write } = workFolder();
  let capture: string;
  before(() => {
    capture = write('talk.pcap', talk);
  });

  it('prints JSON Lines into a pipe, and one line of summary on standard error', async () => {
    const { code, stdout, stderr } = await nfstream(capture);
    expect(code).to.equal(0);
    const flows = stdout.trim().split('\n').map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(flows.map((flow) => [flow['id'], flow['src_ip'], flow['requested_server_name']])).to.deep.equal([[0, '10.0.0.1', 'www.example.com'], [1, '10.0.0.3', '']]);
    expect(stderr).to.match(/^nfstream: 3 packets, 2 flows in \d+\.\d\d s \([\d,]+ packets\/s\)\n$/);
  });

  it('prints a table on a terminal', async () => {
    const { code, stdout } = await inside([capture], { columns: 130 });
    expect(code).to.equal(0);
    const [titles, first, second, ...rest] = stdout.split('\n');
    expect(titles).to.match(/^SOURCE -> DESTINATION +PROTO +APPLICATION +SERVER NAME +PACKETS +BYTES +DURATION +END$/);
    expect(first).to.match(/^10\.0\.0\.1:40000 -> 10\.0\.0\.2:53 +UDP +DNS +www\.example\.com +1 +75 B +0 ms +end$/);
    expect(second).to.match(/^10\.0\.0\.3:40000 -> 10\.0\.0\.4:9997 +UDP +Unknown +2 +94 B +4 ms +end$/);
    expect(rest).to.deep.equal(['']);
  });

  it('has the same columns in the table whatever the features', async () => {
    const { stdout } = await inside([capture, '--features', 'classic'], { columns: 130 });
    expect(stdout).to.match(/^SOURCE -> DESTINATION .* END\n10\.0\.0\.1:40000 /);
  });

  it('escapes what the network sends to a terminal', async () => {
    const hostile = write('hostile.pcap', madeCapture([{ ms: 0, destinationPort: 53, payload: dnsQuestion('\x1b[2J', '\u202egpj', 'com') }]));
    const { stdout } = await inside([hostile], { columns: 200 });
    expect(stdout.replaceAll('\n', '')).not.to.match(/[\x00-\x1f\x7f-\x9f\u202e]/);
  });

  it('prints the table on a real terminal', async function () {
    if (!existsSync('/usr/bin/script')) {
      expect((await inside([capture], { columns: 80 })).stdout).to.match(/^SOURCE /);
      return;
    }
    const { stdout } = await shell(`script -qec "stty cols 140; $NFSTREAM ${capture}" /dev/null`);
    expect(stdout).to.match(/^SOURCE -> DESTINATION .* END\r\n10\.0\.0\.1:40000 -> .*\r\n10\.0\.0\.3:40000 -> .*\r\nnfstream: 3 packets, 2 flows in .*\r\n$/);
  });

  it('rotates files by flows and by the time of packets', async () => {
    const { code, stderr } = await inside([capture, '-o', path('r-%Y%m%d-%H%M%S-{n:3}.csv'), '--rotate-flows', '1', '--rotate-seconds', '3600', '--rotate-keep', '5']);
    expect([code, stderr]).to.deep.equal([0, stderr]);
    for (const n of ['000', '001']) expect(readFileSync(path(`r-20231114-220000-${n}.csv`), 'utf8').split('\n')).to.have.length(3);
    const collision = await inside([capture, '-o', path('%Y.csv'), '--rotate-flows', '1']);
    expect(collision.code).to.equal(2);
    expect(collision.stderr).to.match(/^nfstream: The pattern of names gives .*2023\.csv twice; put \{n\} into it, or a time as fine as the rotation\. Files before it are whole\.\nTry nfstream --help\.\n$/);
    expect(readFileSync(path('2023.csv'), 'utf8').split('\n')).to.have.length(3);
    const constant = await inside([capture, '-o', path('f.csv'), '--rotate-flows', '1']);
    expect(constant.code).to.equal(2);
    expect(constant.stderr).to.match(/Expected a number or a time, such as flows-\{n\}\.csv/);
  });

  it('writes a tree of folders', async () => {
    expect((await inside([capture, '-o', path('tree'), '--format', 'jsonl', '--partition-by', 'application_name,day'])).code).to.equal(0);
    expect(existsSync(path('tree/application_name=DNS/day=2023-11-14/part-0.jsonl'))).to.equal(true);
    const again = await inside([capture, '-o', path('tree'), '--format', 'jsonl', '--partition-by', 'application_name']);
    expect([again.code, again.stderr]).to.deep.equal([1, `nfstream: The folder ${path('tree')} is not empty, and its files would be read as rows of this run; choose another folder or empty it.\n`]);
  });

  it('anonymises, in the table too, with a key from a file', async () => {
    const key = write('key', Buffer.alloc(32, 7));
    const hex = write('key.hex', Buffer.from(`${'07'.repeat(32)}\n`));
    const outputs: string[] = [];
    for (const file of [key, hex]) outputs.push((await nfstream(capture, '--anonymize', 'src_ip,requested_server_name', '--anonymize-method', 'prefix', '--anonymize-key-file', file)).stdout);
    expect(outputs[0]).to.equal(outputs[1]).and.to.include('10.0.0.2').and.to.not.match(/10\.0\.0\.[13]"|example/);
    expect((await inside([capture, '--anonymize', 'src_ip'], { columns: 200 })).stdout).to.not.match(/10\.0\.0\.1:/);
    const long = write('long', Buffer.alloc(40, 7));
    const mistake = await inside([capture, '--anonymize', 'src_ip', '--anonymize-method', 'prefix', '--anonymize-key-file', long, '-q']);
    expect([mistake.code, mistake.stderr]).to.deep.equal([2, "nfstream: Expected 32 bytes for key with method 'prefix' but received 40.\nTry nfstream --help.\n"]);
    const missing = await nfstream(capture, '--anonymize', 'scr_ip');
    expect(missing.code).to.equal(2);
    expect(missing.stderr).to.match(/^nfstream: There is no column scr_ip to anonymise; this run has id, /);
  });

  const keyFiles: [what: string, make: () => string, code: number, stderr: RegExp][] = [
    ['a key that only its owner may read', () => keyFile('own', Buffer.alloc(32, 7), 0o600), 0, /^nfstream: 3 packets/],
    ['a key that its group may read', () => keyFile('group', Buffer.alloc(32, 7), 0o640), 0, /^nfstream: Warning: Others may read the key file .*group, whose mode is 640; take that from them with: chmod 600\.\nnfstream: 3 packets/],
    ['a key that all may read', () => keyFile('all', Buffer.from('07'.repeat(32)), 0o604), 0, /^nfstream: Warning: Others may read the key file .*all, whose mode is 604;.*\nnfstream: 3 packets/],
    ['a device without an end', () => '/dev/zero', 2, /^nfstream: The key file \/dev\/zero is not a regular file; .*\nTry nfstream --help\.\n$/],
    ['a FIFO that nobody writes to', () => spawnSync('mkfifo', [path('key.fifo')]).status === 0 ? path('key.fifo') : '', 2, /^nfstream: The key file .*key\.fifo is not a regular file;/],
    ['a folder', () => path('.'), 2, /^nfstream: The key file .* is not a regular file;/],
    ['a capture', () => keyFile('large', Buffer.alloc(257), 0o600), 2, /^nfstream: The key file .*large is too large for a key of 16 to 64 bytes;/],
    ['a key that is too long', () => keyFile('long', Buffer.alloc(65), 0o600), 2, /^nfstream: --anonymize-key-file takes a file with 16 to 64 bytes/],
    ['an empty file', () => keyFile('empty', Buffer.alloc(0), 0o600), 2, /^nfstream: --anonymize-key-file takes a file with 16 to 64 bytes/],
    ['a key that is not there', () => path('nowhere'), 2, /^nfstream: Can't read the key file .*nowhere/],
  ];
  const keyFile = (name: string, bytes: Uint8Array, mode: number): string => {
    const file = write(`key-${name}`, bytes);
    chmodSync(file, mode);
    return file;
  };
  for (const [what, make, code, stderr] of keyFiles) {
    it(`takes or refuses with ${code}: ${what}`, async () => {
      const file = make();
      const args = [capture, '-o', path('keyed.csv'), '--anonymize', 'src_ip', '--anonymize-key-file', file];
      const result = await inside(args);
      expect(result.stderr).to.match(stderr);
      expect(result.code).to.equal(code);
      expect((await inside([...args, '-q'])).stderr).to.equal(code === 0 ? '' : result.stderr);
    });
  }
  it('keeps the flows for which a condition holds, in the table too', async () => {
    const kept = await nfstream(capture, '--where', 'dst_port != 53 and not contains(application_name, "DNS")');
    expect([kept.code, kept.stdout.split('\n').length]).to.deep.equal([0, 2]);
    expect(kept.stderr).to.match(/^nfstream: 3 packets, 2 flows \(1 kept by --where\) in /);
    const table = await inside([capture, '--where', 'dst_port == 53'], { columns: 200 });
    expect([table.code, table.stdout.split('\n').filter((line) => line.includes(':53 ')).length]).to.deep.equal([0, 1]);
    const wrong = await inside([capture, '--where', 'dst_prt == 53']);
    expect([wrong.code, wrong.stdout, wrong.stderr]).to.deep.equal([2, '', 'nfstream: where, column 1: there is no column dst_prt; did you mean dst_port?\nTry nfstream --help.\n']);
  });

  it('writes the format that the name or --format tells', async () => {
    expect((await nfstream(capture, '-o', path('a.csv'), '-q')).code).to.equal(0);
    expect(readFileSync(path('a.csv'), 'utf8').split('\n')[0]).to.match(/^id,expiration_id,src_ip,/);
    expect((await nfstream(capture, '-o', path('a.json'), '-q')).code).to.equal(0);
    expect((JSON.parse(readFileSync(path('a.json'), 'utf8')) as unknown[]).length).to.equal(2);
    expect((await nfstream(capture, '-o', path('a.csv'), '--format', 'arrow', '-q')).code).to.equal(0);
    expect(readFileSync(path('a.csv')).toString('latin1', 0, 6)).to.equal('ARROW1');
    const csv = await nfstream(capture, '--format', 'csv', '--delimiter', ';', '--features', 'classic', '-q');
    expect(csv).to.deep.include({ code: 0, stderr: '' });
    expect(csv.stdout.split('\n')[0]).to.match(/^ip_src;src_port;ip_dst;/);
  });

  it('writes a valid file for no flows', async () => {
    const empty = write('empty.pcap', madeCapture([]));
    const wanted: [name: string, expected: string][] = [['none.json', '[]'], ['none.jsonl', '']];
    for (const [name, expected] of wanted) {
      expect((await nfstream(empty, '-o', path(name), '-q')).code).to.equal(0);
      expect(readFileSync(path(name), 'utf8')).to.equal(expected);
    }
    expect((await nfstream(empty, '-o', path('none.csv'))).code).to.equal(0);
    expect(readFileSync(path('none.csv'), 'utf8')).to.match(/^id,expiration_id,.*\n$/);
  });

  it('reads standard input and redirects to a file', async () => {
    const { code, stderr } = await shell(`cat '${capture}' | $NFSTREAM - > '${path('redirected.jsonl')}'`);
    expect(code).to.equal(0);
    expect(stderr).to.match(/^nfstream: 3 packets, 2 flows/);
    expect(readFileSync(path('redirected.jsonl'), 'utf8').trim().split('\n')).to.have.length(2);
  });

  it('ends quietly with 0 when the reader goes away', async () => {
    const long = write('long.pcap', madeCapture(manyFlows(20_000)));
    const { code, stdout, stderr } = await shell(`{ $NFSTREAM '${long}' --dissections 0; echo "code $?" >&2; } | head -n 1`);
    expect(code).to.equal(0);
    expect(stdout).to.match(/^\{"id":0,.*\}\n$/);
    expect(stderr).to.equal('code 0\n');
  });

  it('reads several captures as one timeline, and warns when they are out of order', async () => {
    const later = write('later.pcap', madeCapture([{ ms: 50, from: 3, to: 4 }]));
    const right = await nfstream(capture, later);
    expect(right.stdout.trim().split('\n')).to.have.length(2);
    expect(right.stderr).to.match(/^nfstream: 2 captures: 4 packets, 2 flows in [^\n]*\n$/);
    const wrong = await nfstream(later, capture);
    expect(wrong.code).to.equal(0);
    const [warning, summary, rest] = wrong.stderr.split('\n');
    expect(warning).to.equal(`nfstream: Warning: ${capture} begins before the capture before it ended; give captures in the order of their times.`);
    expect(summary).to.match(/^nfstream: 2 captures: 4 packets, 3 late \(by up to 50 ms, the first is packet 2\), 2 flows in /);
    expect(rest).to.equal('');
    expect((await nfstream(later, capture, '--quiet')).stderr).to.equal('');
  });

  it('tells what the filter took out and what was ignored', async () => {
    const arp = Buffer.from(talk);
    arp.writeUInt16BE(0x0806, 24 + 16 + 12);
    const { stderr } = await nfstream(write('arp.pcap', arp), '--filter', 'arp or src host 10.0.0.3', '--dissections', '0');
    expect(stderr).to.match(/^nfstream: 2 packets \(1 ignored: 1 not ip\), 1 filtered out, 1 flow in /);
  });

  it('exits with 1 for a damaged capture, and writes what was good', async () => {
    const cut = write('cut.pcap', talk.subarray(0, talk.length - 3));
    for (const args of [[cut], [cut, '-o', path('cut.jsonl')]]) {
      const { code, stdout, stderr } = await nfstream(...args);
      expect(code).to.equal(1);
      const text = args.length > 1 ? readFileSync(path('cut.jsonl'), 'utf8') : stdout;
      expect(text.trim().split('\n')).to.have.length(2);
      const [summary, damage, rest] = stderr.split('\n');
      expect(summary).to.match(/^nfstream: 2 packets, 2 flows in /);
      expect(damage).to.match(/^nfstream: .*cut\.pcap.*packet 3.*\d+/);
      expect(rest).to.equal('');
    }
    const table = await inside([cut], { columns: 130 });
    expect([table.code, table.stdout.split('\n').length]).to.deep.equal([1, 4]);
    expect(table.stderr).to.match(/^nfstream: 2 packets, 2 flows in .*\nnfstream: .*packet 3/);
  });

  it('writes nothing of a damaged capture when told to abort', async () => {
    const cut = write('cut3.pcap', talk.subarray(0, talk.length - 3));
    const { code, stderr } = await inside([cut, '-o', path('cut3.csv'), '--on-damage', 'abort']);
    expect([code, existsSync(path('cut3.csv'))]).to.deep.equal([1, false]);
    expect(stderr).to.match(/^nfstream: .*cut3\.pcap.*\n$/);
  });

  it('goes on with the next capture after a damaged one, and tells each damage', async () => {
    const cut = write('cut2.pcap', talk.subarray(0, talk.length - 3));
    const { code, stdout, stderr } = await nfstream(cut, path('nowhere.pcap'), write('more.pcap', madeCapture([{ ms: 70, from: 8 }])));
    expect(code).to.equal(1);
    expect(stdout.trim().split('\n')).to.have.length(3);
    expect(stderr).to.match(/^nfstream: 3 captures: 3 packets, 3 flows in .*\nnfstream: .*cut2\.pcap.*\nnfstream: .*nowhere\.pcap.*\n$/);
  });

  // prettier-ignore
  const failures: [what: string, args: () => string[], code: number, stderr: RegExp][] = [
    ['a capture that is not there', () => [path('nowhere.pcap')], 1, /^nfstream: .*nowhere\.pcap.*\n$/],
    ['a text file', () => [write('text.pcap', 'hello, this is text\n'.repeat(5))], 1, /^nfstream: .*text\.pcap.*\n$/],
    ['an empty file', () => [write('void.pcap', '')], 1, /^nfstream: .*void\.pcap.*\n$/],
    ['a folder for the output that is not there', () => [capture, '-o', path('no/such/flows.csv')], 1, /^nfstream: Can't write .*flows\.csv: the folder .* does not exist.*\n$/],
    ['a full disk', () => [capture, '-o', '/dev/full', '--format', 'csv'], 1, /^nfstream: Can't write \/dev\/full: the disk is full.*\n$/],
    ['an output that may not be replaced', () => [capture, '-o', write('kept.csv', 'mine'), '--no-clobber'], 1, /^nfstream: .*kept\.csv exists already, and --no-clobber refuses to replace it\.\n$/],
    ['a bad filter', () => [capture, '--filter', 'tcp prot 443'], 2, /^nfstream: The filter .*\nTry nfstream --help\.\n$/],
    ['a bad filter that is long', () => [capture, '-o', path('long.csv'), '--filter', `${'host 10.0.0.1 or '.repeat(40)}tcp prot 443`], 2, /^nfstream: The filter ".{83}" of 692 characters is not valid: .*syntax error\.\nTry nfstream --help\.\n$/],
    ['a bad delimiter', () => [capture, '-o', path('x.csv'), '--delimiter', 'ab'], 2, /^nfstream: Expected .* for delimiter .*\nTry nfstream --help\.\n$/],
    ['an output that is one of the captures', () => [capture, '-o', capture, '--format', 'csv'], 2, /^nfstream: The output .*talk\.pcap is one of the inputs.*\nTry nfstream --help\.\n$/],
    ['an output by two names', () => [capture, '-o', path('x.csv'), '-o', `${path('.')}/./x.csv`], 2, /^nfstream: The outputs .*x\.csv and .*x\.csv are one file; give it once\.\nTry nfstream --help\.\n$/],
    ['an unknown option', () => [capture, '--idle-timout', '5'], 2, /^nfstream: There is no option --idle-timout\. Did you mean --idle-timeout\?\nTry nfstream --help\.\n$/],
    ['no arguments', () => [], 2, /^Usage: nfstream .*\n.*--help.*\n$/],
  ];
  for (const [what, args, code, stderr] of failures) {
    it(`exits with ${code} for ${what}`, async () => {
      const result = await inside(args(), undefined);
      expect(result.stderr).to.match(stderr);
      expect([result.code, result.stdout]).to.deep.equal([code, '']);
      expect(result.signals.eventNames()).to.deep.equal([]);
    });
  }

  it('leaves a capture and an output as they were when it refuses', () => {
    expect(readFileSync(capture)).to.deep.equal(talk);
    expect(readFileSync(path('kept.csv'), 'utf8')).to.equal('mine');
    expect(readdirSync(path('.')).filter((name) => name.endsWith('.part'))).to.deep.equal([]);
  });

  it('refuses a terminal for standard input, and for Arrow', async () => {
    expect(await inside(['-'], { columns: 80 })).to.deep.include({ code: 2 }).and.to.have.property('stderr').that.matches(/^nfstream: Standard input is a terminal/);
    expect(await inside([capture, '--format', 'arrows'], { columns: 80 })).to.deep.include({ code: 2 }).and.to.have.property('stderr').that.matches(/^nfstream: Arrow is not text/);
  });

  it('prints help and versions, with 0', async () => {
    const help = await nfstream('--help');
    expect(help).to.deep.include({ code: 0, stderr: '' });
    expect(help.stdout).to.match(/^Usage: nfstream /);
    const version = await nfstream('--version');
    expect(version).to.deep.include({ code: 0, stderr: '' });
    expect(version.stdout).to.match(/^nfstream \d+\.\d+\.\d+\nnDPI (\d+\.\d+\.\d+.*|not available .*)\nlibpcap \d+\.\d+.*\nNode\.js \d+\.\d+\.\d+\n$/);
  });

  for (const [signal, code] of [['SIGINT', 130], ['SIGTERM', 143]] as const) {
    it(`writes the open flows and exits with ${code} at the first ${signal}`, async () => {
      const target = path(`${signal}.csv`);
      const fifo = path(`${signal}.fifo`);
      expect((await shell(`mkfifo '${fifo}'`)).code).to.equal(0);
      const descriptor = openSync(fifo, 'r+');
      writeSync(descriptor, talk);
      const child = start(['-', '-o', target], descriptor);
      const done = finish(child);
      await until(() => readdirSync(path('.')).some((file) => file.includes(`${signal}.csv`) && file.endsWith('.part')));
      await drained(fifo);
      child.kill(signal);
      const result = await done;
      closeSync(descriptor);
      expect(result.code).to.equal(code);
      expect(result.stderr).to.match(/^nfstream: 3 packets, 2 flows in /);
      expect(readFileSync(target, 'utf8').trim().split('\n')).to.have.length(3);
    });
  }

  it('quits at the second signal', async () => {
    // Nobody reads the output, so that ending in order is not possible.
    const [input, output] = [path('in.fifo'), path('out.fifo')];
    expect((await shell(`mkfifo '${input}' '${output}'`)).code).to.equal(0);
    const child = start([input, '-o', output, '--format', 'csv']);
    const done = finish(child);
    const descriptor = await openForWriting(input);
    child.kill('SIGINT');
    await new Promise((resolve) => setTimeout(resolve, 500));
    expect([child.exitCode, child.signalCode]).to.deep.equal([null, null]);
    // Two signals are one where a process has had no time for the first.
    const again = setInterval(() => child.kill('SIGINT'), 500);
    child.kill('SIGINT');
    expect((await done).code).to.equal(130);
    clearInterval(again);
    closeSync(descriptor);
  });

  it('lists every column with --list-fields, a line each', async () => {
    const { code, stdout } = await inside(['--list-fields']);
    const [titles, ...lines] = stdout.trimEnd().split('\n').map((line) => line.split('\t'));
    expect(code).to.equal(0);
    expect(titles).to.deep.equal(['name', 'type', 'unit', 'option', 'source', 'meaning']);
    expect(lines.map(([name]) => name)).to.deep.equal([...fields, ...stageFields].map((field) => field.name));
    expect(lines.slice(-3).map(([name, , , option]) => [name, option])).to.deep.equal([
      ['src_oui_name', '--enrich-oui'],
      ['dst_oui_name', '--enrich-oui'],
      ['label', '--truth'],
    ]);
    for (const cells of lines) expect(cells, cells[0]).to.have.length(6);
    expect(lines.find(([name]) => name === 'splt_piat_ms')!.slice(1, 5)).to.deep.equal(['list of int32', 'ms', '--splt', 'nfstream']);
  });

  it('writes the columns of --fields, and says when there is none of a name', async () => {
    const written = await nfstream(capture, '--fields', 'dst_port,src_ip', '--dissections', '0');
    expect(written.stdout.split('\n')[0]).to.match(/^\{"dst_port":\d+,"src_ip":"[^"]+"\}$/);
    const refused = await nfstream(capture, '--fields', 'src_ipp');
    expect([refused.code, refused.stderr]).to.deep.equal([2, 'nfstream: There is no column named src_ipp. Did you mean src_ip?\nTry nfstream --help.\n']);
  });
});

/** Opens a FIFO as soon as somebody reads it. */
async function openForWriting(fifo: string): Promise<number> {
  for (;;) {
    try {
      return openSync(fifo, constants.O_WRONLY | constants.O_NONBLOCK);
    } catch (error) {
      expect(error).to.have.property('code', 'ENXIO');
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
}
