import { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { modules } from '../plugins/modules.js';
import {
  aggregate,
  captureFile,
  type AggregateOptions,
  type AnyPlugin,
  type FlowAggregator,
  type FlowBatch,
  type HookFlow,
  type PluginRow,
} from '../../lib/index.js';
import { manyFlows, udpBatch } from '../packets.js';
import { until } from '../waiting.js';

const office = fileURLToPath(new URL('../../fixtures/office.pcap', import.meta.url));

function start(options: AggregateOptions) {
  const source = new Readable({ objectMode: true, read: () => {} });
  const stage = source.pipe(aggregate({ dissections: 0, endReason: true, uid: true, ...options })) as FlowAggregator;
  const flows: PluginRow<any, any>[] = [];
  const ended = (async () => {
    for await (const batch of stage as AsyncIterable<FlowBatch<PluginRow<any, any>>>) flows.push(...batch);
  })();
  return { source, stage, flows, ended };
}

describe('a snapshot', () => {
  const counting = {
    name: 'counting',
    columns: { sizes: { type: 'list', size: 2, default: [0, 0] } },
    onInit: (_: unknown, flow: HookFlow<any>) => void (flow.udps.sizes[0] += 1),
    onUpdate: (_: unknown, flow: HookFlow<any>) => void (flow.udps.sizes[0] += 1),
    onExpire: (flow: HookFlow<any>) => void (flow.udps.sizes[1] = 9),
  } as unknown as AnyPlugin;
  const atTheEnd = {
    name: 'atTheEnd',
    columns: { name: { type: 'text', default: 'open' } },
    onExpire: (flow: HookFlow<any>) => void (flow.udps.name = flow.ended),
  } as unknown as AnyPlugin;
  // What a snapshot has in the columns of plugins, of a flow of one packet and of one of two, and what they have when they end.
  const ways: [what: string, options: AggregateOptions, shown: unknown[], ended: unknown[]][] = [
    ['on a thread of the engine', {}, [{}, {}], [{}, {}]],
    ['of several meters', { meters: 2 }, [{}, {}], [{}, {}]],
    ['with hooks of packets', { plugins: [counting] }, [{ sizes: [1, 0] }, { sizes: [2, 0] }], [{ sizes: [1, 9] }, { sizes: [3, 9] }]],
    ['with hooks of ended flows', { plugins: [atTheEnd] }, [{ name: 'open' }, { name: 'open' }], [{ name: 'end' }, { name: 'end' }]],
  ];
  for (const [what, options, shown, last] of ways) {
    it(`gives the open flows and leaves them open, ${what}`, async () => {
      const { source, stage, flows, ended } = start(options);
      expect(await stage.snapshot()).to.equal(0);
      source.push(
        udpBatch([
          { timeMs: 1000, srcPort: 7 },
          { timeMs: 1001, srcPort: 8 },
          { timeMs: 1002, srcPort: 8 },
        ]),
      );
      await until(() => stage.report().packets === 3);
      expect(await stage.snapshot()).to.equal(2);
      await until(() => flows.length === 2);
      const told = (flow: PluginRow<any, any>) => [flow.id, flow.srcPort, flow.bidirectionalPackets, flow.endReason, flow.expirationId];
      expect(flows.map(told)).to.deep.equal([
        [-1, 7, 1, 'snapshot', 5],
        [-1, 8, 2, 'snapshot', 5],
      ]);
      expect(flows.map(({ udps }) => ({ ...udps }))).to.deep.equal(shown);
      expect(stage.report()).to.deep.include({ flows: 0, openFlows: 2, snapshots: 2 });
      source.push(udpBatch([{ timeMs: 1003, srcPort: 8 }]));
      source.push(null);
      await ended;
      expect(flows.slice(2).map(told)).to.deep.equal([
        [0, 7, 1, 'end', 0],
        [1, 8, 3, 'end', 0],
      ]);
      expect(flows.slice(2).map(({ udps }) => ({ ...udps }))).to.deep.equal(last);
      const uid = (flow: PluginRow<any, any>) => (flow as unknown as { flowUid: string }).flowUid;
      expect(flows.slice(0, 2).map(uid)).to.deep.equal(flows.slice(2).map(uid));
      expect(stage.report()).to.deep.include({ flows: 2, openFlows: 0, snapshots: 2 });
      expect(stage.report().endReasons).to.deep.equal({ idle: 0, active: 0, end: 2, capacity: 0, tcpFin: 0, tcpRst: 0, custom: 0 });
      expect(await stage.snapshot()).to.equal(0);
    });
  }

  for (const [what, options] of [
    ['on a thread of the engine', {}],
    ['with hooks of packets', { plugins: [counting] }],
    ['by a thread of plugins', { worker: { module: modules.usual } }],
  ] as [string, AggregateOptions][])
    it(`of the active flows tells what is new of them, to the stage behind or to whoever looks, ${what}`, async () => {
      const { source, stage, flows, ended } = start({ ...options, increments: true });
      const looked: string[] = [];
      const told = (flow: PluginRow<any, any>): string => [flow.srcPort, flow.newPackets, flow.newBytes, flow.bidirectionalPackets].join();
      const look = (): Promise<number> => stage.look(Infinity, (batch) => looked.push(...[...(batch as FlowBatch<PluginRow<any, any>>)].map(told)));
      const feed = async (...ports: number[]): Promise<void> => {
        const before = stage.report().packets;
        source.push(udpBatch(ports.map((srcPort, at) => ({ timeMs: 1000 + before + at, srcPort }))));
        await until(() => stage.report().packets === before + ports.length);
      };
      expect(await look()).to.equal(0);
      await feed(7, 8, 8);
      expect(await look()).to.equal(2);
      await feed(9, 8);
      expect(await stage.snapshot(true)).to.equal(2);
      expect(await stage.snapshot(true)).to.equal(0);
      await feed(7, 7);
      expect(await look()).to.equal(1);
      await feed(8);
      expect(stage.report().snapshots).to.equal(2);
      source.push(null);
      await ended;
      expect(looked).to.deep.equal(['7,1,50,1', '8,2,100,2', '7,2,100,3']);
      expect(flows.map(told)).to.deep.equal(['9,1,50,1', '8,1,50,3', '9,0,0,1', '7,0,0,3', '8,1,50,4']);
    });

  it('refuses to be asked for what is neither all nor the active flows', async () => {
    const { stage } = start({});
    for (const wrong of [1, 'yes', null]) {
      const error = await stage.snapshot(wrong as unknown as boolean).catch((thrown: unknown) => thrown);
      expect(error).to.include({ code: 'ERR_NFSTREAM_OPTION_TYPE' });
    }
    stage.destroy();
  });

  it('is given by a thread of plugins', async () => {
    const { source, stage, flows, ended } = start({ worker: { module: modules.usual } });
    source.push(udpBatch([{ timeMs: 1000, srcPort: 7 }]));
    await until(() => stage.report().packets === 1);
    expect(await stage.snapshot()).to.equal(1);
    source.push(null);
    await ended;
    expect(flows.map(({ id, udps }) => [id, udps.names, udps.total])).to.deep.equal([
      [-1, '', 50n],
      [0, '10.0.0.1 end 0', 50n],
    ]);
  });

  it('takes as many batches as it needs, and those that ended before stand in front of it', async () => {
    const { source, stage, flows, ended } = start({ idleTimeout: 1 });
    source.push(manyFlows(5, 1000));
    source.push(manyFlows(20_000, 9000));
    await until(() => stage.report().packets === 20_005);
    expect(await stage.snapshot()).to.equal(20_000);
    source.push(null);
    await ended;
    expect(flows.map(({ endReason }) => endReason)).to.deep.equal([
      ...Array<string>(5).fill('idle'),
      ...Array<string>(20_000).fill('snapshot'),
      ...Array<string>(20_000).fill('end'),
    ]);
    expect(flows.at(-1)!.id).to.equal(20_004);
  });

  it('changes nothing of what the flows are, labels included', async () => {
    const rows = async (every: number): Promise<unknown[]> => {
      const stage = aggregate({ endReason: true, statistics: true, uid: true, tls: true, risks: true });
      const flows: unknown[] = [];
      let batches = 0;
      const source = captureFile(office);
      const packets = async function* () {
        for await (const batch of source) {
          batch.claim(); // and keeps it, as its parts do
          for (let i = 0; i < batch.length; i += 50) {
            yield batch.filter((_, index) => index >= i && index < i + 50);
            if (every > 0 && ++batches % every === 0) await stage.snapshot();
          }
        }
      };
      for await (const batch of Readable.from(packets()).pipe(stage)) for (const flow of batch) if (flow.endReason !== 'snapshot') flows.push(flow.toObject());
      expect(stage.report().snapshots).to.be.above(every > 0 ? 0 : -1);
      return flows;
    };
    expect(await rows(1)).to.deep.equal(await rows(0));
  });

  it('is none of a stage that was destroyed', async () => {
    const { source, stage, ended } = start({});
    source.push(udpBatch([{ timeMs: 1000, srcPort: 7 }]));
    await until(() => stage.report().packets === 1);
    stage.destroy();
    await ended.catch(() => {});
    expect(await stage.snapshot()).to.equal(0);
  });
});
