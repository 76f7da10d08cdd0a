import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { commandLine } from '../../program.js';
import { workFolder } from '../made-capture.js';
import { Tmux } from './tmux.js';

const root = fileURLToPath(new URL('../../..', import.meta.url));
const quoted = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;

const hasTmux = spawnSync('tmux', ['-V']).status === 0;

/** The state of a terminal that is a shell's, and of one that is the view's. */
const [ofShell, ofView] = ['0 1 ', '1 0 '];
/** The shell has written its prompt, and nothing was typed yet. */
const prompt = /(^|\n)ready:\s*$/;

describe('nfstream top in a terminal', function () {
  this.timeout(180_000);
  const { path } = workFolder();
  let terminal: Tmux;
  const line = [...commandLine, 'top', 'fixtures/office.pcap'].map(quoted).join(' ');

  before(async function () {
    if (!hasTmux) {
      console.log('      tmux is not installed: nothing of this is tested; setup.sh installs it');
      return this.skip();
    }
    terminal = new Tmux(path('socket'), root);
    await terminal.shows(prompt);
    await terminal.type(`stty -g > ${quoted(path('before'))}; set -m`);
  });
  after(() => terminal?.close());

  /** A shell that has said something, and the view in front of it. */
  async function start(command = line): Promise<void> {
    await terminal.type('clear; echo in front');
    await terminal.shows(/^in front\nready:\s*$/);
    await terminal.type(command);
    await terminal.shows(/194 flows/, ofView);
  }

  /** The shell has its screen and its modes again. @param code the exit code that it tells */
  async function isLeft(code: number): Promise<void> {
    await terminal.shows(prompt, ofShell);
    await terminal.type(`echo "code $?"; stty -g | cmp - ${quoted(path('before'))} && echo modes as before`);
    // What was typed has these words, too, but not at the beginnings of lines.
    const screen = await terminal.shows(new RegExp(`^code ${code}\\n[^]*^modes as before$`, 'm'));
    expect(screen)
      .to.match(/^in front/)
      .and.not.include('194 flows');
  }

  it('draws, sorts, filters, scrolls, shows all about a flow, follows the size, and quits by q', async () => {
    await start();
    expect(await terminal.state()).to.equal('1 0 80x24');
    const screen = await terminal.screen();
    expect(screen).to.match(/^office\.pcap {2}194 flows {2}1,216 packets {2}229 kB/);
    expect(screen).to.match(/\n {2}APPLICATION +RATE +BYTESv +PACKETS +FLOWS *\n {2}SSH +550 B\/s +22\.1 kB/);
    expect(screen.split('\n').slice(0, 24).at(-1)).to.match(/^q quit/);
    await terminal.press('s');
    await terminal.shows(/PACKETSv/);
    await terminal.press('/');
    await terminal.type('youtube');
    const filtered = await terminal.shows(/only youtube/);
    expect(filtered).to.include('QUIC.YouTube').and.not.include('SSH');
    await terminal.press('Enter');
    await terminal.shows(/src_ip +192\.168\.1\.\d+/);
    await terminal.press('End');
    await terminal.shows(/requested_server_name +www\.youtube\.com/);
    await terminal.press('Escape');
    await terminal.shows(/> FLOW/);
    await terminal.resize(120, 40);
    await terminal.shows(/^office(.*\n){5}> FLOW +RATE +BYTES +PACKETSv +LASTS(.*\n){34}only youtube/, '1 0 120x40');
    await terminal.resize(80, 24);
    await terminal.shows(/^office(.*\n){23}only youtube/, '1 0 80x24');
    await terminal.press('q');
    await isLeft(0);
  });

  for (const [what, key] of [
    ['Ctrl-C', 'C-c'],
    ['Ctrl-\\', 'C-\\'],
    ['Ctrl-D', 'C-d'],
  ] as const)
    it(`leaves the terminal as it was by ${what}`, async () => {
      await start();
      await terminal.press(key);
      await isLeft(0);
    });

  for (const [signal, code] of [
    ['SIGTERM', 143],
    ['SIGINT', 130],
    ['SIGHUP', 0],
    ['SIGQUIT', 0],
  ] as const)
    it(`leaves the terminal as it was by ${signal}`, async () => {
      await start();
      process.kill(await terminal.child(), signal);
      await isLeft(code);
    });

  it('can be stopped by Ctrl-Z and goes on', async () => {
    await start();
    await terminal.press('C-z');
    await terminal.shows(prompt, ofShell);
    await terminal.type('echo in between');
    await terminal.shows(/^in between\nready:\s*$/m);
    await terminal.type('fg');
    await terminal.shows(/194 flows/, ofView);
    await terminal.press('q');
    await isLeft(0);
  });

  for (const [name, env, color] of [
    ['has colours', '', true],
    ['has none with NO_COLOR', 'NO_COLOR=1 ', false],
  ] as const)
    it(name, async () => {
      await start(`${env}${line}`);
      expect(/\x1b\[(3[0-7]|9\d)m/.test(await terminal.screen(true))).to.equal(color);
      await terminal.press('q');
      await isLeft(0);
    });
});
