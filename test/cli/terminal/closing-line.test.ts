import { expect } from 'chai';
import { closingLine, type RunFacts } from '../../../lib/cli/terminal/closing-line.js';

const plain: RunFacts = {
  files: 1,
  packets: 1000,
  ignored: {},
  filtered: 0,
  latePackets: 0,
  largestStepBackMs: 0,
  firstLatePacket: 0,
  flows: 20,
  discardedFlows: 0,
  seconds: 0.5,
};

describe('the summary', () => {
  const cases: [what: string, facts: RunFacts, expected: string][] = [
    ['a clean run', plain, '1,000 packets, 20 flows in 0.50 s (2,000 packets/s)'],
    ['one of each', { ...plain, packets: 1, flows: 1 }, '1 packet, 1 flow in 0.50 s (2 packets/s)'],
    ['nothing at all', { ...plain, packets: 0, flows: 0, seconds: 0 }, '0 packets, 0 flows in 0.00 s (0 packets/s)'],
    [
      'ignored packets, the most frequent reason first',
      { ...plain, packets: 990, ignored: { fragment: 3, not_ip: 7, truncated: 0 } },
      '1,000 packets (10 ignored: 7 not ip, 3 fragment), 20 flows in 0.50 s (2,000 packets/s)',
    ],
    ['filtered packets', { ...plain, filtered: 500 }, '1,000 packets, 500 filtered out, 20 flows in 0.50 s (3,000 packets/s)'],
    [
      'packets that were dropped',
      { ...plain, dropped: { kernel: 2, 'no credit': 30, interface: 0 } },
      '1,000 packets, 32 dropped (30 no credit, 2 kernel), 20 flows in 0.50 s (2,000 packets/s)',
    ],
    ['no packet that was dropped', { ...plain, dropped: { kernel: 0, 'no credit': 0, interface: 0 } }, '1,000 packets, 20 flows in 0.50 s (2,000 packets/s)'],
    [
      'late packets',
      { ...plain, latePackets: 3, largestStepBackMs: 1500, firstLatePacket: 77 },
      '1,000 packets, 3 late (by up to 1.50 s, the first is packet 77), 20 flows in 0.50 s (2,000 packets/s)',
    ],
    ['many captures', { ...plain, files: 10_000 }, '10,000 captures: 1,000 packets, 20 flows in 0.50 s (2,000 packets/s)'],
    ['flows that were discarded', { ...plain, discardedFlows: 1234 }, '1,000 packets, 20 flows (1,234 open ones discarded) in 0.50 s (2,000 packets/s)'],
    ['flows that a condition has kept', { ...plain, kept: 3 }, '1,000 packets, 20 flows (3 kept by --where) in 0.50 s (2,000 packets/s)'],
    ['a long run', { ...plain, packets: 12_000_000, seconds: 61.4 }, '12,000,000 packets, 20 flows in 61 s (195,440 packets/s)'],
  ];
  for (const [what, facts, expected] of cases) {
    it(`tells ${what}`, () => {
      expect(closingLine(facts)).to.equal(expected);
    });
  }
});
