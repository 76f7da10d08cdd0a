import { execFileSync } from 'node:child_process';
import { EventEmitter } from 'node:events';
import { appendFileSync, closeSync, existsSync, mkdirSync, openSync, readFileSync, readdirSync, writeFileSync, writeSync } from 'node:fs';
import { PassThrough } from 'node:stream';
import { expect } from 'chai';
import { command } from '../../../lib/cli/command.js';
import { onRunSignals } from '../../../lib/cli/end/run-signals.js';
import { until } from '../../waiting.js';
import { madeCapture, workFolder } from '../made-capture.js';

interface Running {
  readonly signals: EventEmitter;
  readonly output: { stdout: string; stderr: string };
  readonly code: Promise<number>;
}

/** Runs the command in this process, until it is stopped. */
function run(...args: string[]): Running {
  const output = { stdout: '', stderr: '' };
  const stream = (name: keyof typeof output): PassThrough => new PassThrough().on('data', (chunk: Buffer) => (output[name] += chunk.toString()));
  const signals = new EventEmitter();
  const outside = { stdin: {}, stdout: stream('stdout'), stderr: stream('stderr'), signals, quit: () => {}, env: {} };
  return { signals, output, code: command([...args, '--dissections', '0'], outside) };
}

const rows = (text: string): string[] => text.trim().split('\n').slice(1);

describe('signals to a run', () => {
  const { path } = workFolder();

  it('asks for what was told, and for no rotation where there is none', () => {
    for (const rotated of [true, false]) {
      const signals = new EventEmitter();
      const called: string[] = [];
      const work = (name: string) => async () => {
        called.push(name);
        throw new Error('told elsewhere');
      };
      const release = onRunSignals({ signals }, { snapshot: work('snapshot'), rotate: rotated ? work('rotate') : null });
      expect(signals.listenerCount('SIGHUP')).to.equal(rotated ? 1 : 0);
      for (const signal of ['SIGUSR2', 'SIGHUP', 'SIGUSR2']) signals.emit(signal);
      expect(called).to.deep.equal(rotated ? ['snapshot', 'rotate', 'snapshot'] : ['snapshot', 'snapshot']);
      release();
      expect(signals.eventNames()).to.deep.equal([]);
    }
  });

  it('SIGUSR2 gives the open flows, and SIGHUP begins another file', async () => {
    const fifo = path('fifo');
    execFileSync('mkfifo', [fifo]);
    const writer = openSync(fifo, 'r+');
    const { signals, output, code } = run(
      fifo,
      '-o',
      path('f-%Y.csv'),
      '--rotate-seconds',
      '86400',
      '--fields',
      'id,src_port,end_reason,bidirectional_packets,bidirectional_last_seen_ms',
    );
    const [first, second] = [madeCapture([{ ms: 0, sourcePort: 7 }]), madeCapture([{ ms: 5, sourcePort: 7 }]).subarray(24)];
    writeSync(writer, first);
    const part = (): string => readdirSync(path('.')).find((name) => name.endsWith('.part')) ?? '';
    const written = (): string => (part() === '' ? '' : readFileSync(path(part()), 'utf8'));
    // Not before the packet has come.
    while (!written().includes('snapshot')) {
      signals.emit('SIGUSR2');
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    expect(new Set(rows(written()))).to.deep.equal(new Set(['-1,7,snapshot,1,1700000000000'])); // on the disk, line by line
    signals.emit('SIGHUP');
    await until(() => existsSync(path('f-2023.csv')));
    writeSync(writer, second);
    signals.emit('SIGINT');
    expect(await code).to.equal(130);
    closeSync(writer);
    expect(rows(readFileSync(path('f-2023.csv'), 'utf8'))[0]).to.equal('-1,7,snapshot,1,1700000000000');
    expect(rows(readFileSync(path('f-2023-1.csv'), 'utf8')).at(-1)).to.match(/^0,7,end,[12],/);
    expect(signals.eventNames()).to.deep.equal([]);
    expect(output.stderr).to.match(/ 1 flow in /);
  });

  it('--follow waits for more, says when it begins anew, and ends with SIGINT', async () => {
    const capture = path('grows.pcap');
    writeFileSync(capture, madeCapture([{ ms: 0 }]));
    const { signals, output, code } = run(capture, '--follow', '--idle-timeout', '0', '-o', path('grown.csv'));
    const written = (): string =>
      readdirSync(path('.'))
        .flatMap((name) => (name.startsWith('.grown') ? [readFileSync(path(name), 'utf8')] : []))
        .join('');
    appendFileSync(capture, madeCapture([{ ms: 1 }]).subarray(24));
    await until(() => rows(written()).length === 1); // with idle timeout 0 the second packet ends the first one's flow
    writeFileSync(capture, madeCapture([{ ms: 3 }]));
    await until(() => output.stderr !== '');
    expect(output.stderr).to.equal(`nfstream: ${capture} was cut short; it is read from its beginning.\n`);
    await until(() => rows(written()).length >= 2);
    signals.emit('SIGINT');
    expect(await code).to.equal(130);
    expect(rows(readFileSync(path('grown.csv'), 'utf8'))).to.have.length(3);
  });

  it('--follow takes an empty folder, and refuses what it cannot follow', async () => {
    mkdirSync(path('captures'));
    const { signals, output, code } = run(path('captures'), '--follow', '--idle-timeout', '0.1', '--format', 'jsonl', '-o', path('followed.jsonl'));
    writeFileSync(path('captures/a.pcap'), madeCapture([{ ms: 0 }]));
    const written = (): string =>
      readdirSync(path('.'))
        .flatMap((name) => (name.startsWith('.followed') ? [readFileSync(path(name), 'utf8')] : []))
        .join('');
    await until(() => written() !== '');
    signals.emit('SIGTERM');
    expect(await code).to.equal(143);
    expect(output.stderr).to.match(/^nfstream: 1 packet, 1 flow in /);
    const several = run('a.pcap', 'b.pcap', '--follow');
    expect(await several.code).to.equal(2);
    expect(several.output.stderr).to.match(/^nfstream: follow waits for more of one capture, or of one directory, and not of 2 paths\.\n/);
  });
});
