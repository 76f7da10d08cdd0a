import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { aggregate, type FlowAggregator } from '../../lib/aggregate/aggregate.js';
import type { AggregateOptions } from '../../lib/aggregate/aggregate-options.js';
import type { FlowBatch } from '../../lib/flows/flow-batch.js';
import { captureFile, PacketBatch } from '../../lib/capture/index.js';
import { openUnder, pcap, rejection, Scratch } from '../capture/build-capture.js';

describe('aggregate() behind a source with perFile', () => {
  const scratch = new Scratch();
  after(() => scratch.remove());
  const noLabels: AggregateOptions = { dissections: 0 };

  const collect = async (paths: string[], aggregator: FlowAggregator): Promise<FlowBatch[]> => {
    const batches: FlowBatch[] = [];
    await pipeline(captureFile(paths, { perFile: true }), aggregator, async (all: AsyncIterable<FlowBatch>) => {
      for await (const batch of all) batches.push(batch);
    });
    return batches;
  };

  it('begins each capture with an empty table and clock, and tells its flows apart', async () => {
    // The same flow in all of them, and times that go back.
    const paths = [scratch.write('a.pcap', pcap(2, 5000)), scratch.write('b.pcap', pcap(1, 1000)), scratch.write('c.pcap', pcap(1, 1000))];
    const aggregator = aggregate(noLabels);
    const batches = await collect(paths, aggregator);
    const rows = batches.flatMap((batch) => [...batch.select(['id', 'src_port', 'bidirectional_first_seen_ms', 'source_file'])].map((flow) => flow.values()));
    expect(rows).to.deep.equal([
      [0, 1, 5_000_000, paths[0]],
      [1, 2, 5_001_000, paths[0]],
      [2, 1, 1_000_000, paths[1]],
      [3, 1, 1_000_000, paths[2]],
    ]);
    expect(aggregator.report()).to.deep.include({
      packets: 4,
      flows: 4,
      openFlows: 0,
      latePackets: 0,
      endReasons: { idle: 0, active: 0, end: 4, capacity: 0, tcpFin: 0, tcpRst: 0, custom: 0 },
    });
    expect(new Set(batches.map((batch) => batch.schema)).size).to.equal(1);
  });

  it('gives a batch for a capture without packets, and for one that is only there twice', async () => {
    const [empty, one] = [scratch.write('empty.pcap', pcap(0)), scratch.write('one.pcap', pcap(1))];
    const batches = await collect([empty, one, one, empty], aggregate(noLabels));
    const bySource = new Map<number, number>();
    for (const { source, length } of batches) bySource.set(source!.index, (bySource.get(source!.index) ?? 0) + length);
    expect([...bySource]).to.deep.equal([
      [0, 0],
      [1, 1],
      [2, 1],
      [3, 0],
    ]);
    expect(batches.at(-1)!.source).to.deep.equal({ file: empty, index: 3, firstId: 2 });
  });

  it('counts late packets over the whole run', async () => {
    const late = Buffer.concat([pcap(3, 100), pcap(1, 50).subarray(24)]);
    const aggregator = aggregate(noLabels);
    await collect([scratch.write('l1.pcap', pcap(2)), scratch.write('l2.pcap', late)], aggregator);
    expect(aggregator.report()).to.include({ latePackets: 1, largestStepBackMs: 52_000, firstLatePacket: 6 });
  });

  it('gives each capture the labels that it has alone', async () => {
    const fixtures = ['office', 'stun', 'tls', 'office', 'dns'].map((name) => fileURLToPath(new URL(`../../fixtures/${name}.pcap`, import.meta.url)));
    const columns = ['src_ip', 'src_port', 'dst_ip', 'application_name', 'application_confidence', 'requested_server_name'];
    const rowsOf = (batches: FlowBatch[]): string[] => batches.flatMap((batch) => [...batch.select(columns)].map((flow) => JSON.stringify(flow.values())));
    for (const meters of [1, 2]) {
      const alone = [];
      for (const path of fixtures) alone.push(...rowsOf(await collect([path], aggregate({ meters }))));
      expect(rowsOf(await collect(fixtures, aggregate({ meters })))).to.deep.equal(alone);
    }
  });

  it('keeps the capture of a batch through everything that a user can do with it', async () => {
    const path = scratch.write('through.pcap', pcap(3));
    const [, batch] = (await collect([path], aggregate(noLabels))) as [FlowBatch, FlowBatch];
    const source = { file: path, index: 0, firstId: 0 };
    expect(batch.source).to.deep.equal(source);
    for (const made of [batch.filter(() => true), batch.slice(1), batch.select(['id']), batch.withColumn('label', 'text', ['x', 'y', 'z'])]) {
      expect(made.source).to.deep.equal(source);
    }
  });

  it('counts maxFlows over all captures, and reads none behind it', async () => {
    const paths = [scratch.write('m1.pcap', pcap(3)), scratch.write('m2.pcap', pcap(3)), scratch.write('m3.pcap', pcap(3))];
    const aggregator = aggregate({ ...noLabels, maxFlows: 4 });
    const batches = await collect(paths, aggregator);
    expect(batches.flatMap((batch) => [...batch].map((flow) => flow.id))).to.deep.equal([0, 1, 2, 3]);
    expect(aggregator.report()).to.include({ flows: 4, discardedFlows: 2 });
    expect(batches.at(-1)!.source!.index).to.equal(1);
  });

  it('tells damage behind the last capture, with every flow before it', async () => {
    const paths = [scratch.write('d1.pcap', pcap(3).subarray(0, -3)), scratch.path('missing.pcap'), scratch.write('d3.pcap', pcap(1))];
    const source = captureFile(paths, { perFile: true });
    const files: unknown[] = [];
    const error = await rejection(
      (async () => {
        for await (const batch of source.pipe(aggregate(noLabels))) files.push(...[...batch].map((flow) => flow['sourceFile']));
      })(),
    );
    expect(error).to.include({ code: 'ERR_NFSTREAM_TRUNCATED', file: paths[0] });
    expect(files).to.deep.equal([paths[0], paths[0], paths[2]]);
    expect(source.report().damages).to.have.length(2);
  });

  it('has one run when batches do not say of which capture they are', async () => {
    const rebuilt = new Transform({ objectMode: true, transform: (batch: PacketBatch, _e, done) => done(null, PacketBatch.from(batch)) });
    const path = scratch.write('r.pcap', pcap(1));
    const batches: FlowBatch[] = [];
    await pipeline(captureFile([path, path], { perFile: true }), rebuilt, aggregate(noLabels), async (all: AsyncIterable<FlowBatch>) => {
      for await (const batch of all) batches.push(batch);
    });
    expect(batches.reduce((sum, batch) => sum + batch.length, 0)).to.equal(1);
    expect(batches.at(-1)!.source).to.equal(null);
  });

  it('holds back and can be left at any time', async () => {
    const paths = Array.from({ length: 50 }, (_, i) => scratch.write(`h${i}.pcap`, pcap(200)));
    for (let wait = 0; wait < 10; wait++) {
      const source = captureFile(paths, { perFile: true });
      const aggregator = source.pipe(aggregate(noLabels));
      await delay(wait);
      expect(aggregator.readableLength).to.be.at.most(2);
      const closed = [source, aggregator].map((stage) => new Promise((resolve) => stage.once('close', resolve)));
      aggregator.destroy();
      source.destroy();
      await Promise.all(closed);
    }
    expect(openUnder(scratch.folder)).to.deep.equal([]);
  });
});
