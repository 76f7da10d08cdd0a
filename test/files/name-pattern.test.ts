import { expect } from 'chai';
import { FlowError } from '../../lib/errors.js';
import { NamePattern } from '../../lib/files/name-pattern.js';

const leapDay = Date.UTC(2024, 1, 29, 3, 4, 5, 678);

describe('names by a pattern', () => {
  const names: [pattern: string, ms: number, number: number, name: string][] = [
    ['flows.csv', leapDay, 7, 'flows.csv'],
    ['flows-%Y%m%d-%H%M%S-{n}.csv', leapDay, 7, 'flows-20240229-030405-7.csv'],
    ['%j of %Y, %s', leapDay, 0, '060 of 2024, 1709175845'],
    ['%Y-%j', Date.UTC(2023, 11, 31, 23, 59, 59, 999), 0, '2023-365'],
    ['%Y%m%d %s', -1, 0, '19691231 -1'],
    ['{n:4}-{n}-{n:1}', 0, 12, '0012-12-12'],
    ['{n:2}', 0, 12345, '12345'],
    ['100%%-%%Y', 0, 0, '100%-%Y'],
    ['%{n}-{n}-%{name}-%%{n}', 0, 5, '{n}-5-{name}-%5'],
    ['%Y/%m/ümläut-{n}', leapDay, 0, '2024/02/ümläut-0'],
    ['}{n}{', 0, 3, '}3{'],
    ['{x}-{n}-{nn}-{', 0, 3, '{x}-3-{nn}-{'],
    // Times come from captures: a Date of these does not exist.
    ['%Y', 9e18, 0, '275760'],
    ['%Y%H', -9e18, 0, '-27182100'],
  ];
  for (const [pattern, ms, number, name] of names) {
    it(`${pattern} is ${name}`, () => {
      expect(new NamePattern(pattern).name(ms, number)).to.equal(name);
    });
  }

  for (const pattern of ['%y', 'a%', '%', '{n }', '{name}', '{file}', '{n:}', '{n:999}', '% d', '%\u{1f600}']) {
    it(`refuses ${pattern}`, () => {
      expect(() => new NamePattern(pattern))
        .to.throw(FlowError, /placeholders/)
        .with.property('code', 'ERR_NFSTREAM_OPTION_RANGE');
    });
  }

  const parts: [pattern: string, hasTime: boolean, hasNumber: boolean, hasFolders: boolean][] = [
    ['f.csv', false, false, false],
    ['%%Y.csv', false, false, false],
    ['%{n}.csv', false, false, false],
    ['%%{n}.csv', false, true, false],
    ['%Y.csv', true, false, false],
    ['a/f-{n:3}.csv', false, true, false],
    ['%Y/f-{n}.csv', true, true, true],
  ];
  for (const [pattern, hasTime, hasNumber, hasFolders] of parts) {
    it(`tells what is in ${pattern}`, () => {
      expect(new NamePattern(pattern)).to.include({ hasTime, hasNumber, hasFolders });
    });
  }
});
