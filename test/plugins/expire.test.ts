import { expect } from 'chai';
import type { AggregateOptions, AnyPlugin, ExpireOptions, HookFlow, HookPacket } from '../../lib/index.js';
import { noting, ofPorts, run } from './run.js';

/** Ends a flow at its nth packet. */
function slicer(packets: number, options?: ExpireOptions): AnyPlugin {
  const see = (_packet: HookPacket, flow: HookFlow): void => {
    if (flow.bidirectionalPackets === packets) flow.expire(options);
  };
  return { name: 'slicer', onInit: see, onUpdate: see } as AnyPlugin;
}

const usual: AggregateOptions = { features: ['id', 'src_port', 'bidirectional_packets', 'end_reason', 'expiration_id'] };

async function rows(ports: number[], options: AggregateOptions): Promise<{ rows: unknown[][]; ignored: Record<string, number>; custom: number }> {
  const { flows, error, stage } = await run(ofPorts(...ports), { ...usual, ...options });
  expect(error).to.equal(null);
  const { ignored, endReasons, packets, openFlows } = stage.report();
  expect(openFlows).to.equal(0);
  expect(packets + (ignored['after_expire'] ?? 0)).to.equal(ports.length);
  return { rows: flows.map((flow) => flow.values()), ignored, custom: endReasons.custom };
}

describe('flow.expire()', () => {
  it('ends the flow with that packet, and the next packet opens another', async () => {
    expect(await rows([1000, 1000, 1001, 1000], { plugins: [slicer(2)] })).to.deep.equal({
      rows: [
        [0, 1000, 2, 'custom', -1],
        [1, 1001, 1, 'end', 0],
        [2, 1000, 1, 'end', 0],
      ],
      ignored: {},
      custom: 1,
    });
  });

  it('makes every packet a flow with the first', async () => {
    expect((await rows([1000, -1000, 1000], { plugins: [slicer(1)] })).rows).to.deep.equal([
      [0, 1000, 1, 'custom', -1],
      [1, 80, 1, 'custom', -1],
      [2, 1000, 1, 'custom', -1],
    ]);
  });

  it('takes effect when every plugin has seen the packet, and before the next one', async () => {
    const notes: string[] = [];
    const ending: AnyPlugin = { name: 'ending', onUpdate: (_packet, flow) => (notes.push('expire()'), flow.expire()) };
    await run(ofPorts(1000, 1000, 1000), { plugins: [ending, noting(notes)] });
    expect(notes).to.deep.equal(['init 1000#1', 'expire()', 'update 1000#2', 'expire 1000#2 custom', 'init 1000#1', 'expire 1000#1 end', 'end']);
  });

  it('comes behind the ends that its packet has brought', async () => {
    const notes: string[] = [];
    await run(ofPorts(1000, 1001), { capacity: 1, plugins: [noting(notes), slicer(1)] });
    expect(notes).to.deep.equal(['init 1000#1', 'expire 1000#1 custom', 'init 1001#1', 'expire 1001#1 custom', 'end']);
    const cut: string[] = [];
    await run(ofPorts(1000, 1000, 1000), {
      activeTimeout: 2,
      plugins: [noting(cut), { onInit: (packet: HookPacket, flow: HookFlow) => (packet.number === 3 ? flow.expire() : undefined) } as AnyPlugin],
    });
    expect(cut).to.deep.equal(['init 1000#1', 'update 1000#2', 'expire 1000#2 active', 'init 1000#1', 'expire 1000#1 custom', 'end']);
  });

  it('is asked once: a second call changes nothing', async () => {
    const { flows } = await run(ofPorts(1000), {
      features: 'classic',
      plugins: [slicer(1, { exportReason: 9 }), slicer(1, { exportReason: 7, rest: 'ignore' })],
    });
    expect(flows.map((flow) => flow['exportReason'])).to.deep.equal([9]);
  });

  for (const [given, exportReason] of [
    [undefined, 5],
    [{}, 5],
    [{ exportReason: 3 }, 3],
    [{ exportReason: 127 }, 127],
  ] as const) {
    it(`gives the classic columns the export_reason ${exportReason}`, async () => {
      const { flows } = await run(ofPorts(1000, 1001), { features: 'classic', plugins: [slicer(1, given)] });
      expect(flows.map((flow) => flow['exportReason'])).to.deep.equal([exportReason, exportReason]);
    });
  }

  it('counts what comes of the flow as ignored, when asked, until it has been idle', async () => {
    const ports = [1000, 1000, 1000, -1000, 1001, 1001, 1001, 1000, 1000];
    expect(await rows(ports, { idleTimeout: 4, plugins: [slicer(2, { rest: 'ignore' })] })).to.deep.equal({
      rows: [
        [0, 1000, 2, 'custom', -1],
        [1, 1001, 2, 'custom', -1],
        [2, 1000, 2, 'custom', -1],
      ],
      ignored: { after_expire: 3 },
      custom: 3,
    });
  });

  it('of flows whose rest is ignored, gives as many as there are keys', async () => {
    const ports = Array.from({ length: 400 }, (_, i) => 1000 + (i % 40));
    const { rows: all, ignored } = await rows(ports, { plugins: [slicer(1, { rest: 'ignore' })], capacity: 100 });
    expect(all).to.have.length(40);
    expect(ignored).to.deep.equal({ after_expire: 360 });
  });

  const wrong: readonly (readonly [given: unknown, message: RegExp])[] = [
    [5, /an object for the options of expire\(\) but received 5/],
    [{ reason: 5 }, /no option reason of expire\(\); known are exportReason, rest/],
    [{ exportReason: 2 }, /an integer from 3 to 127 for exportReason but received 2/],
    [{ exportReason: 128 }, /for exportReason but received 128/],
    [{ exportReason: 5.5 }, /for exportReason but received 5\.5/],
    [{ exportReason: '5' }, /for exportReason but received "5" \(a string\)/],
    [{ rest: 'drop' }, /one of "count", "ignore" for rest but received "drop"/],
    [{ rest: true }, /for rest but received true/],
  ];
  for (const [given, message] of wrong) {
    it(`refuses ${JSON.stringify(given)}`, async () => {
      const { error } = await run(ofPorts(1000), { plugins: [slicer(1, given as ExpireOptions)] });
      expect(error).to.have.property('code', 'ERR_NFSTREAM_PLUGIN');
      expect(error!.message).to.match(message);
    });
  }
});

