import { once } from 'node:events';
import { expect } from 'chai';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { inspect } from 'node:util';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  captureFile,
  FlowPlugin,
  PacketBatch,
  aggregate,
  type AggregateOptions,
  type AnyPlugin,
  type HookFlow,
  type HookPacket,
  type PacketCopy,
} from '../../lib/index.js';
import { manyFlows, udpBatch, udpPacket } from '../packets.js';
import { noting, ofPorts, run } from './run.js';

const fixture = (name: string): string => fileURLToPath(new URL(join('../../fixtures/', name), import.meta.url));

describe('hooks', () => {
  const orders: readonly (readonly [what: string, ports: number[], options: AggregateOptions, expected: string[]])[] = [
    ['a flow with both directions', [1000, -1000, 1000], {}, ['init 1000#1', 'update 1000#2', 'update 1000#3', 'expire 1000#3 end', 'end']],
    [
      'a flow that a packet of another one ends',
      [1000, 1001],
      { capacity: 1 },
      ['init 1000#1', 'expire 1000#1 capacity', 'init 1001#1', 'expire 1001#1 end', 'end'],
    ],
    [
      'a flow that its own packet cuts off',
      [1000, 1000, 1000],
      { activeTimeout: 2 },
      ['init 1000#1', 'update 1000#2', 'expire 1000#2 active', 'init 1000#1', 'expire 1000#1 end', 'end'],
    ],
    [
      'flows that are idle',
      [1000, 1001, 1001, 1001, 1001],
      { idleTimeout: 3 },
      ['init 1000#1', 'init 1001#1', 'update 1001#2', 'expire 1000#1 idle', 'update 1001#3', 'update 1001#4', 'expire 1001#4 end', 'end'],
    ],
    ['no packet at all', [], {}, ['end']],
  ];
  for (const [what, ports, options, expected] of orders) {
    it(`are called in their order: ${what}`, async () => {
      const notes: string[] = [];
      const { error } = await run(ofPorts(...ports), { ...options, plugins: [noting(notes)] });
      expect(error).to.equal(null);
      expect(notes).to.deep.equal(expected);
    });
  }

  it('of several plugins are called for each packet in the order of the plugins, metrics first', async () => {
    const notes: string[] = [];
    await run(ofPorts(1000, 1000), { plugins: [noting(notes, 'a '), noting(notes, 'b ')], userMetrics: { seen: () => void notes.push('metric') } });
    expect(notes).to.deep.equal([
      'metric',
      'a init 1000#1',
      'b init 1000#1',
      'metric',
      'a update 1000#2',
      'b update 1000#2',
      'a expire 1000#2 end',
      'b expire 1000#2 end',
      'a end',
      'b end',
    ]);
  });

  it('see what those before them wrote', async () => {
    const first: FlowPlugin<{ one: number }> = { columns: { one: { type: 'int', default: 1 } }, onUpdate: (_packet, flow) => void (flow.udps.one += 10) };
    class Second extends FlowPlugin<{ two: number | null }, { one: number }> {
      override columns = { two: 'int' } as const;
      override onExpire(flow: HookFlow<{ one: number; two: number | null }, { more: number }>): void {
        flow.udps.two = 2 * flow.udps.one + flow.metrics.more;
      }
    }
    const { flows } = await run(ofPorts(1000, 1000, 1000), {
      plugins: [first, new Second()],
      userMetrics: { more: (_packet: HookPacket, flow: HookFlow) => void (flow.metrics['more'] += 100) },
    });
    expect(flows.map((flow) => [flow.udps, flow.metrics])).to.deep.equal([[{ one: 21, two: 342 }, { more: 300 }]]);
  });

  it('keep state of their own by the handle, which no other flow of the run has', async () => {
    const handles: number[] = [];
    await run(ofPorts(1000, 1001, 1000, 1001, 1000), { idleTimeout: 2, plugins: [{ onInit: (_packet, flow) => void handles.push(flow.handle) }] });
    expect(handles).to.have.length(5);
    expect(new Set(handles).size).to.equal(5);
  });

  it('do not see ignored packets', async () => {
    const numbers: number[] = [];
    const packets = PacketBatch.from([...ofPorts(1000, 1000).map(udpPacket), { bytes: new Uint8Array(60), timeMs: 1_002_500 }, udpPacket(ofPorts(1000)[0]!)]);
    const { stage } = await run(packets, {
      plugins: [{ onInit: (packet) => void numbers.push(packet.number), onUpdate: (packet) => void numbers.push(packet.number) }],
    });
    expect(numbers).to.deep.equal([1, 2, 4]);
    expect(stage.report()).to.deep.include({ packets: 3, ignored: { not_ip: 1 } });
  });

  it('have no id of a flow under way, and that of an ended one', async () => {
    const ids: unknown[] = [];
    const see = (flow: HookFlow): void => void ids.push([flow.id, flow.expirationId, flow.column('end_reason'), flow.ended]);
    const { flows } = await run(ofPorts(1000, 1001), { capacity: 1, plugins: [{ onInit: (_packet, flow) => see(flow), onExpire: see }] });
    expect(ids).to.deep.equal([
      [undefined, undefined, undefined, null],
      [0, 2, 'capacity', 'capacity'],
      [undefined, undefined, undefined, null],
      [1, 0, 'end', 'end'],
    ]);
    expect(flows.map((flow) => flow.id)).to.deep.equal([0, 1]);
  });

  it('read any column of the run by both its names, and undefined for others', async () => {
    const told: unknown[] = [];
    await run(ofPorts(1000, 1000), {
      features: ['src_ip'],
      statistics: true,
      plugins: [
        {
          onUpdate: (_packet, flow) =>
            void told.push(
              flow.srcIp,
              flow.dstIp,
              flow.bidirectionalMaxPs,
              flow.column('bidirectional_max_ps'),
              flow.column('bidirectionalMaxPs'),
              flow.column('tcp_state'),
              flow.applicationName,
            ),
        },
      ],
    });
    expect(told).to.deep.equal(['10.0.0.1', '10.0.0.2', 50, 50, 50, undefined, undefined]);
  });

  it('leave the columns of the run as they were', async () => {
    const { flows } = await run(ofPorts(1000), { features: ['src_ip', 'dst_port'], plugins: [{ columns: { a: 'int' }, onInit: () => {} }] });
    expect(flows[0]!.toJSON()).to.deep.equal({ src_ip: '10.0.0.1', dst_port: 80, a: null });
    const expiring = await run(ofPorts(1000), {
      features: ['src_ip', 'dst_port'],
      plugins: [{ columns: { a: 'int' }, onExpire: (flow) => void (flow.udps.a = flow.srcPort) }],
    });
    expect(expiring.flows[0]!.toJSON()).to.deep.equal({ src_ip: '10.0.0.1', dst_port: 80, a: 1000 });
  });

  it('are called once more for each run of perFile, and onEnd once', async () => {
    const notes: string[] = [];
    const stage = aggregate({
      dissections: 0,
      plugins: [{ onInit: (packet, flow) => void notes.push(`${packet.file} ${flow.handle}`), onEnd: () => void notes.push('end') }],
    });
    for await (const _ of captureFile([fixture('dns.pcap'), fixture('stun.pcap')], { perFile: true }).pipe(stage));
    expect(notes.filter((note) => note.includes('stun'))).to.deep.equal([`${fixture('stun.pcap')} 8`]);
    expect(notes.at(-1)).to.equal('end');
    expect(notes.filter((note) => note === 'end')).to.have.length(1);
  });

  it('may destroy the stage', async () => {
    const stage = aggregate({ dissections: 0, plugins: [{ onUpdate: () => void stage.destroy() }] });
    captureFile(fixture('office.pcap')).pipe(stage).resume();
    await once(stage, 'close');
    expect(stage.report()).to.deep.include({ flows: 0 });
  });

  it('end with maxFlows, at the same flows as without', async () => {
    for (const maxFlows of [1, 3]) {
      const notes: string[] = [];
      const { flows, stage } = await run(ofPorts(1000, 1001, 1002, 1003, 1004, 1005), { idleTimeout: 2, maxFlows, plugins: [noting(notes)] });
      expect(flows.map((flow) => flow.srcPort)).to.deep.equal([1000, 1001, 1002].slice(0, maxFlows));
      expect(notes.at(-1)).to.equal('end');
      expect(stage.report()).to.deep.include({ flows: maxFlows });
    }
  });

  it('see all of more flows than a batch holds', async () => {
    let ended = 0;
    const { flows } = await run([manyFlows(20_000, 1_000_000), manyFlows(1, 2_000_000, 30_000)], {
      plugins: [{ columns: { n: 'int' }, onInit: (_packet, flow) => void (flow.udps.n = flow.handle), onExpire: () => void ended++ }],
    });
    expect(ended).to.equal(20_001);
    expect(flows.map((flow) => flow.udps.n)).to.deep.equal(Array.from({ length: 20_001 }, (_, index) => index + 1));
  });

  it('are called by a stage that holds back', async () => {
    let packets = 0;
    const stage = aggregate({ dissections: 0, idleTimeout: 0, plugins: [{ onInit: () => void packets++ }] });
    for (let i = 0; i < 8; i++) stage.write(manyFlows(30_000, 1_000_000 + i * 10));
    while (stage.readableLength < stage.readableHighWaterMark) await nextTurn();
    for (let turn = 0; turn < 50; turn++) await nextTurn();
    // Two batches with flows, the empty one in front of them, and what fills another.
    expect(packets).to.be.within(8192, 4 * 8192);
    stage.destroy();
  });

  describe('of the end alone', () => {
    const ofTheEnd = (told: unknown[]): AnyPlugin =>
      ({
        columns: { twice: 'int' },
        onExpire: (flow) => void told.push([flow.id, flow.srcPort, (flow.udps.twice = 2 * flow.bidirectionalPackets), flow.ended, flow.handle]),
      }) as AnyPlugin;

    it('are called for the flows that come out, with any number of meters', async () => {
      for (const meters of [1, 3]) {
        const told: unknown[] = [];
        const { flows } = await run(ofPorts(1000, 1001, 1000), { meters, idleTimeout: 2, plugins: [ofTheEnd(told)] });
        expect(told, `${meters}`).to.deep.equal([
          [0, 1000, 2, 'idle', 1],
          [1, 1001, 2, 'end', 2],
          [2, 1000, 2, 'end', 3],
        ]);
        expect(flows.map((flow) => flow.udps)).to.deep.equal([{ twice: 2 }, { twice: 2 }, { twice: 2 }]);
      }
    });

    it('cannot end a flow', async () => {
      for (const more of [{}, { onUpdate: () => {} }]) {
        const { error } = await run(ofPorts(1000), { plugins: [{ onExpire: (flow) => flow.expire(), ...more }] });
        expect(error).to.have.property('code', 'ERR_NFSTREAM_PLUGIN');
        expect(error!.message).to.match(/flow\.expire\(\) was called for a flow that has ended/);
      }
    });
  });
});

