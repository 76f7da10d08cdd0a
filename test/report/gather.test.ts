import { expect } from 'chai';
import { Cube, sums } from '../../lib/report/gather/cube.js';
import { classOf, edges } from '../../lib/report/gather/scale.js';
import { longestText, Texts } from '../../lib/text/texts.js';
import { otherSeries, Timeline } from '../../lib/report/gather/timeline.js';
import { nastyNames } from '../samples.js';

/** The same numbers every time, 0 to below `end`. */
function numbers(seed: number): (end: number) => number {
  let state = seed;
  return (end) => {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0;
    return Math.floor((state / 2 ** 32) * end);
  };
}

describe('texts of a report', () => {
  it('have one number each, and come back', () => {
    const texts = new Texts();
    const names = [...nastyNames.filter((name) => name.length <= 300), ...Array.from({ length: 5000 }, (_, n) => `host-${n}.example.com`)];
    const codes = names.map((name) => texts.addString(name));
    expect(codes.map((code) => texts.text(code))).to.deep.equal(names);
    expect(names.map((name) => texts.addString(name))).to.deep.equal(codes);
    expect(new Set(codes).size).to.equal(names.length);
    expect(texts.addString('')).to.equal(0);
  });

  it('are cut where they are long, between two characters', () => {
    const texts = new Texts();
    for (const [long, character] of [
      ['x'.repeat(10_000), 'x'],
      ['ü'.repeat(10_000), 'ü'],
      [`a${'😀'.repeat(10_000)}`, '😀'],
    ] as const) {
      const text = texts.text(texts.addString(long));
      expect(Buffer.byteLength(text)).to.be.within(longestText - 4, longestText);
      expect(text)
        .to.match(new RegExp(`${character}…$`, 'u'))
        .and.not.include('\ufffd');
    }
  });

  it('move to others as they are', () => {
    const [texts, others] = [new Texts(), new Texts()];
    others.addString('before');
    for (const name of nastyNames) {
      const code = texts.addString(name);
      if (code > 0) expect(others.text(others.copy(texts, code))).to.equal(texts.text(code));
    }
  });

  it('come apart at semicolons', () => {
    const texts = new Texts();
    const parts = texts.partsOf(texts.addString('Known Proto on Non Std Port;TLS Old;;TLS Old'));
    expect(parts.map((part) => texts.text(part))).to.deep.equal(['Known Proto on Non Std Port', 'TLS Old']);
  });
});

describe('sums of a report', () => {
  const told = (cube: Cube): [string, number[]][] =>
    cube
      .heaviest(cube.size)
      .map((at) => [
        [...cube.keys.subarray(at * cube.width, (at + 1) * cube.width)].join(),
        [...cube.totals.subarray(at * sums, (at + 1) * sums), cube.least[at]!],
      ]);

  for (const width of [1, 2, 3]) {
    it(`are those of a plain loop, by ${width} numbers`, () => {
      const next = numbers(width);
      const cube = new Cube(width, 1 << 20);
      const plain = new Map<string, number[]>();
      for (let n = 0; n < 20_000; n++) {
        const key = Array.from({ length: width }, () => next(width === 1 ? 3000 : 40) - 1);
        const [amount, packets, least] = [next(1000), next(10), next(300)];
        cube.add(key[0]!, key[1] ?? 0, key[2] ?? 0, amount, packets, 1, least);
        const sum = plain.get(key.join()) ?? [0, 0, 0, Infinity];
        plain.set(key.join(), [sum[0]! + amount, sum[1]! + packets, sum[2]! + 1, Math.min(sum[3]!, least)]);
      }
      expect(cube.missing).to.equal(0);
      expect(new Map(told(cube))).to.deep.equal(plain);
      const amounts = told(cube).map(([, [amount]]) => amount!);
      expect(amounts).to.deep.equal([...amounts].sort((one, other) => other - one));
    });
  }

  it('are lower bounds in bounded memory when there are too many, and say by how much', () => {
    const next = numbers(7);
    const cube = new Cube(1, 64);
    const plain = new Map<number, number>();
    for (let n = 0; n < 20_000; n++) {
      // A few names have most of the bytes.
      const key = next(4) > 0 ? next(10) : 10 + next(5000);
      const amount = key < 10 ? 1000 + next(1000) : next(50);
      cube.add(key, 0, 0, amount, 1);
      plain.set(key, (plain.get(key) ?? 0) + amount);
      expect(cube.size).to.be.at.most(64);
    }
    expect(cube.missing).to.be.above(0);
    for (const [key, [amount]] of told(cube)) expect(plain.get(Number(key))! - amount!, key).to.be.within(0, cube.missing);
    const largest = [...plain].sort(([, one], [, other]) => other - one).slice(0, 10);
    expect(
      told(cube)
        .slice(0, 10)
        .map(([key]) => Number(key)),
    ).to.have.members(largest.map(([key]) => key));
  });

  it('keep as many as they are told to where all are equal', () => {
    const cube = new Cube(1, 100);
    for (let key = 0; key < 90; key++) cube.add(key, 0, 0, 5, 1);
    cube.shrink(30);
    expect([cube.size, cube.missing]).to.deep.equal([30, 5]);
    cube.add(29, 0, 0, 1, 1);
    expect(told(cube)[0]).to.deep.equal(['29', [6, 2, 2, Infinity]]);
  });

  it('follow texts that get other numbers', () => {
    const cube = new Cube(2, 100);
    for (let key = 0; key < 50; key++) cube.add(key, key, 0, key, 1);
    cube.renumber([true, false], (code) => code + 1000);
    for (let key = 0; key < 50; key++) cube.add(key + 1000, key, 0, 1, 0);
    expect(cube.size).to.equal(50);
    expect(told(cube)[0]).to.deep.equal(['1049,49', [50, 1, 2, Infinity]]);
  });
});

