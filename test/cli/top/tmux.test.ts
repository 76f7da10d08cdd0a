import { execFileSync, spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { commandLine } from '../../program.js';
import { until } from '../../waiting.js';
import { workFolder } from '../made-capture.js';

const root = fileURLToPath(new URL('../../..', import.meta.url));
const quoted = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;

/** A real terminal, with a shell in it. */
class Tmux {
  readonly #socket: string;

  constructor(socket: string, columns = 80, rows = 24) {
    this.#socket = socket;
    this.#tmux('-f', '/dev/null', 'new-session', '-d', '-x', String(columns), '-y', String(rows), 'env PS1=ready: sh');
  }

  #tmux(...args: string[]): string {
    return execFileSync('tmux', ['-S', this.#socket, ...args], { encoding: 'utf8', cwd: root });
  }

  keys(...keys: string[]): void {
    this.#tmux('send-keys', ...keys);
  }

  type(line: string): void {
    this.#tmux('send-keys', '-l', line);
    this.keys('Enter');
  }

  /** What is seen, with escapes where they are asked for. */
  screen(escapes = false): string {
    return this.#tmux('capture-pane', '-p', ...(escapes ? ['-e'] : []));
  }

  resize(columns: number, rows: number): void {
    this.#tmux('resize-window', '-x', String(columns), '-y', String(rows));
  }

  /** What the terminal is told of itself: its modes, and whether it shows another screen, and the cursor. */
  state(): string {
    return this.#tmux('display-message', '-p', '#{alternate_on} #{cursor_flag} #{pane_width}x#{pane_height}').trim();
  }

  async shows(text: string | RegExp): Promise<string> {
    await until(() => (typeof text === 'string' ? this.screen().includes(text) : text.test(this.screen())));
    return this.screen();
  }

  close(): void {
    this.#tmux('kill-server');
  }
}

const hasTmux = spawnSync('tmux', ['-V']).status === 0;

describe('nfstream top in a terminal', function () {
  this.timeout(60_000);
  const { path } = workFolder();
  let tmux: Tmux | null = null;
  let sockets = 0;
  const line = [...commandLine, 'top', 'fixtures/office.pcap'].map(quoted).join(' ');

  before(function () {
    if (hasTmux) return;
    console.log('      tmux is not installed: nothing of this is tested; setup.sh installs it');
    this.skip();
  });
  afterEach(() => {
    tmux?.close();
    tmux = null;
  });

  /** A shell that has said something, and the view in front of it. */
  async function start(command = line, columns = 80, rows = 24): Promise<Tmux> {
    tmux = new Tmux(path(`socket${sockets++}`), columns, rows);
    await tmux.shows('ready:');
    tmux.type(`stty -g > ${quoted(path('before'))}; clear; echo in front`);
    await tmux.shows(/^in front/);
    tmux.type(command);
    await tmux.shows('194 flows');
    return tmux;
  }

  /** The shell has its screen and its modes again. @param code the exit code that it tells */
  async function isLeft(terminal: Tmux, code: number): Promise<void> {
    await until(() => terminal.state().startsWith('0 1 '));
    terminal.type(`echo "code $?"; stty -g | cmp - ${quoted(path('before'))} && echo modes as before`);
    // What was typed has these words, too, but not at the beginnings of lines.
    const screen = await terminal.shows(new RegExp(`^code ${code}$[^]*^modes as before$`, 'm'));
    expect(screen)
      .to.match(/^in front/)
      .and.not.include('194 flows');
  }

  it('draws, sorts, filters, scrolls, shows all about a flow, follows the size, and quits by q', async () => {
    const terminal = await start();
    expect(terminal.state()).to.equal('1 0 80x24');
    const screen = terminal.screen();
    expect(screen).to.match(/^office\.pcap {2}194 flows {2}1,216 packets {2}229 kB/);
    expect(screen).to.match(/\n {2}APPLICATION +RATE +BYTESv +PACKETS +FLOWS *\n {2}SSH +550 B\/s +22\.1 kB/);
    expect(screen.split('\n').slice(0, 24).at(-1)).to.match(/^q quit/);
    terminal.keys('s');
    await terminal.shows(/PACKETSv/);
    terminal.keys('/');
    terminal.keys('-l', 'youtube');
    terminal.keys('Enter');
    const filtered = await terminal.shows('only youtube');
    expect(filtered).to.include('QUIC.YouTube').and.not.include('SSH');
    terminal.keys('Enter');
    await terminal.shows(/src_ip +192\.168\.1\.\d+/);
    terminal.keys('End');
    await terminal.shows(/requested_server_name +www\.youtube\.com/);
    terminal.keys('Escape');
    await terminal.shows(/> FLOW/);
    terminal.resize(120, 40);
    await terminal.shows(/^office[^]*\n> FLOW +RATE +BYTES +PACKETSv +LASTS/);
    await until(() => terminal.screen().split('\n')[39]!.startsWith('only youtube'));
    terminal.resize(80, 24);
    await until(() => terminal.screen().split('\n')[23]!.startsWith('only youtube'));
    terminal.keys('q');
    await isLeft(terminal, 0);
  });

  const ways: [what: string, end: (terminal: Tmux) => void, code: number][] = [
    ['Ctrl-C', (terminal) => terminal.keys('C-c'), 0],
    ['Ctrl-\\', (terminal) => terminal.keys('C-\\'), 0],
    ['Ctrl-D', (terminal) => terminal.keys('C-d'), 0],
  ];
  for (const [what, end, code] of ways)
    it(`leaves the terminal as it was by ${what}`, async () => {
      const terminal = await start();
      end(terminal);
      await isLeft(terminal, code);
    });

  for (const [signal, code] of [
    ['TERM', 143],
    ['INT', 130],
    ['HUP', 0],
    ['QUIT', 0],
  ] as const)
    it(`leaves the terminal as it was by SIG${signal}`, async () => {
      // The shell that sends it is a child of the same shell, as the view is.
      const terminal = await start(`(sleep 2; kill -${signal} $(pgrep -P $$ -n -x node)) & ${line}`);
      await isLeft(terminal, code);
    });

  it('can be stopped by Ctrl-Z and goes on', async () => {
    const terminal = await start(`set -m; ${line}`);
    terminal.keys('C-z');
    await until(() => terminal.state().startsWith('0 1 '));
    terminal.type('echo in between');
    await terminal.shows(/in between\n/);
    terminal.type('fg');
    await terminal.shows('194 flows');
    expect(terminal.state()).to.equal('1 0 80x24');
    terminal.keys('q');
    await isLeft(terminal, 0);
  });

  it('has colours, and none with NO_COLOR', async () => {
    for (const [env, color] of [
      ['', true],
      ['NO_COLOR=1 ', false],
    ] as const) {
      const terminal = await start(`${env}${line}`);
      expect(/\x1b\[(3[0-7]|9\d)m/.test(terminal.screen(true))).to.equal(color);
      terminal.keys('q');
      await isLeft(terminal, 0);
      terminal.close();
      tmux = null;
    }
  });
});