describe('a packet in a hook', () => {
  const seen = async (batch: PacketBatch, options: AggregateOptions = {}): Promise<PacketCopy[]> => {
    const copies: PacketCopy[] = [];
    const note = (packet: HookPacket): void => void copies.push(packet.copy());
    await run(batch, { ...options, plugins: [{ onInit: note, onUpdate: note }] });
    return copies;
  };

  it('has addresses, MACs and ports as it was sent, and the direction of the flow', async () => {
    const [there, back] = await seen(udpBatch(ofPorts(1000, -1000)));
    expect(there).to.deep.include({
      direction: 0,
      srcIp: '10.0.0.1',
      srcMac: '02:00:00:00:00:01',
      srcPort: 1000,
      dstIp: '10.0.0.2',
      dstMac: '02:00:00:00:00:02',
      dstPort: 80,
    });
    expect(back).to.deep.include({
      direction: 1,
      srcIp: '10.0.0.2',
      srcPort: 80,
      dstIp: '10.0.0.1',
      dstPort: 1000,
      protocol: 17,
      ipVersion: 4,
      vlanId: 0,
      tunnelId: 0,
      ttl: 64,
    });
  });

  const sizes = [
    ['frame', 50],
    ['ip', 36],
    ['transport', 16],
    ['payload', 8],
  ] as const;
  for (const [accountingMode, size] of sizes) {
    it(`has the size of accountingMode ${accountingMode}, and the others`, async () => {
      const [packet] = await seen(udpBatch(ofPorts(1000)), { accountingMode });
      expect(packet).to.deep.include({ size, rawSize: 50, ipSize: 36, transportSize: 16, payloadSize: 8 });
      expect(packet!.ip).to.have.length(36);
      expect(packet!.payload).to.deep.equal(new Uint8Array(8));
    });
  }

  it('has the time at which it is counted, and its own', async () => {
    const times: unknown[] = [];
    const note = ({ timeMs, timeNs, deltaMs, deltaNs, captureTimeNs }: HookPacket): void => void times.push([timeMs, timeNs, deltaMs, deltaNs, captureTimeNs]);
    await run([{ timeMs: 1000.0009 * 1000 }, { timeMs: 1_000_002.25 }, { timeMs: 1_000_001 }], { plugins: [{ onInit: note, onUpdate: note }] });
    expect(times).to.deep.equal([
      [1_000_000.9, 1_000_000_900_000n, 0, 0n, 1_000_000_900_000n],
      [1_000_002.25, 1_000_002_250_000n, 2, 1_350_000n, 1_000_002_250_000n],
      [1_000_002.25, 1_000_002_250_000n, 0, 0n, 1_000_001_000_000n],
    ]);
  });

  it('has the numbers of TCP, and null where there are none', async () => {
    const tcp: unknown[] = [];
    const note = ({ sequenceNumber, acknowledgementNumber, window, tcpFlags, syn, ack, fin }: HookPacket): void =>
      void tcp.push([sequenceNumber, acknowledgementNumber, window, tcpFlags, syn, ack, fin]);
    const stage = aggregate({ dissections: 0, plugins: [{ onInit: note, onUpdate: note }] });
    for await (const _ of captureFile(fixture('http.pcap'), { filter: 'tcp' }).pipe(stage));
    const [first, second] = tcp as [number, number, number, number, boolean, boolean, boolean][];
    expect(first!.slice(1)).to.deep.equal([0, 64_240, 2, true, false, false]);
    expect(second![1]).to.equal(first![0] + 1);
    expect(second!.slice(3)).to.deep.equal([18, true, true, false]);
    const [udp] = await seen(udpBatch(ofPorts(1000)));
    expect(udp).to.deep.include({ sequenceNumber: null, acknowledgementNumber: null, window: null, tcpFlags: 0 });
  });

  it('gives what may be kept, and nothing once its memory is given back', async () => {
    let kept: HookPacket | null = null;
    const copies: PacketCopy[] = [];
    await run([udpBatch(ofPorts(1000, 1001)), udpBatch(ofPorts(1002))], {
      plugins: [{ onInit: (packet) => void (copies.push(packet.copy()), (kept ??= packet)) }],
    });
    expect(copies.map((copy) => copy.srcPort)).to.deep.equal([1000, 1001, 1002]);
    expect(copies[0]!.ip.buffer.byteLength).to.equal(36);
    expect(() => kept!.srcPort)
      .to.throw()
      .with.property('code', 'ERR_NFSTREAM_BATCH_RELEASED');
  });

  it('and a flow can be printed', async () => {
    const printed: string[] = [];
    await run(ofPorts(1000, -1000), { plugins: [{ columns: { a: 'int' }, onUpdate: (packet, flow) => void printed.push(inspect(packet), inspect(flow)) }] });
    expect(printed[0]).to.match(/^HookPacket \{[^]*direction: 1,[^]*srcPort: 80,/);
    expect(printed[1]).to.match(/^HookFlow \{[^]*handle: 1,[^]*bidirectionalPackets: 2,[^]*udps: \{ a: null \}/);
  });
});
