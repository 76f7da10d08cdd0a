import { expect } from 'chai';
import { aggregate, dhcp, flows, FlowPlugin, mdns, payload, reassembly, slicer, splt, Streamer, tcpEnd, wavelet, type HookFlow, type HookPacket, type Metric, type PacketCopy, type UserMetrics } from '../../lib/index.js';

// Held by the type checker (`npm run typecheck`): what is right compiles, and what is wrong does not.

class First666 extends FlowPlugin<{ first666: number | null }> {
  override columns = { first666: { type: 'int', default: null } } as const;
  override onUpdate(packet: HookPacket, flow: HookFlow<{ first666: number | null }>): void {
    if (packet.size > 666) flow.udps.first666 ??= flow.bidirectionalPackets;
  }
}

class Named extends FlowPlugin<{ name: string; long: boolean; total: bigint; sizes: number[] }, { first666: number | null }> {
  override columns = { name: { type: 'text', default: '' }, long: { type: 'boolean', default: false, merge: 'max' }, total: { type: 'bigint', default: 0n, merge: 'sum' }, sizes: { type: 'list', size: 3, default: [0, 0, 0] } } as const;
}

/** Compiles where both types are the same. */
function same<A, B extends A>(_value: [A] extends [B] ? B : never): void {}

// Nothing of this runs.
const right: readonly (() => unknown)[] = [
  // 1: a metric is a function, and a number
  () => aggregate({ userMetrics: { big: (packet, flow) => { if (packet.size > 666) flow.metrics.big += 1; } } }),
  // 2: metrics see each other
  () => aggregate({ userMetrics: { a: (_packet, flow) => { flow.metrics.b += flow.metrics.a; }, b: () => {} } }),
  // 3: a metric of another type
  () => aggregate({ userMetrics: { host: { initial: '', update: (_packet, flow) => { flow.metrics.host = flow.srcIp.toUpperCase(); } } } }),
  // 4: a bigint, and a boolean
  () => aggregate({ userMetrics: { total: { initial: 0n, update: (packet, flow) => { flow.metrics.total += BigInt(packet.size); } }, seen: { initial: false, update: (packet, flow) => { flow.metrics.seen ||= packet.syn; } } } }),
  // 5: a metric that is a float and says how it merges
  () => aggregate({ userMetrics: { load: { initial: 0, type: 'float', merge: 'max', meaning: 'Load.', update: (packet, flow) => { flow.metrics.load = packet.size / 2; } } } }),
  // 6: columns of plugins are on flows
  async () => { for await (const flow of flows(aggregate({ plugins: [new First666()] }))) same<number | null, number | null>(flow.udps.first666); },
  // 7: of several
  async () => { for await (const flow of flows(aggregate({ plugins: [new First666(), new Named()] }))) same<string, string>(flow.udps.name), same<number | null, number | null>(flow.udps.first666); },
  // 8: and of batches
  async () => { for await (const batch of aggregate({ plugins: [new Named()] })) for (const flow of batch) same<number[], number[]>(flow.udps.sizes); },
  // 9: also through filter() and slice()
  async () => { for await (const batch of aggregate({ plugins: [new Named()] })) for (const flow of batch.filter((one) => one.udps.long).slice(1)) same<bigint, bigint>(flow.udps.total); },
  // 10: metrics on flows
  async () => { for await (const flow of flows(aggregate({ userMetrics: { big: () => {}, host: { initial: '', update: () => {} } } }))) same<number, number>(flow.metrics.big), same<string, string>(flow.metrics.host); },
  // 11: a Streamer has them too
  async () => { for await (const flow of new Streamer({ source: 'a.pcap', plugins: [new First666()], userMetrics: { big: () => {} } })) same<number | null, number | null>(flow.udps.first666), same<number, number>(flow.metrics.big); },
  // 12: a plain object with its type
  () => { const plain: FlowPlugin<{ n: number }> = { columns: { n: { type: 'int', default: 0 } }, onInit(_packet, flow) { flow.udps.n += 1; } }; return aggregate({ plugins: [plain] }); },
  // 13: a plain object whose columns tell its type
  async () => { for await (const flow of flows(aggregate({ plugins: [{ columns: { n: { type: 'int', default: 0 }, host: 'text' }, onInit(packet, flow) { flow.udps.n = packet.size; } }] }))) same<number, number>(flow.udps.n), same<string | null, string | null>(flow.udps.host); },
  // 14: a plugin reads columns of those before it
  () => { class After extends Named { override onExpire(flow: HookFlow<{ name: string; long: boolean; total: bigint; sizes: number[] } & { first666: number | null }>): void { flow.udps.name = String(flow.udps.first666); } } return aggregate({ plugins: [new First666(), new After()] }); },
  // 15: what a flow has
  () => { const plugin: FlowPlugin = { onUpdate(_packet, flow) { same<number, number>(flow.handle); same<string, string>(flow.applicationName); same<number, number>(flow.bidirectionalMeanPs); flow.stopUpdates(); flow.expire(); flow.expire({ exportReason: 7, rest: 'ignore' }); } }; return plugin; },
  // 16: what a packet has
  () => { const plugin: FlowPlugin = { onUpdate(packet) { same<0 | 1, 0 | 1>(packet.direction); same<bigint, bigint>(packet.timeNs); same<number | null, number | null>(packet.sequenceNumber); same<PacketCopy, PacketCopy>(packet.copy()); same<string | null, string | null>(packet.srcIp); } }; return plugin; },
  // 17: a hook may return a value that is not looked at
  () => aggregate({ userMetrics: { big: (packet, flow) => (flow.metrics.big += packet.size) } }),
  // 18: metrics that are made elsewhere
  () => { const metrics: UserMetrics<{ big: number }> = { big: (packet, flow) => { flow.metrics.big += packet.size; } }; return aggregate({ userMetrics: metrics }); },
  // 19: without plugins
  async () => { for await (const flow of flows(aggregate({ idleTimeout: 5 }))) same<string, string>(flow.srcIp); },
  // 20: options of plugins
  () => aggregate({ plugins: [], pluginPrefix: 'udps.', onError: 'skip' }),
  // 21: those that are there have their columns on flows
  async () => { for await (const { udps } of flows(aggregate({ plugins: [slicer({ packets: 4 }), dhcp(), splt({ packets: 2 }), payload({ bytes: 2 })] }))) same<string | null, string | null>(udps.dhcp_55), same<number | null, number | null>(udps.dhcp_57), same<number[], number[]>(udps.packet_sizes), same<string, string>(udps.src2dst_first_bytes); },
  // 22: also those of levels
  async () => { for await (const { udps } of new Streamer({ source: 'a.pcap', plugins: [wavelet({ levels: 2 }), reassembly({ bytes: 2 }), tcpEnd(), mdns()] })) same<number | null | undefined, number | null | undefined>(udps.f_S_k_2), same<boolean | null, boolean | null>(udps.dst2src_stream_syn), same<string | null, string | null>(udps.mdns_ptr); },
];

