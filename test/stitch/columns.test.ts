import { expect } from 'chai';
import { buildColumn, exactAt, intColumn, listColumn, type IntColumn, type ListColumn, type TextColumn } from '../../lib/flows/columns.js';
import { listsTogether, prefixes } from '../../lib/stitch/lists.js';
import { deviations, wideSums, type Wide } from '../../lib/stitch/moments.js';
import { copyRows, Picks } from '../../lib/stitch/picks.js';
import { TextsBuilder } from '../../lib/stitch/texts.js';
import { random } from './cut-runs.js';

const ints = (values: readonly bigint[]): IntColumn => intColumn(BigInt64Array.from(values), null, true);
const texts = (values: readonly (string | null)[]): TextColumn => buildColumn({ name: 'text', type: 'text' }, values) as TextColumn;
const wide = (values: readonly bigint[]): Wide => ({ low: ints(values), high: ints(values.map((value) => value >> 64n)) });
const valuesOf = ({ low, high }: Wide): bigint[] => [...low.values].map((value, row) => (high.values[row]! << 64n) | BigInt.asUintN(64, value));
const cellsOf = (column: Parameters<typeof exactAt>[0], rows: number): unknown[] => Array.from({ length: rows }, (_, row) => exactAt(column, row));

describe('Columns of stitching', () => {
  // Below 2^53 numbers do; above, and across the borders of 63 and 64 bits, they don't.
  const large = [0n, 1n, 7n, 2n ** 31n, 2n ** 32n - 1n, 2n ** 53n - 1n, 2n ** 53n, 2n ** 63n - 1n, 2n ** 63n, 2n ** 64n - 1n, 2n ** 64n, 2n ** 100n + 3n];
  const pairs = large.flatMap((one) => large.map((other) => [one, other] as const));

  it('adds integers of 128 bits', () => {
    const sum = wideSums(wide(pairs.map(([one]) => one)), wide(pairs.map(([, other]) => other)), null);
    expect(valuesOf(sum)).to.deep.equal(pairs.map(([one, other]) => one + other));
  });

  it('adds squares of integers of 63 bits', () => {
    const roots = large.filter((root) => root < 2n ** 63n);
    const sum = wideSums(wide(roots), null, BigInt64Array.from(roots));
    expect(valuesOf(sum)).to.deep.equal(roots.map((root) => root + root * root));
  });

  it('makes deviations that are rounded once of sums of any size, and 0 of sums that are none', () => {
    const next = random(5);
    const cases = Array.from({ length: 300 }, (_, row) => {
      const most = 10 ** (row % 17);
      const list = Array.from({ length: row % 7 }, () => BigInt(Math.floor(next() * most)));
      return { count: BigInt(list.length), sum: list.reduce((a, b) => a + b, 0n), squares: list.reduce((a, b) => a + b * b, 0n) };
    });
    cases.push({ count: 2n, sum: 10n, squares: 3n }, { count: 2n, sum: 2n ** 40n, squares: 1n }, { count: -3n, sum: 1n, squares: 1n });
    const of = (name: 'count' | 'sum' | 'squares'): bigint[] => cases.map((one) => one[name]);
    const { values } = deviations(wide(of('squares')), BigInt64Array.from(of('sum')), BigInt64Array.from(of('count')));
    const expected = cases.map(({ count, sum, squares }) => {
      const spread = count * squares - sum * sum;
      return count < 2n || spread < 0n ? 0 : Math.sqrt(Number(spread) / Number(count * (count - 1n)));
    });
    expect([...values]).to.deep.equal(expected);
  });

  const columns = {
    int: ints([5n, 2n ** 62n, -1n, 0n]),
    float: { type: 'float', values: Float64Array.of(0.5, 1, 2, 3), valid: Uint8Array.of(1, 0, 1, 1) } as const,
    text: texts(['', null, 'ä', 'x'.repeat(100)]),
    list: listColumn(Int8Array.of(1, -1, 2, 3, 4, 5, -1, -1), 2, null),
  };
  for (const [type, column] of Object.entries(columns))
    it(`picks rows of columns of type ${type}, in runs and one by one, of one source and of several`, () => {
      const many = Array.from({ length: 40 }, (_, index) => [index % 2, (3 * index) % 4, index % 5 === 0 && (3 * index) % 4 < 3 ? 2 : 1] as const);
      for (const order of [
        [[0, 1, 3]],
        [
          [0, 3, 1],
          [0, 0, 2],
        ],
        [
          [1, 2, 2],
          [0, 0, 4],
          [1, 0, 1],
        ],
        many,
      ] as const) {
        const picks = new Picks();
        for (const [source, row, count] of order) picks.add(source, row, count);
        const sources = order.some(([source]) => source === 1) ? [column, column] : [column];
        const expected = order.flatMap(([, row, count]) => cellsOf(column, 4).slice(row, row + count));
        expect(cellsOf(copyRows(sources, picks), picks.length)).to.deep.equal(expected);
      }
    });

  it('puts lists behind each other, as long as they are', () => {
    const lists: [before: number[], next: number[], together: number[]][] = [
      [
        [1, 2, -1, -1],
        [5, 6, 7, -1],
        [1, 2, 9, 6],
      ],
      [
        [1, 2, 3, 4],
        [5, -1, -1, -1],
        [1, 2, 3, 4],
      ],
      [
        [-1, -1, -1, -1],
        [5, 6, -1, -1],
        [9, 6, -1, -1],
      ],
      [
        [1, -1, -1, -1],
        [-1, -1, -1, -1],
        [1, 9, -1, -1],
      ],
    ];
    for (const [narrow, items] of [
      [true, Int32Array],
      [false, BigInt64Array],
    ] as const) {
      const column = (which: 0 | 1): ListColumn => {
        const all = lists.flatMap((one) => one[which]);
        return listColumn(items === Int32Array ? Int32Array.from(all) : BigInt64Array.from(all, BigInt), 4, null);
      };
      const joined = listsTogether(column(0), column(1), new BigInt64Array(4).fill(9n), narrow);
      expect(Array.from(joined.items as Int32Array, Number)).to.deep.equal(lists.flatMap(([, , together]) => together));
    }
    const far = listsTogether(listColumn(Int32Array.of(0, -1), 2, null), listColumn(Int32Array.of(0, -1), 2, null), BigInt64Array.of(2n ** 40n), true);
    expect([...(far.items as Int32Array)]).to.deep.equal([0, 2 ** 31 - 1]);
  });

  it('cuts texts at a number of bytes, and no character', () => {
    const joined = prefixes(texts(['abcd', 'ab', '', 'aä', 'äää', null]), texts(['xy', 'xyz', 'xyzab', 'ä', 'x', 'ä']), 4);
    expect(cellsOf(joined, 6)).to.deep.equal(['abcd', 'abxy', 'xyza', 'aä', 'ää', 'ä']);
  });

  it('builds columns of texts that are mostly the same', () => {
    const words = ['', 'ä', 'b'.repeat(70)].map((word) => Buffer.from(word));
    const order = [0, 1, 1, 2, 0, 2, 1];
    const builder = new TextsBuilder(order.length * 3);
    for (const word of order) builder.add(words[word]!, 3);
    expect(cellsOf(builder.column(), order.length * 3)).to.deep.equal(order.flatMap((word) => Array(3).fill(words[word]!.toString())));
  });
});
