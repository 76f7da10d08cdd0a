import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { serviceOf, type Service } from '../../../lib/cli/probe/service.js';
import { until } from '../../waiting.js';

const receiver = fileURLToPath(new URL('programs/receive.py', import.meta.url));

describe('a run that is a service', () => {
  const folder = mkdtempSync(join(tmpdir(), 'nfstream-service-'));
  const children: ChildProcess[] = [];
  let service: Service | undefined;
  afterEach(() => {
    service?.end();
    for (const child of children.splice(0)) child.kill('SIGKILL');
  });
  after(() => rmSync(folder, { recursive: true }));

  /** What comes to the socket of a manager. */
  async function manager(socket: string): Promise<() => string[]> {
    const child = spawn('python3', [receiver, socket], { stdio: ['ignore', 'pipe', 'inherit'] });
    children.push(child);
    let output = '';
    child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
    await until(() => output.includes('ready\n'));
    return () =>
      output
        .split('\n')
        .slice(1, -1)
        .map((line) => JSON.parse(line) as string);
  }

  for (const socket of [join(folder, 'notify'), `@nfstream-test-${process.pid}`]) {
    it(`tells ${socket[0] === '@' ? 'a name that no file has' : 'a file'} that it is ready, alive, and stopping`, async () => {
      const told = await manager(socket);
      service = serviceOf({ NOTIFY_SOCKET: socket, WATCHDOG_USEC: '10000', WATCHDOG_PID: String(process.pid) }, (text) => expect.fail(text));
      expect(told()).to.deep.equal([]);
      service.ready();
      await until(() => told().filter((text) => text === 'WATCHDOG=1').length >= 3);
      service.stopping();
      await until(() => told().some((text) => text.startsWith('STOPPING=1\n')));
      service.end();
      expect(told()[0]).to.equal(`READY=1\nSTATUS=Making flows.\nMAINPID=${process.pid}`);
    });
  }

  const silent: Record<string, Record<string, string>> = {
    'the watchdog of another process': { WATCHDOG_USEC: '1000', WATCHDOG_PID: '1' },
    'no watchdog': {},
    'a watchdog of no number': { WATCHDOG_USEC: 'often' },
    'a watchdog of 0': { WATCHDOG_USEC: '0' },
  };
  for (const [what, env] of Object.entries(silent)) {
    it(`gives no signs of life to ${what}`, async () => {
      const socket = join(folder, `silent${Object.keys(silent).indexOf(what)}`);
      const told = await manager(socket);
      service = serviceOf({ NOTIFY_SOCKET: socket, ...env }, (text) => expect.fail(text));
      service.ready();
      service.stopping();
      await until(() => told().length >= 2);
      expect(told().map((text) => text.split('\n')[0])).to.deep.equal(['READY=1', 'STOPPING=1']);
    });
  }

  it('is told nothing where nobody manages it', () => {
    for (const env of [{}, { NOTIFY_SOCKET: '' }]) {
      service = serviceOf(env, (text) => expect.fail(text));
      service.ready();
      service.stopping();
    }
  });

  const wrong: [what: string, socket: string][] = [
    ['no socket', join(folder, 'none')],
    ['a file', join(folder, 'file')],
    ['a relative path', 'notify'],
    ['a name that is too long', `/${'x'.repeat(200)}`],
    ['a slash alone', '/'],
  ];
  for (const [what, socket] of wrong) {
    it(`says once that it could not tell ${what}`, () => {
      writeFileSync(join(folder, 'file'), '');
      const said: string[] = [];
      service = serviceOf({ NOTIFY_SOCKET: socket }, (text) => said.push(text));
      service.ready();
      service.stopping();
      expect(said).to.have.length(1);
      expect(said[0]).to.match(/^The manager of this service could not be told READY=1.*\(NOTIFY_SOCKET: .+\)\.$/s);
    });
  }

  it('keeps no process alive by its signs of life', async () => {
    const socket = join(folder, 'alive');
    await manager(socket);
    const module = fileURLToPath(new URL('../../../lib/cli/probe/service.ts', import.meta.url));
    const code = `import { serviceOf } from ${JSON.stringify(module)}; serviceOf(process.env, console.log).ready();`;
    const env = { ...process.env, NOTIFY_SOCKET: socket, WATCHDOG_USEC: '60000000' };
    const child = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', code], { env, stdio: 'inherit' });
    children.push(child);
    expect(await once(child, 'close')).to.deep.equal([0, null]);
  });
});
