import { Readable } from 'node:stream';
import { setImmediate as turn } from 'node:timers/promises';
import { expect } from 'chai';
import { modules } from '../plugins/modules.js';
import { SilentWatch } from '../../lib/aggregate/silent-watch.js';
import type { RunState } from '../../lib/stage/run-state.js';
import { noFacts, PacketBatch } from '../../lib/capture/packet-batch.js';
import { SlabLease } from '../../lib/capture/slab.js';
import { aggregate, type AggregateOptions, type AnyPlugin, type FlowAggregator, type FlowBatch, type HookFlow, type PluginRow } from '../../lib/index.js';
import { udpBatch, type TestPacket } from '../packets.js';
import { until } from '../waiting.js';

const began = 1_000_000_000;

/** A run whose packets come when the test says so, and whose clock the test sets. */
class Wire {
  nowMs: number | undefined;
  looks = 0;
  readonly run: RunState = {
    damage: null,
    clock: () => {
      this.looks++;
      return this.nowMs;
    },
  };
  readonly source = new Readable({ objectMode: true, read: () => {} });
  readonly flows: PluginRow<any, any>[] = [];
  readonly stage: FlowAggregator;
  readonly ended: Promise<void>;

  constructor(options: AggregateOptions) {
    const stage = this.source.pipe(aggregate({ dissections: 0, endReason: true, ...options })) as FlowAggregator;
    this.stage = stage;
    this.ended = (async () => {
      for await (const batch of stage as AsyncIterable<FlowBatch<PluginRow<any, any>>>) this.flows.push(...batch);
    })();
  }

  packets(...packets: (Omit<TestPacket, 'timeMs'> & { at: number })[]): void {
    const { slab, data, records } = udpBatch(packets.map(({ at, ...packet }) => ({ ...packet, timeMs: began + at })));
    this.source.push(new PacketBatch(new SlabLease(slab, null), data, records, { ...noFacts, live: true, run: this.run }));
  }

  /** Waits until the clock was looked at, which is done twice each time. */
  async looked(): Promise<void> {
    const before = this.looks;
    await until(() => this.looks >= before + 2);
  }

  told(): string {
    return this.flows.map((flow) => `${flow.srcPort} ${flow.endReason} ${flow.bidirectionalPackets}`).join(', ');
  }
}

