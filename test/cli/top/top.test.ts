import { EventEmitter } from 'node:events';
import { PassThrough } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { command } from '../../../lib/cli/command.js';
import type { Outside } from '../../../lib/cli/streams.js';
import { until } from '../../waiting.js';
import { workFolder } from '../made-capture.js';

const office = fileURLToPath(new URL('../../../fixtures/office.pcap', import.meta.url));

/** A terminal that remembers. */
class FakeTerminal {
  readonly stdin = Object.assign(new PassThrough(), { isTTY: true, setRawMode: (raw: boolean) => void (this.raw = raw) });
  readonly stdout = Object.assign(new PassThrough(), { isTTY: true, columns: 100, rows: 30 });
  readonly stderr = new PassThrough();
  readonly signals = new EventEmitter();
  raw = false;
  screen = '';
  errors = '';

  constructor() {
    this.stdout.on('data', (chunk: Buffer) => (this.screen += chunk.toString()));
    this.stderr.on('data', (chunk: Buffer) => (this.errors += chunk.toString()));
  }

  run(args: readonly string[], env: Record<string, string> = {}): Promise<number> {
    const { stdin, stdout, stderr, signals } = this;
    return command(['top', ...args], { stdin, stdout, stderr, signals, quit: () => {}, env } as unknown as Outside);
  }
}

const taken = '\x1b[?1049h\x1b[?25l';
const given = '\x1b[0m\x1b[?25h\x1b[?1049l';

