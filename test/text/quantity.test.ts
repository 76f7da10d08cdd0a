import { expect } from 'chai';
import { count, counted, shortBytes, shortCount, shortDuration } from '../../lib/text/quantity.js';

describe('quantities', () => {
  const cases: [made: string, expected: string][] = [
    [count(1234567), '1,234,567'],
    [counted(1, 'flow'), '1 flow'],
    [counted(0, 'flow'), '0 flows'],
    [shortCount(0), '0'],
    [shortCount(9_999_999), '9999999'],
    [shortCount(12_345_678), '12.3 M'],
    [shortBytes(0), '0 B'],
    [shortBytes(999), '999 B'],
    [shortBytes(1000), '1.0 kB'],
    [shortBytes(99_949), '99.9 kB'],
    [shortBytes(99_950), '100 kB'],
    [shortBytes(999_499), '999 kB'],
    [shortBytes(999_500), '1.0 MB'],
    [shortBytes(Number.MAX_SAFE_INTEGER), '9.0 PB'],
    [shortDuration(0), '0 ms'],
    [shortDuration(0.000001), '0.001 ms'],
    [shortDuration(0.012345), '0.013 ms'],
    [shortDuration(12.345), '12.3 ms'],
    [shortDuration(999), '999 ms'],
    [shortDuration(999.5), '1.00 s'],
    [shortDuration(1000), '1.00 s'],
    [shortDuration(9994), '9.99 s'],
    [shortDuration(9995), '10.0 s'],
    [shortDuration(59_949), '59.9 s'],
    [shortDuration(59_950), '1m 00s'],
    [shortDuration(3_599_499), '59m 59s'],
    [shortDuration(3_599_500), '1h 00m'],
    [shortDuration(86_399_000), '23h 59m'],
    [shortDuration(86_400_000), '1d 00h'],
    [shortDuration(400 * 86_400_000), '400d 00h'],
  ];
  for (const [made, expected] of cases) {
    it(`prints ${expected}`, () => {
      expect(made).to.equal(expected);
    });
  }
});
