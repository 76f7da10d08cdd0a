import { expect } from 'chai';
import { haarFeatures } from '../../../lib/plugins/shipped/haar.js';
import { wavelet, type WaveletOptions } from '../../../lib/index.js';
import { datagram, ends, inTurn, kept } from './packets.js';

type Features = readonly (readonly number[])[];

/** p, u, sigma and S of each level. */
function features(series: readonly number[], levels: number): number[][] {
  const bins = new Map([...series.entries()].filter(([, value]) => value !== 0));
  const told = haarFeatures(bins, levels);
  return [told.map(({ p }) => p), told.map(({ u }) => u), told.map(({ sigma }) => sigma), told.map(({ entropy }) => entropy)];
}

/** The transform as it is defined, coefficient by coefficient. */
function slowly(series: readonly number[], levels: number): number[][] {
  const size = 2 ** levels;
  let approximation = [...series];
  const all: number[][] = [];
  for (let level = 1; level <= levels; level++) {
    const behind = (i: number): number => approximation[(i + 2 ** (level - 1)) % size]!;
    all.unshift(approximation.map((value, i) => (value - behind(i)) / Math.SQRT2));
    approximation = approximation.map((value, i) => (value + behind(i)) / Math.SQRT2);
  }
  all.unshift(approximation);
  const sum = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0);
  const energies = all.map((one) => sum(one.map((value) => value * value)));
  const entropy = (one: readonly number[], energy: number): number =>
    -sum(one.map((value) => ((value * value) / (energy + 1e-7)) * Math.log((value * value) / (energy + 1e-7) + 1e-7)));
  return [
    energies.map((energy) => energy / (sum(energies) + 1e-7)),
    all.map((one) => sum(one.map(Math.abs)) / size),
    all.map((one) => Math.sqrt(sum(one.map((value) => (value - sum(one) / size) ** 2)) / size)),
    all.map((one, k) => entropy(one, energies[k]!)),
  ];
}

function expectClose(actual: Features, expected: Features, what = ''): void {
  expect(actual.map((row) => row.length)).to.deep.equal(expected.map((row) => row.length));
  actual.forEach((row, i) =>
    row.forEach((value, k) => expect(value, `${what} ${i} ${k}`).to.be.closeTo(expected[i]![k]!, 1e-9 * Math.max(1, Math.abs(expected[i]![k]!)))),
  );
}

describe('wavelet()', () => {
  // What calculate_wavelet_features() of nfstream 6.6.0 gives with PyWavelets 1.9.
  // prettier-ignore
  const known: readonly (readonly [series: number[], levels: number, expected: Features])[] = [
    [[5, 0, 0, 3], 2, [[0.5470085465410184, 0.290598290349916, 0.1623931622543648], [4, 2.5, 1.7677669529663689], [0, 2.915475947422651, 2.179449471770337], [1.3862939605163858, 0.9168648568706543, 0.8535833799125859]]],
    [[1, 2, 3, 4, 5, 6, 7, 8], 3, [[0.8733153638225528, 0.06469002694981872, 0.04312668463321248, 0.018867924527030455], [12.727922061357859, 2.82842712474619, 2.5, 1.2374368670764582], [0, 3.464101615137755, 2.8284271247461903, 1.8708286933869707], [2.0794407415968656, 1.5607098084576032, 1.536649096650211, 0.6200081312474277]]],
    [[0, 0], 1, [[0, 0], [0, 0], [0, 0], [0, 0]]],
    [[100, 0, 0, 0, 0, 0, 0, 40, 1500, 0, 0, 0, 0, 0, 0, 7], 4, [[0.23445508561264014, 0.1754897321442061, 0.20172258141746754, 0.19810109815645588, 0.19023150266922165], [411.75, 356.1875, 286.99696481409, 202.9375, 141.4213562373095], [0, 356.22929764408775, 381.92759457782057, 378.4837347892245, 370.8898926905397], [2.772587122240996, 2.7721233355024926, 2.1064708135709322, 1.415790519954813, 0.7232672012288479]]],
  ];
  for (const [series, levels, expected] of known) {
    it(`has nfstream's features of ${series.join()}`, () => expectClose(features(series, levels), expected));
  }

  it('has those of the transform as it is defined, of many series', () => {
    let state = 7;
    const random = (below: number): number => (state = (state * 48_271) % 0x7fffffff) % below;
    for (let round = 0; round < 200; round++) {
      const levels = 1 + random(7);
      const fill = 1 + random(4);
      const series = Array.from({ length: 2 ** levels }, () => (random(fill) === 0 ? random(1500) : 0));
      expectClose(features(series, levels), slowly(series, levels), `${levels}: ${series.join()}`);
    }
  });

  const back = { src: ends.dst, dst: ends.src, srcPort: ends.dstPort, dstPort: ends.srcPort };
  const ip = (size: number): Uint8Array => new Uint8Array(size - 28);
  // Packets a second apart, four bins of two seconds: the first packet is where time begins, and what comes behind the bins is passed over.
  const packets = inTurn(
    [
      datagram(ip(900)),
      datagram(ip(100)),
      datagram(ip(50), back),
      datagram(ip(30)),
      datagram(ip(70)),
      datagram(ip(28), back),
      datagram(ip(60)),
      datagram(ip(40)),
      datagram(ip(1000)),
      datagram(ip(1000), back),
    ],
    1000,
  );

  it('puts the IP bytes of each direction into bins', async () => {
    const [flow] = await kept([wavelet({ levels: 2, seconds: 8 })], packets);
    const told = (way: string): number[][] => ['p', 'u', 'sigma', 'S'].map((feature) => [0, 1, 2].map((k) => flow!.udps[`${way}_${feature}_k_${k}`]));
    expect(Object.keys(flow!.udps as object)).to.have.length(24);
    expectClose(told('f'), slowly([100, 30, 70, 100], 2));
    expectClose(told('b'), slowly([0, 50, 28, 0], 2));
  });

  it('tells zeros of a flow of one packet', async () => {
    const [flow] = await kept([wavelet({ levels: 1 })], packets.slice(0, 1));
    expect([...new Set(Object.values(flow!.udps as object))]).to.deep.equal([0]);
  });

  it('begins anew with each piece of a flow', async () => {
    const flows = await kept([wavelet({ levels: 1, seconds: 4 })], packets.slice(0, 4), { activeTimeout: 2 });
    expectClose(
      flows.map(({ udps }) => [udps.f_u_k_0, udps.b_u_k_0]),
      [
        [100 / Math.SQRT2, 0],
        [0, 30 / Math.SQRT2],
      ],
    );
  });

  const wrong: readonly (readonly [given: unknown, message: RegExp])[] = [
    [{}, /an integer from 1 to 16 for levels of wavelet\(\) but received undefined/],
    [{ levels: 17 }, /an integer from 1 to 16 for levels of wavelet\(\) but received 17/],
    [{ levels: 2, seconds: -1 }, /for seconds of wavelet\(\) but received -1/],
    [{ level: 2 }, /no option level of wavelet\(\); did you mean levels\?/],
  ];
  for (const [given, message] of wrong) it(`refuses ${JSON.stringify(given)}`, () => expect(() => wavelet(given as WaveletOptions)).to.throw(message));
});
