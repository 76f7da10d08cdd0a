import { spawn, spawnSync } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { closeSync, createReadStream, openSync, writeSync } from 'node:fs';
import { createServer, connect, type AddressInfo, type Socket } from 'node:net';
import { PassThrough, Transform, type Readable } from 'node:stream';
import { setTimeout as pause } from 'node:timers/promises';
import { expect } from 'chai';
import { captureFile, captureStream, type CaptureOptions, type PacketBatch, type PacketSource } from '../../lib/capture/index.js';
import { aggregate, type FlowAggregator } from '../../lib/index.js';
import type { RunState } from '../../lib/stage/run-state.js';
import { library, libraryFlags } from '../program.js';
import { ticksUntil, until } from '../waiting.js';
import { pcap, pcapHeader, pcapRecord, Scratch, udpFrame } from './build-capture.js';

// Packets of these tests are of 1970: the local date is of no account.
const first = Buffer.concat([pcapHeader(), pcapRecord(1000, udpFrame(7))]);

/** Reads flows, whose idle timeout is so short that a silence ends them soon. */
function flowsOf(source: Readable, options = {}): { stage: FlowAggregator; told: string[]; ended: Promise<void> } {
  const stage = source.pipe(aggregate({ dissections: 0, endReason: true, idleTimeout: 0.1, ...options }) as FlowAggregator);
  const told: string[] = [];
  const ended = (async () => {
    for await (const batch of stage) for (const flow of batch) told.push(`${flow.srcPort} ${flow.endReason} ${flow.bidirectionalPackets}`);
  })();
  return { stage, told, ended };
}

