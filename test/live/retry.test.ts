import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { until } from '../waiting.js';
import { lastReport } from './last-report.js';
import { needsNamespaces } from './rights.js';
import { Wire, type Running } from './wire.js';

describe('a device that goes away', () => {
  const folder = mkdtempSync(join(tmpdir(), 'nfstream-retry-'));
  let opened: Wire | undefined;

  before(function () {
    needsNamespaces(this);
    chmodSync(folder, 0o777);
  });
  beforeEach(() => {
    opened = new Wire();
  });
  afterEach(async () => {
    await opened?.close();
    opened = undefined;
  });
  after(() => rmSync(folder, { recursive: true }));

  const probe = async (file: string, args: readonly string[] = []): Promise<Running> => {
    const running = opened!.nfstream(['probe', '-o', file, '--fields', 'src_port,bidirectional_packets', '--dissections', '0', '--report', '0.05', ...args]);
    await until(() => running.stderr.includes('"received"') || running.child.exitCode !== null);
    return running;
  };
  it('is waited for with --retry, in the same run and file, with and without rights', async () => {
    const config = join(folder, 'retry.json');
    writeFileSync(config, JSON.stringify({ retry: 0.05 }));
    const file = (name: string): string => join(folder, `${name}.csv`);
    const wire = opened!;
    const [usual, ...waiting] = [
      await probe(file('usual')),
      await probe(file('root'), ['--config', config]),
      await probe(file('nobody'), ['--config', config, '--user', 'nobody']),
    ] as const;
    const send = async (to: readonly Running[], received: number): Promise<void> => {
      await wire.send(100, 5).ended;
      for (const running of to) await until(() => lastReport(running).source.received === received);
    };
    const said = async (text: RegExp, times: number): Promise<void> => {
      for (const running of waiting) await until(() => running.stderr.split(text).length === times + 1);
    };
    // One that is taken away goes down first, and may be seen so.
    const gone = /The device probe went (?:down|away)\. It is waited for\./;
    const back = /The device probe is there again\./;
    await send([usual, ...waiting], 100);
    wire.disconnect();
    await said(gone, 1);
    expect(await usual.ended).to.equal(1);
    expect(usual.stderr).to.match(/^nfstream: The device probe went (?:down|away)\. All flows until then were given\.$/m);
    expect(readFileSync(file('usual'), 'utf8').trim().split('\n')).to.have.length(6);
    for (const running of waiting) await until(() => lastReport(running).source.byDevice[0]!.away);
    wire.connect();
    await said(back, 1);
    await send(waiting, 200);
    wire.exec('ip', 'link', 'set', 'probe', 'down');
    await said(gone, 2);
    wire.exec('ip', 'link', 'set', 'probe', 'up');
    await said(back, 2);
    await send(waiting, 300);
    wire.disconnect();
    await said(gone, 3);
    for (const running of waiting) {
      running.child.kill('SIGTERM');
      expect(await running.ended).to.equal(143);
      expect(lastReport(running).source.byDevice[0]).to.deep.equal({
        ...{ device: 'probe', arrived: 300, received: 300, bytes: 300 * 142, droppedByKernel: 0, droppedByCredit: 0, droppedByInterface: 0 },
        ...{ away: true, returns: 2 },
      });
    }
    for (const name of ['root', 'nobody'])
      expect(readFileSync(file(name), 'utf8').trim().split('\n').slice(1).sort()).to.deep.equal(['1024,60', '1025,60', '1026,60', '1027,60', '1028,60']);
  });
});
