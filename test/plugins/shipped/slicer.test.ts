import { expect } from 'chai';
import { slicer, Streamer, type AggregateOptions, type SlicerOptions } from '../../../lib/index.js';
import { ofPorts, run } from '../run.js';
import { capture } from './packets.js';

/** Flows as [source port, packets, why they ended], and the ignored packets. */
async function slices(ports: readonly number[], given: SlicerOptions, options: AggregateOptions = {}): Promise<{ flows: unknown[][]; ignored: number }> {
  const { flows, error, stage } = await run(ofPorts(...ports), { endReason: true, plugins: [slicer(given)], ...options });
  expect(error).to.equal(null);
  return { flows: flows.map((flow) => [flow.srcPort, flow.bidirectionalPackets, flow['endReason']]), ignored: stage.report().ignored['after_expire'] ?? 0 };
}

describe('slicer()', () => {
  const there = 1000;
  const back = -1000;
  // Packets of 50 bytes, a second apart.
  const cases: readonly (readonly [what: string, given: SlicerOptions, ports: number[], flows: unknown[][], ignored: number])[] = [
    [
      'every packet',
      { packets: 1 },
      [there, back, there],
      [
        [1000, 1, 'custom'],
        [80, 1, 'custom'],
        [1000, 1, 'custom'],
      ],
      0,
    ],
    [
      'two packets of both directions',
      { packets: 2 },
      [there, back, there, there, there],
      [
        [1000, 2, 'custom'],
        [1000, 2, 'custom'],
        [1000, 1, 'end'],
      ],
      0,
    ],
    [
      'each flow by its own packets',
      { packets: 2 },
      [1000, 1001, 1000, 1001, 1001],
      [
        [1000, 2, 'custom'],
        [1001, 2, 'custom'],
        [1001, 1, 'end'],
      ],
      0,
    ],
    ['no flow that is shorter', { packets: 4 }, [there, there], [[1000, 2, 'end']], 0],
    [
      'the first slice alone',
      { packets: 2, rest: 'ignore' },
      [there, back, there, there, 1001],
      [
        [1000, 2, 'custom'],
        [1001, 1, 'end'],
      ],
      2,
    ],
    [
      'bytes: with the packet that reaches them',
      { bytes: 51 },
      [there, there, there],
      [
        [1000, 2, 'custom'],
        [1000, 1, 'end'],
      ],
      0,
    ],
    [
      'bytes: exactly',
      { bytes: 100 },
      [there, there, there],
      [
        [1000, 2, 'custom'],
        [1000, 1, 'end'],
      ],
      0,
    ],
    [
      'a byte: every packet',
      { bytes: 1 },
      [there, there],
      [
        [1000, 1, 'custom'],
        [1000, 1, 'custom'],
      ],
      0,
    ],
    [
      'seconds: with the packet that reaches them',
      { seconds: 2 },
      [there, there, there, there],
      [
        [1000, 3, 'custom'],
        [1000, 1, 'end'],
      ],
      0,
    ],
    [
      'seconds: a fraction',
      { seconds: 0.5 },
      [there, there, there],
      [
        [1000, 2, 'custom'],
        [1000, 1, 'end'],
      ],
      0,
    ],
    ['seconds: not before', { seconds: 2.001 }, [there, there, there, there], [[1000, 4, 'custom']], 0],
    [
      'seconds: those of a slice begin with it',
      { seconds: 1 },
      [there, there, there, there, there],
      [
        [1000, 2, 'custom'],
        [1000, 2, 'custom'],
        [1000, 1, 'end'],
      ],
      0,
    ],
    [
      'what is reached first',
      { packets: 3, bytes: 100, seconds: 50 },
      [there, there, there],
      [
        [1000, 2, 'custom'],
        [1000, 1, 'end'],
      ],
      0,
    ],
    [
      'what is reached first: seconds',
      { packets: 3, seconds: 1 },
      [there, there, there],
      [
        [1000, 2, 'custom'],
        [1000, 1, 'end'],
      ],
      0,
    ],
  ];
  for (const [what, given, ports, flows, ignored] of cases) {
    it(`cuts ${what}: ${JSON.stringify(given)}`, async () => {
      expect(await slices(ports, given)).to.deep.equal({ flows, ignored });
    });
  }

  it('cuts bytes as accountingMode counts them', async () => {
    expect((await slices([there, there, there], { bytes: 16 }, { accountingMode: 'payload' })).flows).to.deep.equal([
      [1000, 2, 'custom'],
      [1000, 1, 'end'],
    ]);
  });

  it('leaves the end of a flow that ends before to the flow', async () => {
    expect((await slices([there, there, there, there], { packets: 3, seconds: 3 }, { activeTimeout: 2 })).flows).to.deep.equal([
      [1000, 2, 'active'],
      [1000, 2, 'end'],
    ]);
  });

  const wrong: readonly (readonly [given: unknown, code: string, message: RegExp])[] = [
    [undefined, 'TYPE', /^The options of slicer\(\) need packets, bytes or seconds: where to cut\.$/],
    [{ rest: 'ignore' }, 'TYPE', /need packets, bytes or seconds/],
    [{ packets: 0 }, 'RANGE', /an integer from 1 to 9007199254740991 for packets of slicer\(\) but received 0/],
    [{ bytes: 1.5 }, 'RANGE', /for bytes of slicer\(\)/],
    [{ seconds: 0 }, 'RANGE', /a number above 0, up to 1000000000 for seconds of slicer\(\) but received 0/],
    [{ seconds: NaN }, 'RANGE', /for seconds of slicer\(\) but received NaN/],
    [{ seconds: '1' }, 'TYPE', /for seconds of slicer\(\) but received "1"/],
    [{ packets: 1, rest: 'drop' }, 'RANGE', /one of "count", "ignore" for rest of slicer\(\)/],
    [{ packet: 1 }, 'UNKNOWN', /no option packet of slicer\(\); did you mean packets\?/],
    [{ limit: 4 }, 'UNKNOWN', /no option limit of slicer\(\); known are packets, bytes, seconds, rest\./],
  ];
  for (const [given, code, message] of wrong) {
    it(`refuses ${JSON.stringify(given)}`, () => {
      expect(() => slicer(given as SlicerOptions))
        .to.throw(message)
        .with.property('code', `ERR_NFSTREAM_OPTION_${code}`);
    });
  }

  for (const [packets, flows] of [
    [4, 7],
    [1, 28],
  ] as const) {
    it(`makes ${flows} flows of google_ssl.pcap with slices of ${packets}, as nfstream's FlowSlicer does`, async () => {
      const source = capture('google_ssl.pcap');
      if (source === null) return;
      let count = 0;
      for await (const flow of new Streamer({ source, dissections: 0, plugins: [slicer({ packets })] })) count += flow.bidirectionalPackets > 0 ? 1 : 0;
      expect(count).to.equal(flows);
    });
  }
});