describe('a silent source', () => {
  const scratch = new Scratch();
  after(() => scratch.remove());

  /** The ways in which bytes come: a writer of them, and a source. */
  const ways: [what: string, open: (options: CaptureOptions) => Promise<{ source: Readable; write(bytes: Buffer): void; close(): void }>][] = [
    [
      'a FIFO',
      async (options) => {
        const path = scratch.fifo();
        const writer = openSync(path, 'r+');
        const source = captureFile(path, options);
        return { source, write: (bytes) => void writeSync(writer, bytes), close: () => (source.stop(), closeSync(writer)) };
      },
    ],
    [
      'a socket in captureStream()',
      async (options) => {
        const server = createServer().listen(0, '127.0.0.1');
        await once(server, 'listening');
        const accepted = once(server, 'connection') as Promise<[Socket]>;
        const near = connect((server.address() as AddressInfo).port, '127.0.0.1');
        const [far] = await accepted;
        server.close();
        return { source: near.pipe(captureStream(options)), write: (bytes) => void far.write(bytes), close: () => void far.end() };
      },
    ],
    [
      'what is written to captureStream()',
      async (options) => {
        const source = captureStream(options);
        return { source, write: (bytes) => void source.write(bytes), close: () => void source.end() };
      },
    ],
  ];
  // Side by side, as each has to wait.
  it('lets a flow end in time, and not while half a record waits', async () => {
    const next = pcapRecord(1001, udpFrame(8));
    const told = await Promise.all(
      ways.map(async ([, open]) => {
        const { source, write, close } = await open({});
        const flows = flowsOf(source);
        write(first);
        await until(() => flows.told.length > 0);
        write(Buffer.concat([next, next.subarray(0, 20)]));
        await pause(750);
        flows.told.push('half a record');
        write(next.subarray(20));
        await until(() => flows.told.length > 2);
        close();
        await flows.ended;
        return flows.told;
      }),
    );
    expect(told).to.deep.equal(ways.map(() => ['7 idle 1', 'half a record', '8 idle 2']));
  });

  it('has no such clock when it is turned off', async () => {
    const told = await Promise.all(
      ways.map(async ([, open]) => {
        const { source, write, close } = await open({ silentClock: false });
        const flows = flowsOf(source);
        write(first);
        await pause(750);
        close();
        await flows.ended;
        return flows.told;
      }),
    );
    expect(told).to.deep.equal(ways.map(() => ['7 end 1']));
  });

  it('goes on by what the filter takes out', async () => {
    const path = scratch.fifo();
    const writer = openSync(path, 'r+');
    const source = captureFile(path, { filter: 'port 7' });
    const { told, ended, stage } = flowsOf(source, { idleTimeout: 100 });
    writeSync(writer, Buffer.concat([first, pcapRecord(1101, udpFrame(8))]));
    await until(() => told.length > 0);
    expect([told, stage.report().packets]).to.deep.equal([['7 idle 1'], 1]);
    source.stop();
    await ended;
    closeSync(writer);
  });

  it('stands while nobody reads on', async () => {
    const source = captureStream();
    let run: RunState | null = null;
    const held = new Transform({
      objectMode: true,
      readableHighWaterMark: 1,
      transform(batch: PacketBatch, _encoding, callback) {
        run ??= batch.run;
        if (batch.length > 1) setTimeout(callback, 600, null, batch);
        else callback(null, batch);
      },
    });
    const { told, ended } = flowsOf(source.pipe(held), { idleTimeout: 1 });
    source.write(first);
    await until(() => run !== null);
    await until(() => run!.clock!() !== undefined);
    expect(run!.clock!()).to.be.within(1_000_500, 1_001_500);
    for (let i = 0; i < 2; i++) {
      source.write(Buffer.concat([pcapRecord(1000, udpFrame(7)), pcapRecord(1000, udpFrame(9))]));
      await pause(120);
    }
    source.end();
    await ended;
    expect(told.filter((flow) => flow.startsWith('7'))).to.have.length(1);
  });

  it('has no clock where it is a file', async () => {
    const path = scratch.write('whole.pcap', pcap(3));
    const clocks: unknown[] = [];
    for (const source of [captureFile(path), createReadStream(path).pipe(captureStream())]) {
      for await (const batch of source as AsyncIterable<PacketBatch>) clocks.push(batch.run!.clock?.());
    }
    expect(clocks).to.deep.equal([undefined, undefined]);
  });

  it('lets the process go when its writer has gone', async () => {
    const program = `
      import { captureFile, aggregate } from ${JSON.stringify(library)};
      for await (const batch of captureFile('-').pipe(aggregate({ dissections: 0, idleTimeout: 0.1 }))) if (batch.length > 0) console.log(batch.length);`;
    const child = spawn(process.execPath, [...libraryFlags, '--input-type=module', '-e', program], { stdio: ['pipe', 'pipe', 'inherit'] });
    child.stdin.write(first);
    const [line] = (await once(child.stdout, 'data')) as [Buffer];
    expect(line.toString()).to.equal('1\n'); // while the writer is silent
    child.stdin.end();
    expect(await once(child, 'close')).to.deep.equal([0, null]);
  });

  it('takes what tcpdump -U gives of a wire', async function () {
    const found = spawnSync('tcpdump', ['-D']);
    if (found.error !== undefined || !found.stdout.toString().includes('lo ') || process.getuid?.() !== 0) {
      expect(captureStream()).to.have.property('readable'); // no tcpdump here, or none that may capture
      return;
    }
    const tcpdump = spawn('tcpdump', ['-i', 'lo', '-U', '-w', '-', 'udp port 47123'], { stdio: ['ignore', 'pipe', 'pipe'] });
    const source = captureStream();
    const { told, ended } = flowsOf(tcpdump.stdout.pipe(new PassThrough()).pipe(source));
    await once(tcpdump.stderr, 'data');
    const sender = createSocket('udp4');
    const sends = setInterval(() => told.length === 0 && source.report().packets === 0 && sender.send('x', 47123, '127.0.0.1'), 50);
    await until(() => told.length > 0);
    clearInterval(sends);
    sender.close();
    expect(told[0]).to.match(/^\d+ idle \d+$/);
    tcpdump.kill('SIGINT');
    await ended;
  });

  it('is left at once while its clock is waited for', async () => {
    for (const leave of ['stop', 'destroy'] as const) {
      const path = scratch.fifo();
      const writer = openSync(path, 'r+');
      const source: PacketSource = captureFile(path);
      const { told, ended, stage } = flowsOf(source, { idleTimeout: 60 });
      writeSync(writer, first);
      await until(() => stage.report().packets === 1);
      const closed = Promise.race([once(stage, 'close'), ended]).catch(() => {});
      if (leave === 'stop') source.stop();
      else stage.destroy();
      expect(await ticksUntil(closed)).to.be.below(20);
      await ended.catch(() => {});
      expect(told).to.deep.equal(leave === 'stop' ? ['7 end 1'] : []);
      source.destroy();
      closeSync(writer);
    }
  });
});