describe('the time line of a report', () => {
  const start = Date.UTC(2024, 0, 31);
  const spreads: readonly (readonly [what: string, flows: number, spanMs: number, longestMs: number])[] = [
    ['milliseconds', 300, 80, 30],
    ['seconds', 1000, 50_000, 5000],
    ['hours', 1000, 40_000_000, 1_800_000],
    ['months', 500, 9e9, 86_400_000],
  ];
  for (const [what, count, spanMs, longestMs] of spreads) {
    it(`spreads flows as a plain loop does, over ${what}`, () => {
      const next = numbers(spanMs);
      const timeline = new Timeline();
      const flows = Array.from({ length: count }, () => {
        const first = start + next(spanMs);
        return { series: next(3) + 1, first, last: first + (next(3) === 0 ? 0 : next(longestMs)), bytes: next(100_000), packets: next(100) + 1 };
      });
      for (const { series, first, last, bytes, packets } of flows) timeline.add(series, first, last, bytes, packets);
      const { widthMs: width } = timeline;
      expect(timeline.last - timeline.first).to.be.below(400);
      for (const series of [1, 2, 3]) {
        const plain = [0, 1, 2].map(() => new Array<number>(timeline.last - timeline.first + 1).fill(0));
        for (const flow of flows.filter((one) => one.series === series)) {
          plain[2]![Math.floor(flow.first / width) - timeline.first]! += 1;
          for (let bin = timeline.first; bin <= timeline.last; bin++) {
            const [from, to] = [bin * width, (bin + 1) * width];
            const overlap = Math.min(flow.last, to) - Math.max(flow.first, from);
            const share = flow.first === flow.last ? Number(flow.first >= from && flow.first < to) : Math.max(0, overlap) / (flow.last - flow.first);
            plain[0]![bin - timeline.first]! += share * flow.bytes;
            plain[1]![bin - timeline.first]! += share * flow.packets;
          }
        }
        for (const sum of [0, 1, 2])
          timeline.told(series, sum).forEach((value, bin) => expect(value).to.be.closeTo(plain[sum]![bin]!, 1e-3, `${series} ${sum} ${bin}`));
      }
    });
  }

  it('takes flows that are far apart, in any order, and loses nothing', () => {
    const timeline = new Timeline();
    const times = [start, 1, start + 5, 9e15, 2, start - 1e9];
    times.forEach((first, n) => timeline.add(1, first, first + n * 1e7, 100, 10));
    expect(timeline.last - timeline.first).to.be.below(400);
    for (const [sum, value] of [
      [0, 600],
      [1, 60],
      [2, 6],
    ] as const)
      expect(timeline.told(1, sum).reduce((all, one) => all + one, 0)).to.be.closeTo(value, 1e-6);
  });

  it('puts what comes when there are many series into one of its own', () => {
    const timeline = new Timeline();
    for (let series = 0; series < 2000; series++) timeline.add(series, start, start, 1, 1);
    const kept = [...timeline.series.keys()].filter((series) => series !== otherSeries);
    expect(kept.length + timeline.told(otherSeries, 2)[0]!).to.equal(2000);
    expect(timeline.series.size).to.be.below(600);
  });
});

describe('the scale of a distribution', () => {
  it('has each value between two edges', () => {
    for (const value of [0, 0.99, 1, 1.99, 2, 5, 9.99, 10, 999_999, 1e6, 1.5e12, 1e30]) {
      const at = classOf(value);
      if (at > 0) expect(value).to.be.at.least(edges[at - 1]!);
      if (at < edges.length) expect(value).to.be.below(edges[at]!);
    }
    for (const [at, edge] of edges.entries()) expect(classOf(edge)).to.equal(at + 1);
  });
});