const wrong: readonly (() => unknown)[] = [
  // @ts-expect-error 1: there is no packet.sizes
  () => aggregate({ userMetrics: { big: (packet, flow) => { if (packet.sizes > 666) flow.metrics.big += 1; } } }),
  // @ts-expect-error 2: a metric that is not there
  () => aggregate({ userMetrics: { big: (packet, flow) => { flow.metrics.bgi += packet.size; } } }),
  // @ts-expect-error 3: a number is no text
  () => aggregate({ userMetrics: { big: (_packet, flow) => { flow.metrics.big = 'x'; } } }),
  // @ts-expect-error 4: hooks are synchronous
  () => aggregate({ userMetrics: { big: async () => {} } }),
  // @ts-expect-error 5: a text is not stored as a number
  () => aggregate({ userMetrics: { host: { initial: '', type: 'int', update: () => {} } } }),
  // @ts-expect-error 6: there is no such merge
  () => aggregate({ userMetrics: { big: { initial: 0, merge: 'mean', update: () => {} } } }),
  // @ts-expect-error 7: a metric needs an update
  () => aggregate({ userMetrics: { big: { initial: 0 } } }),
  // @ts-expect-error 8: a column of no plugin
  async () => { for await (const flow of flows(aggregate({ plugins: [new First666()] }))) flow.udps.first667; },
  // @ts-expect-error 9: it may be null
  async () => { for await (const flow of flows(aggregate({ plugins: [new First666()] }))) same<number, number>(flow.udps.first666); },
  // @ts-expect-error 10: flows that came out cannot be written to
  async () => { for await (const flow of flows(aggregate({ plugins: [new First666()] }))) flow.udps.first666 = 1; },
  // @ts-expect-error 11: a column of another type than was said
  () => { const plain: FlowPlugin<{ n: number }> = { columns: { n: { type: 'text', default: 0 } } }; return plain; },
  // @ts-expect-error 12: a column without null needs a default
  () => { const plain: FlowPlugin<{ n: number }> = { columns: { n: 'int' } }; return plain; },
  // @ts-expect-error 13: a column that was not declared
  () => { const plain: FlowPlugin<{ n: number | null }> = { onInit(_packet, flow) { flow.udps.m = 1; } }; return plain; },
  // @ts-expect-error 14: a column that is missing
  () => { const plain: FlowPlugin<{ n: number | null; m: number | null }> = { columns: { n: 'int' } }; return plain; },
  // @ts-expect-error 15: the engine's columns cannot be written to
  () => { const plain: FlowPlugin = { onInit(_packet, flow) { flow.bidirectionalPackets = 0; } }; return plain; },
  // @ts-expect-error 16: there is no such column of flows
  () => { const plain: FlowPlugin = { onInit(_packet, flow) { return flow.bidirectionalPackts; } }; return plain; },
  // @ts-expect-error 17: what becomes of the rest
  () => { const plain: FlowPlugin = { onInit(_packet, flow) { flow.expire({ rest: 'drop' }); } }; return plain; },
  // @ts-expect-error 18: there is no such hook
  () => { const plain: FlowPlugin = { onUpdated() {} }; return plain; },
  // @ts-expect-error 19: a class is no plugin, its objects are
  () => aggregate({ plugins: [First666] }),
  // @ts-expect-error 20: there is no such answer to an error
  () => aggregate({ plugins: [new First666()], onError: 'ignore' }),
  // @ts-expect-error 21: an asynchronous hook of a class
  () => class extends FlowPlugin { override async onInit(): Promise<void> {} },
  // @ts-expect-error 22: a packet cannot be written to
  () => { const plain: FlowPlugin = { onInit(packet) { packet.size = 0; } }; return plain; },
  // @ts-expect-error 23: the first packets of which there are none
  () => aggregate({ plugins: [splt({})] }),
  // @ts-expect-error 24: a plugin of ours has no such column
  async () => { for await (const { udps } of flows(aggregate({ plugins: [mdns()] }))) same<string | null, string | null>(udps.mdns_names); },
];

describe('types of plugins', () => {
  it('let pass what is right and refuse what is wrong', () => {
    const metric: Metric<number, { a: number }> = { initial: 0, update: () => {} };
    expect(metric.initial).to.equal(0);
    expect(right).to.have.length(22);
    expect(wrong).to.have.length(24);
  });
});
