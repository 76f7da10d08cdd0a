import { execFileSync } from 'node:child_process';
import { closeSync, openSync, readFileSync, writeSync } from 'node:fs';
import { expect } from 'chai';
import type { LookData } from '../../../lib/report/gather/live-data.js';
import { until } from '../../waiting.js';
import { madeCapture, workFolder } from '../made-capture.js';
import { startCommand } from '../started-command.js';

describe('a run with a dashboard', () => {
  const { path, write } = workFolder();

  /** Opens the page that a run has told of, and reads its events. */
  async function look(stderr: string): Promise<{ events: LookData[]; ended: () => boolean }> {
    const [, origin, token] = /The dashboard is at (http:\S+)\/#(\S+)$/m.exec(stderr)!;
    const answer = await fetch(`${origin}/events?window=minute`, { headers: { Authorization: `Bearer ${token}` } });
    let text = '';
    void (async () => {
      for await (const piece of answer.body!.pipeThrough(new TextDecoderStream())) text += piece;
    })().catch(() => {});
    const events: LookData[] = [];
    const read = (): LookData[] => {
      const all = text.split('\n\n').slice(0, -1);
      while (events.length < all.filter((one) => one.startsWith('data: ')).length)
        events.push(JSON.parse(all.filter((one) => one.startsWith('data: '))[events.length]!.slice(6)) as LookData);
      return events;
    };
    return {
      get events() {
        return read();
      },
      ended: () => text.includes('event: end'),
    };
  }

  const pipes: number[] = [];
  /** A pipe without a writer that could end it; opened to read too, as one that only writes would wait for the reader. */
  function openPipe(name: string): { fifo: string; pipe: number } {
    const fifo = path(name);
    execFileSync('mkfifo', [fifo]);
    const pipe = openSync(fifo, 'r+');
    pipes.push(pipe);
    return { fifo, pipe };
  }
  afterEach(() => pipes.splice(0).forEach((pipe) => closeSync(pipe)));

  const packets = [{ ms: 0 }, { ms: 10, sourcePort: 53 }, { ms: 20 }, { ms: 100_000 }];
  const fields = 'dst_port,bidirectional_packets,end_reason';

  it('shows what comes while it comes, and writes what it writes without one', async function () {
    this.timeout(30_000);
    const { fifo, pipe } = openPipe('fifo');
    const running = startCommand([fifo, '-o', path('with.csv'), '--fields', fields, '--end-reason', '--idle-timeout', '60', '--dashboard', '0', '--quiet']);
    await until(() => running.stderr().includes('The dashboard is at'));
    const page = await look(running.stderr());
    writeSync(pipe, madeCapture(packets));
    // What was counted shows, and each packet once, in whatever second it was seen.
    const counted = (): number =>
      page.events.at(-1)?.timelines.protocol.series.reduce((sum, series) => sum + series.packets.reduce((all, some) => all + some, 0), 0) ?? 0;
    await until(() => counted() === 4);
    running.signals.emit('SIGUSR2');
    const { length } = page.events;
    await until(() => page.events.length >= length + 2);
    expect(counted()).to.equal(4);
    const { title, state, timelines } = page.events.at(-1)!;
    expect(title).to.equal(fifo);
    expect(state).to.include({ packets: 4, openFlows: 1, flows: 2, dropped: null });
    expect(timelines.application.series.map(({ name }) => name)).to.include.oneOf(['Unknown', 'DNS']);
    const flows = timelines.protocol.series.flatMap((series) => series.flows).reduce((sum, some) => sum + some, 0);
    expect(flows).to.equal(3);
    pipes.splice(0).forEach((one) => closeSync(one));
    expect(await running.code).to.equal(0);
    await until(page.ended);
    const capture = write('same.pcap', madeCapture(packets));
    await startCommand([capture, '-o', path('without.csv'), '--fields', fields, '--end-reason', '--idle-timeout', '60', '--quiet']).code;
    const lines = (name: string): string[] =>
      readFileSync(path(name), 'utf8')
        .split('\n')
        .filter((line) => !line.endsWith('snapshot'));
    expect(lines('with.csv')).to.deep.equal(lines('without.csv'));
  });

  it('is refused for captures that lie there', async () => {
    const capture = write('there.pcap', madeCapture([{ ms: 0 }]));
    const running = startCommand([capture, '-o', path('there.csv'), '--dashboard', '0']);
    expect(await running.code).to.equal(2);
    expect(running.stderr()).to.match(/--dashboard shows what comes as it comes: .* nfstream report makes a page of a capture\./);
  });

  it('fails, and writes nothing, where the port is taken', async () => {
    const { fifo } = openPipe('other');
    const first = startCommand([fifo, '-o', path('first.csv'), '--dashboard', '0']);
    await until(() => first.stderr().includes('The dashboard is at'));
    const [, port] = /:(\d+)\/#/.exec(first.stderr())!;
    const second = startCommand([fifo, '-o', path('second.csv'), '--dashboard', port!]);
    expect(await second.code).to.equal(1);
    expect(second.stderr()).to.include(`The dashboard can't be served at 127.0.0.1:${port} (EADDRINUSE); give --dashboard another address.`);
    first.signals.emit('SIGINT');
    expect(await first.code).to.equal(130);
  });
});
