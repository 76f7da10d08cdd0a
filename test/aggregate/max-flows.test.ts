import { execFileSync } from 'node:child_process';
import { closeSync, constants, openSync, readFileSync, writeSync } from 'node:fs';
import { PassThrough, Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { expect } from 'chai';
import { aggregate } from '../../lib/aggregate/aggregate.js';
import type { AggregateOptions } from '../../lib/aggregate/aggregate-options.js';
import type { FlowBatch } from '../../lib/flows/flow-batch.js';
import { captureFile, captureStream, type PacketBatch } from '../../lib/capture/index.js';
import { toFile } from '../../lib/files/to-file.js';
import { openUnder, pcapHeader, pcapRecord, Scratch, udpFrame } from '../capture/build-capture.js';
import { udpBatch } from '../packets.js';

/** A capture of a flow a second, each of which is idle a second later. */
function manyFlows(count: number, payload?: Buffer): Buffer {
  return Buffer.concat([pcapHeader(), ...Array.from({ length: count }, (_, i) => pcapRecord(1000 + i, udpFrame(1 + (i % 60_000), payload)))]);
}

describe('aggregate() with maxFlows', () => {
  const scratch = new Scratch();
  after(() => scratch.remove());
  const usual: AggregateOptions = { dissections: 0, idleTimeout: 1 };
  const capture = scratch.write('many.pcap', manyFlows(50_000));

  const csvOf = async (options: AggregateOptions, ...between: Transform[]): Promise<string> => {
    const path = scratch.path('flows.csv');
    await pipeline([captureFile(capture), ...between, aggregate({ ...usual, ...options }), toFile(path)]);
    return readFileSync(path, 'utf8');
  };
  const head = (csv: string, flows: number): string =>
    csv
      .split('\n')
      .slice(0, flows + 1)
      .join('\n') + '\n';

  it('writes exactly the beginning of the full file, with any number of meters', async () => {
    const all = await csvOf({});
    for (const maxFlows of [1, 100, 9000]) {
      for (const meters of [1, 2, 3]) expect(await csvOf({ maxFlows, meters }), `${maxFlows} of ${meters}`).to.equal(head(all, maxFlows));
    }
    expect(await csvOf({ maxFlows: 50_000 })).to.equal(all);
    expect(await csvOf({ maxFlows: 50_001 })).to.equal(all);
  });

  it('does not read the capture to its end, and says how many flows were left', async () => {
    const source = captureFile(scratch.write('large.pcap', manyFlows(60_000, Buffer.alloc(400))));
    const stage = aggregate({ ...usual, idleTimeout: 5, maxFlows: 10 });
    await pipeline(source, stage, toFile(scratch.path('ten.csv')));
    expect(source.report().packets).to.be.below(60_000);
    // At second 14 the 10th flow has been idle for five seconds; those of seconds 10 to 13 are open.
    expect(stage.report()).to.deep.include({
      flows: 10,
      openFlows: 0,
      discardedFlows: 4,
      endReasons: { idle: 10, active: 0, end: 0, capacity: 0, tcpFin: 0, tcpRst: 0, custom: 0 },
    });
    expect(source.destroyed).to.equal(true);
    expect(source.errored).to.equal(null);
    expect(openUnder(scratch.folder)).to.deep.equal([]);
  });

  it('discards nothing when there are no more flows', async () => {
    const stage = aggregate({ ...usual, maxFlows: 50_000 });
    await pipeline(captureFile(capture), stage, toFile(scratch.path('all.csv')));
    expect(stage.report()).to.include({ flows: 50_000, openFlows: 0, discardedFlows: 0 });
  });

  it('ends a source that would go on for ever', async () => {
    const fifo = scratch.path('live.pcap');
    execFileSync('mkfifo', [fifo]);
    const writer = openSync(fifo, constants.O_RDWR);
    try {
      writeSync(writer, manyFlows(20));
      const source = captureFile(fifo);
      const path = scratch.path('live.csv');
      await pipeline(source, aggregate({ ...usual, maxFlows: 5 }), toFile(path));
      expect(readFileSync(path, 'utf8').trim().split('\n')).to.have.length(6);
      expect(source.report()).to.deep.include({ damages: [] });
    } finally {
      closeSync(writer);
    }
  });

  it('ends its source through stages of the user', async () => {
    const some = (): Transform =>
      new Transform({
        objectMode: true,
        transform: (batch: PacketBatch, _e, done) =>
          done(
            null,
            batch.filter(() => true),
          ),
      });
    expect(await csvOf({ maxFlows: 7 }, some(), some())).to.equal(head(await csvOf({}), 7));
  });

  it('ends the packets of a stream of bytes', async () => {
    const bytes = new PassThrough();
    bytes.write(manyFlows(30));
    let flows = 0;
    for await (const batch of bytes.pipe(captureStream()).pipe(aggregate({ ...usual, maxFlows: 3 }))) flows += (batch as FlowBatch).length;
    expect(flows).to.equal(3);
    // What still comes is taken.
    bytes.write(manyFlows(30));
    bytes.end();
    await new Promise((resolve) => bytes.once('end', resolve));
  });

  it('ends without a source that can be asked', async () => {
    const endless = Readable.from(
      (function* () {
        for (let i = 0; ; i++) yield udpBatch([{ timeMs: i * 2000, srcPort: 1 + (i % 1000) }]);
      })(),
    );
    const ids: unknown[] = [];
    for await (const batch of endless.pipe(aggregate({ ...usual, maxFlows: 4 }))) ids.push(...[...(batch as FlowBatch)].map((flow) => flow.id));
    expect(ids).to.deep.equal([0, 1, 2, 3]);
    endless.destroy();
  });

  it('tells damage that the source has met', async () => {
    const damaged = scratch.write('damaged.pcap', manyFlows(20).subarray(0, -3));
    const path = scratch.path('damaged.csv');
    const failed = await pipeline(captureFile(damaged), aggregate({ ...usual, maxFlows: 5 }), toFile(path)).catch((error: unknown) => error);
    expect(failed).to.have.property('code', 'ERR_NFSTREAM_TRUNCATED');
    expect(readFileSync(path, 'utf8').trim().split('\n')).to.have.length(6);
  });
});
