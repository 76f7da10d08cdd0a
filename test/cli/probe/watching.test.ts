import { closeSync, existsSync, openSync, writeSync } from 'node:fs';
import { execFileSync } from 'node:child_process';
import { expect } from 'chai';
import type { RunReport } from '../../../lib/aggregate/report/run-report.js';
import { madeCapture, workFolder } from '../made-capture.js';
import { startCommand } from '../started-command.js';
import { rejection } from '../../capture/build-capture.js';
import { until } from '../../waiting.js';

describe('a run that is watched', () => {
  const { path, write } = workFolder();

  const reportsOf = (stderr: string): RunReport[] =>
    stderr
      .split('\n')
      .filter((line) => line.startsWith('{'))
      .map((line) => JSON.parse(line) as RunReport);

  it('tells what it counts while packets come, and at its end', async () => {
    const fifo = path('fifo');
    execFileSync('mkfifo', [fifo]);
    const pipe = openSync(fifo, 'r+'); // one that only writes would wait for the reader
    const running = startCommand([fifo, '-o', path('flows.csv'), '--idle-timeout', '1', '--report', '0.02', '--metrics', '0']);
    const bytes = madeCapture([{ ms: 0 }, { ms: 0, sourcePort: 53 }, { ms: 5000 }]);
    writeSync(pipe, bytes);
    await until(() => (reportsOf(running.stderr()).at(-1)?.flows.packets ?? 0) === 3);
    const [, url] = /^nfstream: Counters are at (http:\S+)\.$/m.exec(running.stderr())!;
    const lines = (await (await fetch(url!)).text()).split('\n');
    expect(lines).to.include.members([
      'nfstream_packets_received_total 3',
      'nfstream_packets_metered_total 3',
      'nfstream_flows_total{reason="idle"} 2',
      'nfstream_open_flows 1',
    ]);
    closeSync(pipe);
    expect(await running.code).to.equal(0);
    const last = reportsOf(running.stderr()).at(-1)!;
    expect(last.flows).to.deep.include({ packets: 3, flows: 3, openFlows: 0 });
    expect(Object.values(last.flows.applications).reduce((sum, flows) => sum + flows)).to.equal(3);
    await rejection(fetch(url!));
  });

  it('tells the last report alone where that is all', async () => {
    const capture = write('some.pcap', madeCapture([{ ms: 0 }]));
    const running = startCommand([capture, '-o', path('some.csv'), '--report', 'none', '--quiet']);
    expect(await running.code).to.equal(0);
    expect(reportsOf(running.stderr())).to.have.length(1);
    expect(running.stderr().split('\n')).to.have.length(2);
  });

  it('writes nothing when it cannot be watched', async () => {
    const capture = write('watched.pcap', madeCapture([{ ms: 0 }]));
    const running = startCommand([capture, '-o', path('none.csv'), '--metrics', '192.0.2.1:9464']);
    expect(await running.code).to.equal(1);
    expect(running.stderr()).to.match(/^nfstream: Counters can't be served at 192\.0\.2\.1:9464 \(EADDRNOTAVAIL\)/);
    expect(existsSync(path('none.csv'))).to.equal(false);
  });

  it('takes its address from a configuration, where a table of that name has columns', async () => {
    const capture = write('config.pcap', madeCapture([{ ms: 0 }]));
    const run = async (name: string, text: string): Promise<string> => {
      const running = startCommand([capture, '-o', path(`${name}.csv`), '--config', write(`${name}.toml`, text)]);
      await running.code;
      return running.stderr();
    };
    expect(await run('address', 'metrics = "127.0.0.1:0"')).to.match(/^nfstream: Counters are at http:/);
    expect(await run('port', 'metrics = 0')).to.match(/^nfstream: Counters are at http:/);
    expect(await run('columns', '[metrics]\nn = "count()"')).to.match(/^nfstream: 1 packet, 1 flow/);
    expect(await run('wrong', 'metrics = "example.org:1"')).to.match(/metrics: --metrics takes an address and a port/);
    expect(await run('none', 'metrics = true')).to.match(/metrics: --metrics takes an address and a port/);
  });
});
