import { expect } from 'chai';
import { HeavyHitters } from '../../../lib/cli/summary/heavy-hitters.js';

describe('the largest of many names', () => {
  it('are exact while all names fit', () => {
    const names = new HeavyHitters(100);
    for (let n = 0; n < 1000; n++) names.add(`n${n % 100}`, n % 100);
    expect(names.top(2, 'bytes')).to.deep.equal([
      ['n99', { bytes: 990, flows: 10 }],
      ['n98', { bytes: 980, flows: 10 }],
    ]);
    expect(names.top(3, 'flows').map(([name]) => name)).to.deep.equal(['n0', 'n1', 'n10']);
    expect(names.missing).to.equal(0);
  });

  it('are found among more names than fit, and say how much they may lack', () => {
    const names = new HeavyHitters(64);
    const exact = new Map<string, number>();
    for (let n = 0; n < 50_000; n++) {
      const [name, bytes] = n % 5 === 0 ? [`large${n % 3}`, 1000] : [`small${(n * 7919) % 20_011}`, 1 + (n % 7)];
      names.add(name, bytes);
      exact.set(name, (exact.get(name) ?? 0) + bytes);
    }
    expect(names.size).to.be.at.most(64);
    const top = names.top(3, 'bytes');
    expect(top.map(([name]) => name).sort()).to.deep.equal(['large0', 'large1', 'large2']);
    for (const [name, { bytes }] of top) expect(exact.get(name)! - bytes).to.be.within(0, names.missing);
    expect(names.missing).to.be.greaterThan(0);
  });
});
