import { expect } from 'chai';
import { gatheredInto, sparkline } from '../../../lib/cli/terminal/sparkline.js';

describe('bars of one cell', () => {
  for (const [values, most, bars] of [
    [[], undefined, ''],
    [[0, 0], undefined, '  '],
    [[0, 1, 4, 8], undefined, ' ▂▅█'],
    [[1, 1000], undefined, '▁█'],
    [[5, 10], 40, '▂▃'],
    [[50], 40, '█'],
  ] as const)
    it(`of ${values.join() || 'nothing'} are "${bars}"`, () => {
      expect(sparkline(values, most)).to.equal(bars);
    });

  for (const [values, places, some] of [
    [[], 3, []],
    [[1, 2, 3], 3, [1, 2, 3]],
    [[1, 2, 3], 2, [3, 3]],
    [[1, 2, 3, 4, 5], 2, [6, 9]],
    [[1, 2], 0, [3]],
  ] as const)
    it(`have ${places} places for ${values.join() || 'nothing'}`, () => {
      expect(gatheredInto(values, places)).to.deep.equal(some);
    });
});
