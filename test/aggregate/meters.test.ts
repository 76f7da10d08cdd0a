import { expect } from 'chai';
import { checkAggregateOptions } from '../../lib/aggregate/check-options.js';
import { metersOf } from '../../lib/aggregate/metering.js';

describe('how many meters there are', () => {
  const cases: [options: object, hooks: boolean, cores: number, meters: number][] = [
    // Labels are one nDPI's, unless more is asked for.
    [{}, false, 16, 1],
    [{ meters: 'auto' }, false, 16, 16],
    [{ meters: 'auto' }, false, 100, 64],
    [{ meters: 3 }, false, 2, 3],
    // Without labels there is one answer whatever shares the flows.
    [{ dissections: 0 }, false, 1, 1],
    [{ dissections: 0 }, false, 2, 1],
    [{ dissections: 0 }, false, 3, 1],
    [{ dissections: 0 }, false, 4, 2],
    [{ dissections: 0 }, false, 8, 4],
    [{ dissections: 0 }, false, 64, 4],
    [{ dissections: 0, meters: 1 }, false, 64, 1],
    [{ dissections: 0, meters: 'auto' }, false, 8, 8],
    [{ dissections: 0, maxFlows: 10 }, false, 8, 1],
    // Hooks of packets see them in one order.
    [{ dissections: 0 }, true, 8, 1],
    [{ meters: 'auto' }, true, 8, 1],
  ];
  for (const [options, hooks, cores, meters] of cases) {
    it(`${JSON.stringify(options)}${hooks ? ' with hooks of packets' : ''} on ${cores} cores: ${meters}`, () => {
      expect(metersOf(checkAggregateOptions(options).checked, hooks, cores)).to.equal(meters);
    });
  }
});
