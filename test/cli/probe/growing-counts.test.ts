import { expect } from 'chai';
import { GrowingCounts } from '../../../lib/cli/probe/growing-counts.js';

describe('counts that only grow', () => {
  type Step = [counts: Record<string, number>, told: Record<string, number>];
  const cases: Record<string, Step[]> = {
    'are those that come, while there is room for every name': [
      [{ DNS: 5 }, { DNS: 5 }],
      [
        { DNS: 6, TLS: 2 },
        { DNS: 6, TLS: 2 },
      ],
      [
        { DNS: 6, TLS: 9 },
        { DNS: 6, TLS: 9 },
      ],
      [{}, { DNS: 6, TLS: 9 }],
    ],
    'keep the place of a name, whatever becomes commoner': [
      [
        { A: 5, B: 4, C: 3 },
        { A: 5, B: 4, other: 3 },
      ],
      [
        { C: 30, A: 5, B: 4, other: 1 },
        { A: 5, B: 4, other: 31 },
      ],
    ],
    'leave to other what was told of a name there': [
      [
        { A: 5, other: 3 },
        { A: 5, other: 3 },
      ],
      [
        { A: 5, B: 4 },
        { A: 5, B: 1, other: 3 },
      ],
      [
        { A: 5, B: 6, other: 1 },
        { A: 5, B: 3, other: 4 },
      ],
    ],
    'leave to other what came while a name was not among the commonest': [
      [
        { A: 5, B: 4 },
        { A: 5, B: 4 },
      ],
      [
        { A: 9, other: 10 },
        { A: 9, B: 4, other: 6 },
      ],
      [
        { A: 9, B: 12 },
        { A: 9, B: 4, other: 8 },
      ],
      [
        { A: 9, B: 13 },
        { A: 9, B: 5, other: 8 },
      ],
    ],
  };
  for (const [what, steps] of Object.entries(cases)) {
    it(what, () => {
      const growing = new GrowingCounts(2);
      for (const [counts, told] of steps) expect(Object.fromEntries(growing.update(counts))).to.deep.equal(told);
    });
  }

  it('add up and never fall, whatever comes', () => {
    const growing = new GrowingCounts(10);
    const exact = new Map<string, number>();
    let before = new Map<string, number>();
    for (let step = 0; step < 500; step++) {
      for (let i = 0; i < 5; i++) {
        const name = `app ${Math.floor(40 * Math.random() ** 2)}`;
        exact.set(name, (exact.get(name) ?? 0) + 1 + Math.floor(3 * Math.random()));
      }
      const sorted = [...exact].sort(([, a], [, b]) => b - a);
      const others = sorted.slice(10).reduce((sum, [, count]) => sum + count, 0);
      const told = new Map(growing.update({ ...Object.fromEntries(sorted.slice(0, 10)), ...(others > 0 && { other: others }) }));
      for (const [name, value] of before) expect(told.get(name), `${name} at step ${step}`).to.be.least(value);
      const sum = (values: Iterable<number>): number => [...values].reduce((total, value) => total + value, 0);
      expect(sum(told.values())).to.equal(sum(exact.values()));
      expect(told.size).to.be.most(11);
      before = told;
    }
  });
});