describe('nfstream top', () => {
  const { path, write } = workFolder();

  const ways: [what: string, quit: (terminal: FakeTerminal) => void, code: number][] = [
    ['q', ({ stdin }) => stdin.write('q'), 0],
    ['Ctrl-C', ({ stdin }) => stdin.write('\x03'), 0],
    ['Ctrl-D', ({ stdin }) => stdin.write('\x04'), 0],
    ['Ctrl-\\', ({ stdin }) => stdin.write('\x1c'), 0],
    ['q in the list of keys', ({ stdin }) => stdin.write('?q'), 0],
    ['the end of its keys', ({ stdin }) => stdin.end(), 0],
    ['SIGHUP', ({ signals }) => signals.emit('SIGHUP'), 0],
    ['SIGQUIT', ({ signals }) => signals.emit('SIGQUIT'), 0],
    ['SIGTERM', ({ signals }) => signals.emit('SIGTERM'), 143],
    ['SIGINT', ({ signals }) => signals.emit('SIGINT'), 130],
  ];
  for (const [what, quit, code] of ways)
    it(`leaves the terminal as it was, by ${what}`, async () => {
      const terminal = new FakeTerminal();
      const running = terminal.run([office]);
      await until(() => terminal.screen.includes('194 flows'));
      expect(terminal.screen.startsWith(taken)).to.equal(true);
      expect(terminal.raw).to.equal(true);
      quit(terminal);
      expect(await running).to.equal(code);
      expect(terminal.screen.endsWith(given)).to.equal(true);
      expect(terminal.screen.split(given)).to.have.length(2);
      expect([terminal.raw, terminal.errors]).to.deep.equal([false, '']);
      expect(terminal.signals.eventNames()).to.deep.equal([]);
      expect(terminal.stdin.listenerCount('keypress') + terminal.stdout.listenerCount('resize')).to.equal(0);
    });

  it('gives the terminal back when the process ends or fails meanwhile', async () => {
    for (const event of ['exit', 'uncaughtExceptionMonitor']) {
      const terminal = new FakeTerminal();
      const running = terminal.run([office]);
      await until(() => terminal.screen.includes('194 flows'));
      terminal.signals.emit(event);
      expect(terminal.screen.endsWith(given)).to.equal(true);
      terminal.signals.emit('SIGTERM');
      expect(await running).to.equal(143);
      expect(terminal.screen.split(given)).to.have.length(2);
    }
  });

  it('lets the shell have the terminal when it is stopped, and takes it again', async () => {
    const terminal = new FakeTerminal();
    const running = terminal.run([office]);
    await until(() => terminal.screen.includes('194 flows'));
    terminal.stdin.write('\x1a');
    await until(() => terminal.screen.endsWith(given));
    expect(terminal.raw).to.equal(false);
    terminal.screen = '';
    terminal.signals.emit('SIGCONT');
    expect(terminal.raw).to.equal(true);
    expect(terminal.screen.startsWith(taken)).to.equal(true);
    expect(terminal.screen).to.include('194 flows');
    terminal.stdin.write('q');
    expect(await running).to.equal(0);
  });

  it('draws anew when the terminal has another size, and writes only what has changed else', async () => {
    const terminal = new FakeTerminal();
    const running = terminal.run([office]);
    await until(() => terminal.screen.includes('194 flows') && !terminal.screen.includes('% read', terminal.screen.lastIndexOf('194 flows')));
    terminal.screen = '';
    Object.assign(terminal.stdout, { columns: 140, rows: 50 });
    terminal.stdout.emit('resize');
    expect(terminal.screen).to.include('\x1b[50;1H').and.include('194 flows');
    terminal.screen = '';
    terminal.stdin.write('p');
    await until(() => terminal.screen.includes('paused'));
    expect(terminal.screen).to.not.include('\x1b[2;1H');
    terminal.stdin.write('q');
    expect(await running).to.equal(0);
  });

  it('filters, shows all about a flow, and has no colours with NO_COLOR', async () => {
    const terminal = new FakeTerminal();
    terminal.stdout.rows = 60;
    const running = terminal.run([office], { NO_COLOR: '1' });
    await until(() => terminal.screen.includes('194 flows'));
    terminal.stdin.write('/youtube\r');
    await until(() => terminal.screen.includes('only youtube'));
    terminal.stdin.write('\r');
    await until(() => /requested_server_name +www\.youtube\.com/.test(terminal.screen.replace(/\x1b\[[0-9;?]*[A-Za-z]/g, '')));
    expect(terminal.screen).to.not.match(/\x1b\[(3[0-8]|4[0-8]|9\d)m/);
    terminal.stdin.write('q');
    expect(await running).to.equal(0);
  });

  it('shows files of flows, and tells of damage when it has gone', async () => {
    write('torn.csv', 'src_ip,dst_ip,bidirectional_bytes\n10.0.0.1,10.0.0.2,70\n10.0.0.1,10.0.');
    const terminal = new FakeTerminal();
    const running = terminal.run([path('torn.csv')]);
    await until(() => terminal.screen.includes('1 flow'));
    expect(terminal.screen).to.include('10.0.0.1 -> 10.0.0.2');
    terminal.stdin.write('q');
    expect(await running).to.equal(1);
    expect(terminal.screen.endsWith(given)).to.equal(true);
    expect(terminal.errors).to.match(/^nfstream: .* in row 2 /);
  });

  const refused: [what: string, args: string[], change: (terminal: FakeTerminal) => void, env: Record<string, string>, message: RegExp][] = [
    ['no terminal for its output', [office], ({ stdout }) => Object.assign(stdout, { isTTY: false }), {}, /needs a terminal, for its output and for its keys/],
    ['no terminal for its keys', [office], ({ stdin }) => Object.assign(stdin, { isTTY: false }), {}, /needs a terminal/],
    ['a terminal that is dumb', [office], () => {}, { TERM: 'dumb' }, /needs a terminal/],
    ['a capture in place of its keys', ['-'], () => {}, {}, /takes keys from standard input/],
    ['another user for a file', [office, '--user', 'nobody'], () => {}, {}, /--user is for network devices/],
    ['a condition for a device', ['lo', '--where', 'protocol == 6'], () => {}, {}, /--where is for flows that have ended/],
  ];
  for (const [what, args, change, env, message] of refused)
    it(`refuses ${what}, and touches nothing`, async () => {
      const terminal = new FakeTerminal();
      change(terminal);
      expect(await terminal.run(args, env)).to.equal(2);
      expect(terminal.errors).to.match(message);
      expect([terminal.screen, terminal.raw]).to.deep.equal(['', false]);
    });

  it('says what is wrong with a file that is not there', async () => {
    const terminal = new FakeTerminal();
    expect(await terminal.run([path('gone')])).to.equal(1);
    expect(terminal.errors).to.equal(`nfstream: There is no file ${path('gone')}.\n`);
    expect(terminal.screen).to.equal('');
  });
});