describe('flow.stopUpdates()', () => {
  it('ends the updates of that plugin for that flow, and of no other', async () => {
    const notes: string[] = [];
    const stopping = noting(notes, 'a ');
    const { onUpdate } = stopping as { onUpdate: (packet: HookPacket, flow: HookFlow) => void };
    const plugins = [
      { ...stopping, onUpdate: (packet: HookPacket, flow: HookFlow) => (onUpdate(packet, flow), flow.srcPort === 1000 && flow.stopUpdates()) } as AnyPlugin,
      noting(notes, 'b '),
    ];
    await run(ofPorts(1000, 1001, 1000, 1001, 1000, 1001), { plugins });
    expect(notes.filter((note) => note.startsWith('a '))).to.deep.equal([
      'a init 1000#1',
      'a init 1001#1',
      'a update 1000#2',
      'a update 1001#2',
      'a update 1001#3',
      'a expire 1000#3 end',
      'a expire 1001#3 end',
      'a end',
    ]);
    expect(notes.filter((note) => note.startsWith('b update 1000'))).to.deep.equal(['b update 1000#2', 'b update 1000#3']);
  });

  it('of all plugins leaves the flow counted, and its columns as they were left', async () => {
    const metric = {
      big: (_packet: HookPacket, flow: HookFlow) => {
        if ((flow.metrics['big'] += 1) === 2) flow.stopUpdates();
      },
    };
    const { flows } = await run(ofPorts(1000, 1000, 1000, 1000, 1001), { userMetrics: metric });
    expect(flows.map((flow) => [flow.bidirectionalPackets, flow.metrics])).to.deep.equal([
      [4, { big: 2 }],
      [1, { big: 1 }],
    ]);
  });

  it('counts for one flow of a key: the next one is told again', async () => {
    let updates = 0;
    await run(ofPorts(1000, 1000, 1000, 1000, 1000, 1000), {
      activeTimeout: 3,
      plugins: [{ onUpdate: (_packet: HookPacket, flow: HookFlow) => (updates++, flow.stopUpdates()) } as AnyPlugin],
    });
    expect(updates).to.equal(2);
  });
});
