import { once } from 'node:events';
import { Readable, Transform, Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { aggregate, type FlowAggregator } from '../../lib/aggregate/aggregate.js';
import type { AggregateOptions } from '../../lib/aggregate/aggregate-options.js';
import { FlowBatch } from '../../lib/flows/flow-batch.js';
import { captureFile, PacketBatch } from '../../lib/capture/index.js';
import { FlowError } from '../../lib/errors.js';
import { manyFlows, udpBatch, udpPacket, type TestPacket } from '../packets.js';

const noLabels: AggregateOptions = { dissections: 0 };

async function collect(aggregator: FlowAggregator, batches: Iterable<unknown>): Promise<FlowBatch[]> {
  const collected: FlowBatch[] = [];
  await pipeline(Readable.from(batches, { objectMode: true }), aggregator, async (flowBatches: AsyncIterable<FlowBatch>) => {
    for await (const batch of flowBatches) collected.push(batch);
  });
  return collected;
}

async function rows(options: AggregateOptions, packets: TestPacket[], names: string[]): Promise<unknown[][]> {
  const batches = await collect(aggregate(options), [udpBatch(packets)]);
  return batches.flatMap((batch) => [...batch.select(names)].map((flow) => flow.values()));
}

async function failure(run: Promise<unknown>): Promise<Error & { code?: string }> {
  return run.then(
    () => expect.fail('it did not fail'),
    (error: Error) => error,
  );
}

describe('aggregate()', () => {
  const cases: [what: string, options: AggregateOptions, packets: TestPacket[], names: string[], expected: unknown[][]][] = [
    [
      'counts both directions of a flow',
      noLabels,
      [{ timeMs: 1000 }, { timeMs: 1500.7, src: '10.0.0.2', dst: '10.0.0.1', srcPort: 2000, dstPort: 1000 }],
      [
        'id',
        'src_ip',
        'src_port',
        'src_mac',
        'dst_oui',
        'protocol',
        'bidirectional_packets',
        'bidirectional_bytes',
        'bidirectional_duration_ms',
        'dst2src_first_seen_ms',
      ],
      [[0, '10.0.0.1', 1000, '02:00:00:00:00:01', '02:00:00', 17, 2, 100, 500, 1500]],
    ],
    ['has zeros where nothing came back', noLabels, [{ timeMs: 1000 }], ['dst2src_first_seen_ms', 'dst2src_packets', 'tunnel_id'], [[0, 0, 0]]],
    [
      'ends a flow at the idle timeout',
      { ...noLabels, idleTimeout: 0.5, endReason: true },
      [{ timeMs: 0 }, { timeMs: 500 }],
      ['end_reason', 'expiration_id'],
      [
        ['idle', 0],
        ['end', 0],
      ],
    ],
    [
      'cuts a flow at the active timeout',
      { ...noLabels, activeTimeout: 1, endReason: true },
      [{ timeMs: 0 }, { timeMs: 1000 }],
      ['end_reason', 'expiration_id'],
      [
        ['active', 1],
        ['end', 0],
      ],
    ],
    [
      'exports at capacity',
      { ...noLabels, capacity: 1, endReason: true },
      [{ timeMs: 0 }, { timeMs: 1, srcPort: 9 }],
      ['end_reason', 'expiration_id', 'src_port'],
      [
        ['capacity', 2, 1000],
        ['end', 0, 9],
      ],
    ],
    [
      'never ends a flow when told so',
      { ...noLabels, idleTimeout: Infinity, activeTimeout: Infinity },
      [{ timeMs: 0 }, { timeMs: 1e12 }],
      ['bidirectional_packets'],
      [[2]],
    ],
    [
      'has the statistics when asked',
      { ...noLabels, statistics: true },
      [{ timeMs: 0 }, { timeMs: 40 }],
      ['bidirectional_mean_ps', 'bidirectional_max_piat_ms'],
      [[50, 40]],
    ],
    [
      'has lists of the first packets when asked',
      { ...noLabels, splt: 3 },
      [{ timeMs: 0 }, { timeMs: 40.9, src: '10.0.0.2', dst: '10.0.0.1', srcPort: 2000, dstPort: 1000, payload: new Uint8Array(20) }],
      ['splt_direction', 'splt_ps', 'splt_piat_ms'],
      [
        [
          [0, 1, -1],
          [50, 62, -1],
          [0, 40, -1],
        ],
      ],
    ],
    [
      'tells microseconds when asked',
      { ...noLabels, splt: 2, timeUnit: 'us' },
      [{ timeMs: 1000 }, { timeMs: 1000.0621 }],
      ['src2dst_first_seen_us', 'src2dst_duration_us', 'dst2src_first_seen_us', 'splt_piat_us'],
      [[1_000_000, 62, 0, [0, 62]]],
    ],
    ['tells nanoseconds as bigints', { ...noLabels, timeUnit: 'ns' }, [{ timeMs: 1.5 }], ['src2dst_last_seen_ns', 'src2dst_duration_ns'], [[1_500_000n, 0]]],
    [
      'tells times as text',
      { ...noLabels, timestamps: 'iso' },
      [{ timeMs: 1.5 }],
      ['src2dst_last_seen_ms', 'dst2src_last_seen_ms'],
      [['1970-01-01T00:00:00.001Z', null]],
    ],
    ['has null for no time when asked', { ...noLabels, timestamps: 'arrow' }, [{ timeMs: 1.5 }], ['src2dst_last_seen_ms', 'dst2src_last_seen_ms'], [[1, null]]],
    [
      'has the columns that are named',
      { ...noLabels, features: ['dst_ip', 'src2dst_max_piat_ms'] },
      [{ timeMs: 0 }, { timeMs: 7 }],
      ['dst_ip', 'src2dst_max_piat_ms'],
      [['10.0.0.2', 7]],
    ],
    ['counts payloads when asked', { ...noLabels, accountingMode: 3 }, [{ timeMs: 0 }], ['bidirectional_bytes'], [[8]]],
    [
      'has the classic columns when asked',
      { features: 'classic' },
      [{ timeMs: 1000.25, dstPort: 53 }],
      ['ip_src', 'application_name', 'category_name', 'start_time', 'export_reason'],
      [['10.0.0.1', 'Unknown.DNS', 'Network', 1000.25, 2]],
    ],
    [
      'labels flows',
      {},
      [{ timeMs: 0, srcPort: 40000, dstPort: 3389 }],
      ['application_name', 'application_is_guessed', 'application_confidence'],
      [['RDP', 1, 1]],
    ],
  ];
  for (const [what, options, packets, names, expected] of cases) {
    it(what, async () => {
      expect(await rows(options, packets, names)).to.deep.equal(expected);
    });
  }

  it('gives a first batch with the schema when there are no packets', async () => {
    const batches = await collect(aggregate(), []);
    expect(batches.map((batch) => batch.length)).to.deep.equal([0]);
    expect(batches[0]!.schema.fields).to.have.length(38);
    expect(batches[0]!.schema.metadata).to.include({ 'nfstream.version': '0.1.0' }).and.to.have.property('nfstream.options').that.includes('"idleTimeout":120');
  });

  it('says in its metadata what it read, with which libraries', async () => {
    const capture = fileURLToPath(new URL('../../fixtures/dns.pcap', import.meta.url));
    const [first] = await captureFile(capture)
      .pipe(aggregate({ dissections: 0 }))
      .toArray();
    const { metadata } = (first as FlowBatch).schema;
    expect(Object.keys(metadata)).to.have.members(['nfstream.source', 'nfstream.version', 'nfstream.libpcap', 'nfstream.ndpi', 'nfstream.options']);
    expect(metadata).to.include({ 'nfstream.source': capture, 'nfstream.ndpi': 'off' });
    expect(metadata['nfstream.libpcap']).to.match(/^libpcap version \d/);
  });

  it('knows every text of each closed set before the first flow', async () => {
    const [first] = await collect(aggregate({ features: 'full', splt: 1, endReason: true }), []);
    const closed = first!.schema.fields.filter((field) => field.closed);
    expect(closed.map((field) => field.name)).to.include.members(['application_category_name', 'end_reason']);
    for (const { name, values } of closed) {
      expect(values, name).to.have.length.above(1);
      expect(new Set(values).size, name).to.equal(values!.length);
    }
    expect(first!.schema.fields.filter((field) => field.values !== undefined)).to.deep.equal(closed);
    const [end, category] = ['end_reason', 'application_category_name'].map((name) => closed.find((field) => field.name === name)!.values!);
    expect(end).to.include.members(['idle', 'active', 'end', 'capacity']);
    expect(category).to.include.members(['Unspecified', 'Web', 'Network']);
  });

  it('gives the same schema object with every batch', async () => {
    const batches = await collect(aggregate(noLabels), [manyFlows(9000, 0), manyFlows(9000, 1e6)]);
    expect(new Set(batches.map((batch) => batch.schema)).size).to.equal(1);
    expect(batches.reduce((sum, batch) => sum + batch.length, 0)).to.equal(18000);
    expect(Math.max(...batches.map((batch) => batch.length))).to.equal(8192);
  });

  it('numbers the flows in the order in which they come, over all batches', async () => {
    const batches = await collect(aggregate(noLabels), [manyFlows(9000, 0), manyFlows(9000, 1e6)]);
    const ids = batches.flatMap((batch) => [...batch].map((flow) => flow.id));
    expect(ids).to.deep.equal(ids.map((_, index) => index));
  });

  it('gives the same flows with any number of meters', async () => {
    const packets = Array.from({ length: 4000 }, (_, i): TestPacket => ({
      timeMs: i * 7,
      src: `10.0.0.${i % 13}`,
      dst: `10.0.1.${i % 7}`,
      srcPort: (i * 31) % 97,
    }));
    const names = ['id', 'src_ip', 'src_port', 'bidirectional_packets', 'bidirectional_last_seen_ms'];
    const one = await rows({ ...noLabels, idleTimeout: 2 }, packets, names);
    for (const meters of [2, 3]) expect(await rows({ ...noLabels, idleTimeout: 2, meters }, packets, names)).to.deep.equal(one);
  });

  it('reports what it did', async () => {
    const aggregator = aggregate({ ...noLabels, idleTimeout: 1 });
    const arp = { timeMs: 0, bytes: Buffer.from('ffffffffffff0200000000010806' + '00'.repeat(46), 'hex') };
    await collect(aggregator, [PacketBatch.from([udpPacket({ timeMs: 5000 }), arp, udpPacket({ timeMs: 4000 }), udpPacket({ timeMs: 9000 })])]);
    expect(aggregator.report()).to.deep.include({
      packets: 3,
      ignored: { not_ip: 1 },
      flows: 2,
      openFlows: 0,
      endReasons: { idle: 1, active: 0, end: 1, capacity: 0, tcpFin: 0, tcpRst: 0, custom: 0 },
      latePackets: 1,
      largestStepBackMs: 1000,
      firstLatePacket: 3,
    });
  });

  it('stops when nobody reads: a million expiring flows wait in the table, not in memory', async () => {
    const batches = [...Array.from({ length: 10 }, (_, i) => manyFlows(10000, 0, i * 10000)), manyFlows(1, 1e9)];
    const aggregator = aggregate(noLabels);
    let most = 0;
    let flows = 0;
    const slow = new Writable({
      objectMode: true,
      highWaterMark: 1,
      write(batch: FlowBatch, _encoding, callback) {
        flows += batch.length;
        most = Math.max(most, aggregator.readableLength + slow.writableLength);
        setTimeout(callback, 5);
      },
    });
    await pipeline(Readable.from(batches), aggregator, slow);
    expect(flows).to.equal(100001);
    expect(most).to.be.at.most(4);
  });

  it('stops in its flush when nobody reads', async () => {
    const aggregator = aggregate(noLabels);
    Readable.from(Array.from({ length: 10 }, (_, i) => manyFlows(10000, 0, i * 10000))).pipe(aggregator);
    while (aggregator.report().openFlows === 0 || aggregator.report().flows === 0) await delay(5);
    await delay(100);
    expect(aggregator.readableLength).to.be.at.most(2);
    expect(aggregator.report().openFlows).to.be.greaterThan(50000);
    let flows = 0;
    for await (const batch of aggregator) flows += batch.length;
    expect(flows).to.equal(100000);
  });

  it('gives the memory of packets back when it has counted them', async () => {
    const batch = udpBatch([{ timeMs: 0 }]);
    await collect(aggregate(noLabels), [batch]);
    expect(() => batch.data)
      .to.throw(FlowError)
      .with.property('code', 'ERR_NFSTREAM_BATCH_RELEASED');
  });

  const mistakes: [what: string, chunks: () => unknown[], code: string][] = [
    ['a chunk that is no packet batch', () => [Buffer.from('bytes')], 'ERR_NFSTREAM_BATCH_TYPE'],
    ['a flow batch', () => [FlowBatch.from([{ id: 1 }])], 'ERR_NFSTREAM_BATCH_TYPE'],
    [
      'a batch that was released',
      () => {
        const batch = udpBatch([{ timeMs: 0 }]);
        batch.claim();
        batch.release();
        return [batch];
      },
      'ERR_NFSTREAM_BATCH_RELEASED',
    ],
  ];
  for (const [what, chunks, code] of mistakes) {
    it(`fails for ${what}`, async () => {
      expect(await failure(collect(aggregate(noLabels), chunks())))
        .to.be.instanceOf(FlowError)
        .with.property('code', code);
    });
  }

  it('refuses a second source', async () => {
    const aggregator = aggregate(noLabels);
    await collect(aggregator, [udpBatch([{ timeMs: 0 }])]);
    expect(await failure(collect(aggregator, [udpBatch([{ timeMs: 0 }])]))).to.have.property('code', 'ERR_NFSTREAM_STAGE_REUSED');
  });

  it('throws for wrong options at once', () => {
    expect(() => aggregate({ idleTimeout: -1 }))
      .to.throw(FlowError)
      .with.property('code', 'ERR_NFSTREAM_OPTION_RANGE');
  });

  it('lets a stage of the user sit on either side', async () => {
    const odd = new Transform({
      objectMode: true,
      transform: (batch: PacketBatch, _encoding, callback) =>
        callback(
          null,
          batch.filter((packet) => packet.srcPort % 2 === 1),
        ),
    });
    const renamed = new Transform({ objectMode: true, transform: (batch: FlowBatch, _encoding, callback) => callback(null, batch.select(['src_port'])) });
    const seen: unknown[] = [];
    await pipeline(
      Readable.from([
        udpBatch([
          { timeMs: 0, srcPort: 1 },
          { timeMs: 0, srcPort: 2 },
          { timeMs: 0, srcPort: 3 },
        ]),
      ]),
      odd,
      aggregate(noLabels),
      renamed,
      async (batches: AsyncIterable<FlowBatch>) => {
        for await (const batch of batches) seen.push(...[...batch].map((flow) => flow.toJSON()));
      },
    );
    expect(seen).to.deep.equal([{ src_port: 1 }, { src_port: 3 }]);
  });

  it('is destroyed by a signal, and says so', async () => {
    const controller = new AbortController();
    const aggregator = aggregate({ ...noLabels, signal: controller.signal });
    const endless = Readable.from(
      (function* () {
        for (let i = 0; ; i++) yield udpBatch([{ timeMs: i }]);
      })(),
    );
    const running = pipeline(endless, aggregator, new Writable({ objectMode: true, write: (_batch, _encoding, callback) => callback() }));
    setTimeout(() => controller.abort(), 20);
    expect(await failure(running)).to.have.property('name', 'AbortError');
    expect(aggregator.destroyed).to.equal(true);
  });

  it('is destroyed by a signal that was aborted before', async () => {
    const aggregator = aggregate({ ...noLabels, signal: AbortSignal.abort() });
    expect(await failure(collect(aggregator, [udpBatch([{ timeMs: 0 }])]))).to.have.property('name', 'AbortError');
  });

  it('can be destroyed while it works, and closes', async () => {
    const aggregator = aggregate(noLabels);
    Readable.from(Array.from({ length: 5 }, (_, i) => manyFlows(10000, 0, i * 10000))).pipe(aggregator);
    await delay(5);
    const closed = new Promise((resolve) => aggregator.once('close', resolve));
    aggregator.destroy();
    await closed;
  });

  it('ends its source when a loop over it is left early', async () => {
    const source = Readable.from(
      (function* () {
        for (let i = 0; ; i++) yield udpBatch([{ timeMs: i * 1e6 }]);
      })(),
    );
    const aggregator = aggregate(noLabels);
    const running = failure(pipeline(source, aggregator));
    for await (const batch of aggregator) if (batch.length > 0) break;
    await running;
    expect([source.destroyed, aggregator.destroyed]).to.deep.equal([true, true]);
  });

  it('fails with nothing when it is destroyed while its engine opens', async () => {
    for (let turn = 0; turn < 30; turn++) {
      const stage = aggregate();
      const written = new Promise((resolve) => stage.write(udpBatch([{ timeMs: 0 }]), resolve));
      await delay(turn / 4);
      stage.destroy();
      if (!stage.closed) await once(stage, 'close');
      await written;
      expect(stage.errored).to.equal(null);
    }
  });

  it('throws the damage of a source after the last flow', async () => {
    const damage = new FlowError('ERR_NFSTREAM_TRUNCATED', 'The capture ends in packet 2.');
    const aggregator = aggregate(noLabels);
    Readable.from([udpBatch([{ timeMs: 0 }]), PacketBatch.ofDamage(damage, true, { damage })]).pipe(aggregator);
    let flows = 0;
    const loop = async (): Promise<void> => {
      for await (const batch of aggregator) flows += batch.length;
    };
    expect(await failure(loop())).to.equal(damage);
    expect(flows).to.equal(1);
  });
});