describe('the clock of a silent wire', () => {
  const ways: [what: string, options: (notes: string[]) => AggregateOptions, notes: string[]][] = [
    ['on a thread of the engine', () => ({}), []],
    ['on several', () => ({ meters: 3 }), []],
    [
      'with hooks of packets',
      (notes) => ({
        plugins: [
          {
            name: 'watching',
            columns: { seen: 'int' },
            onInit: (_packet: unknown, flow: HookFlow<any>) => void (flow.udps.seen = 1),
            onExpire: (flow: HookFlow<any>) => void notes.push(`${flow.srcPort} ${flow.ended}`),
          } as unknown as AnyPlugin,
        ],
      }),
      ['7 idle'],
    ],
    [
      'with hooks of ended flows',
      (notes) => ({ plugins: [{ name: 'atTheEnd', onExpire: (flow: HookFlow) => void notes.push(`${flow.srcPort} ${flow.ended}`) } as unknown as AnyPlugin] }),
      ['7 idle'],
    ],
    ['in a thread of its own', () => ({ worker: { module: modules.usual } }), []],
  ];

  // Side by side, as each has to wait.
  it('ends a flow when its timeout is over, whatever meters it', async () => {
    await Promise.all(
      ways.map(async ([what, options, expected]) => {
        const notes: string[] = [];
        const wire = new Wire(options(notes));
        wire.packets({ at: 0, srcPort: 7 }, { at: 60_000, srcPort: 8 });
        await until(() => wire.stage.report().openFlows === 2);
        wire.nowMs = began + 119_999;
        await wire.looked();
        expect(wire.flows, what).to.have.length(0);
        wire.nowMs = undefined; // something waits
        await turn();
        wire.nowMs = began + 120_000;
        await until(() => wire.flows.length > 0);
        expect(wire.told(), what).to.equal('7 idle 1');
        expect(notes, what).to.deep.equal(expected);
        // The packet's time is before that of the silence, and it is not late.
        wire.packets({ at: 61_000, srcPort: 8 }, { at: 62_000, srcPort: 7 });
        wire.nowMs = undefined;
        await until(() => wire.stage.report().packets === 4);
        wire.source.push(null);
        await wire.ended;
        expect(wire.told(), what).to.equal('7 idle 1, 8 end 2, 7 end 1');
        expect(wire.stage.report()).to.deep.include({ latePackets: 0, openFlows: 0 });
      }),
    );
  });

  it('stops at as many flows as were asked for', async () => {
    const wire = new Wire({ maxFlows: 1 });
    wire.packets({ at: 0, srcPort: 7 }, { at: 0, srcPort: 8 });
    wire.nowMs = began + 500_000;
    await wire.ended;
    expect(wire.told()).to.equal('7 idle 1');
    expect(wire.stage.report()).to.deep.include({ flows: 1, discardedFlows: 1 });
  });

  it('tells the error of a hook that it has called', async () => {
    const fails = {
      name: 'fails',
      onInit: () => {},
      onExpire: () => {
        throw new Error('no');
      },
    } as unknown as AnyPlugin;
    const wire = new Wire({ plugins: [fails] });
    wire.packets({ at: 0, srcPort: 7 });
    wire.nowMs = began + 120_000;
    const error = await wire.ended.then(
      () => null,
      (thrown: Error & { code?: string }) => thrown,
    );
    expect(error).to.include({ code: 'ERR_NFSTREAM_PLUGIN' });
    expect(wire.told()).to.equal('7 idle 1');
  });

  it('ends the flows of nothing after the stage was destroyed, and looks no more', async () => {
    const wire = new Wire({});
    wire.packets({ at: 0, srcPort: 7 });
    await until(() => wire.looks > 0);
    wire.nowMs = began + 120_000;
    wire.stage.destroy();
    await wire.ended.catch(() => {});
    const { looks } = wire;
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(wire.looks).to.equal(looks);
    expect(wire.flows).to.have.length(0);
  });

  // The clock as it is looked at, and as it is two rounds of the event loop later.
  const looks: [what: string, clock: (number | undefined)[], expired: number[]][] = [
    ['a silence', [5000, 5003], [5000]],
    ['something that waits', [undefined, 5000], []],
    ['bytes that came meanwhile and wait', [5000, undefined], []],
    ['bytes that came meanwhile and were counted', [5000, 4200], []],
  ];
  for (const [what, clock, expired] of looks) {
    it(`is believed of ${what}: ${expired.length > 0 ? 'yes' : 'no'}`, async () => {
      const told: number[] = [];
      const watch = new SilentWatch(
        () => true,
        async (nowMs) => void told.push(nowMs),
      );
      watch.add({ damage: null, clock: () => clock.shift() });
      await watch.look();
      watch.stop();
      expect(told).to.deep.equal(expired);
    });
  }

  const several: [what: string, clocks: (number | undefined)[], expired: number[]][] = [
    ['the one that is furthest behind', [7000, 5000, 6000], [5000]],
    ['none of them while one does not know it', [7000, undefined], []],
  ];
  for (const [what, clocks, expired] of several) {
    it(`is of several sources that of ${what}, whether others have ended or not`, async () => {
      const told: number[] = [];
      const watch = new SilentWatch(
        () => true,
        async (nowMs) => void told.push(nowMs),
      );
      const ended: RunState = { damage: null, clock: () => 1 };
      for (const run of [ended, ...clocks.map((now) => ({ damage: null, clock: () => now }))]) watch.add(run);
      ended.clock = undefined;
      await watch.look();
      watch.stop();
      expect(told).to.deep.equal(expired);
    });
  }
});
