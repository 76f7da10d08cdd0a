import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { fileURLToPath } from 'node:url';
import { DuckDBInstance } from '@duckdb/node-api';
import * as arrow from 'apache-arrow';
import { expect } from 'chai';
import { aggregate } from '../../lib/aggregate/aggregate.js';
import { FlowBatch } from '../../lib/flows/flow-batch.js';
import { captureFile } from '../../lib/capture/index.js';
import { FlowError } from '../../lib/errors.js';
import { toFile, type FileOptions } from '../../lib/files/to-file.js';
import { fromArrow, fromCsv, fromFile, fromJson } from '../../lib/read/readers.js';
import { streamOf } from '../samples.js';
import { readAll } from './read-all.js';

const formats = ['csv', 'json', 'jsonl', 'arrow', 'arrows', 'parquet'] as const;

/** What no float, or no 32 bits, can hold. */
const wide = [2n ** 53n + 1n, -(2n ** 63n), 2n ** 63n - 1n, -(2n ** 53n) - 1n, 1_700_000_000_000n, 2n ** 31n, -(2n ** 31n) - 1n, 0n, -1n];
const lists = wide.map((value, row) => (row === 4 ? null : [value, BigInt(row)]));

const added = FlowBatch.from(wide.map((_, id) => ({ id })))
  .withColumn('wide', 'int', wide, { bigint: true })
  .withColumn('lists', 'list', lists, { size: 2, bigint: true })
  .withColumn('plain', 'list', lists);

/** Flows with a column id alone. */
function flowsOf(count: number): FlowBatch {
  return FlowBatch.from([{ id: 0 }]).slice(0, count);
}

/** The integers of a column as it holds them. */
function integersOf(batch: FlowBatch, name: string): (bigint | bigint[] | null)[] {
  const column = batch.column(name);
  return Array.from({ length: batch.length }, (_, row) => {
    if (column.valid?.[row] === 0) return null;
    if (column.type === 'int') return column.values[row]!;
    if (column.type !== 'list') throw new Error(`${name} is ${column.type}`);
    return Array.from<number | bigint, bigint>(column.items.subarray(row * column.size, (row + 1) * column.size), BigInt);
  });
}

describe('integers of 64 bits in files', () => {
  const folder = mkdtempSync(join(tmpdir(), 'nfstream-wide-'));
  const path = (name: string): string => join(folder, name);
  const write = (name: string, options?: FileOptions): Promise<void> => pipeline(streamOf([added.slice(0, 4), added.slice(4)]), toFile(path(name), options));
  after(() => rmSync(folder, { recursive: true }));

  const ways: [name: string, options: FileOptions][] = [
    ...formats.map((format): [string, FileOptions] => [`a.${format}`, {}]),
    ['text.json', { bigints: 'string' }],
    ['compact.arrow', { compact: true }],
  ];
  for (const [name, options] of ways) {
    it(`${name}: come back as they were, alone and in lists, with their types`, async () => {
      await write(name, options);
      const { batches, error } = await readAll(fromFile(path(name), name.includes('arrow') || name.includes('parquet') ? {} : { types: { wide: 'int' } }));
      const read = batches.find((batch) => batch.length > 0)!;
      expect([error, read.length]).to.deep.equal([null, wide.length]);
      expect(integersOf(read, 'wide')).to.deep.equal(wide);
      expect([integersOf(read, 'lists'), integersOf(read, 'plain')]).to.deep.equal([lists, lists]);
      expect(['lists', 'plain'].map((column) => read.schema.fields[read.schema.indexOf(column)]!.list)).to.deep.equal(
        Array(2).fill({ item: 'int64', size: 2 }),
      );
    });
  }

  it('have one type in every Arrow and Parquet, and their digits in text', async () => {
    for (const format of formats) await write(`b.${format}`);
    for (const name of ['b.arrow', 'b.arrows']) {
      const table = arrow.tableFromIPC(readFileSync(path(name)));
      expect(
        table.schema.fields.map((field) => String(field.type)),
        name,
      ).to.deep.equal(['Int64', 'Int64', 'FixedSizeList[2]<Int64>', 'FixedSizeList[2]<Int64>']);
      expect(Array.from(table.getChild('plain')!.get(1) as Iterable<bigint>)).to.deep.equal([-(2n ** 63n), 1n]);
    }
    const connection = await (await DuckDBInstance.create()).connect();
    const found = await connection.runAndReadAll(`SELECT typeof(wide), typeof(lists), CAST(lists AS VARCHAR) FROM '${path('b.parquet')}' WHERE id = 0`);
    connection.closeSync();
    expect(found.getRows()[0]).to.deep.equal(['BIGINT', 'BIGINT[]', '[9007199254740993, 0]']);
    expect(readFileSync(path('b.csv'), 'utf8').split('\n')[2]).to.equal('1,-9223372036854775808,"[-9223372036854775808, 1]","[-9223372036854775808, 1]"');
    expect(readFileSync(path('b.jsonl'), 'utf8').split('\n')[0]).to.equal(
      '{"id":0,"wide":9007199254740993,"lists":[9007199254740993,0],"plain":[9007199254740993,0]}',
    );
  });

  it('are strings in JSON where whole columns are asked for', async () => {
    await write('c.jsonl', { bigints: 'string' });
    expect(readFileSync(path('c.jsonl'), 'utf8').split('\n')[0]).to.equal(
      '{"id":0,"wide":"9007199254740993","lists":["9007199254740993","0"],"plain":[9007199254740993,0]}',
    );
  });

  it('name folders with all their digits', async () => {
    await pipeline(
      streamOf([
        FlowBatch.from([
          { id: 0, wide: 2n ** 53n },
          { id: 1, wide: 2n ** 53n + 1n },
        ]),
      ]),
      toFile(path('table'), { partitionBy: 'wide', format: 'csv' }),
    );
    expect(['9007199254740992', '9007199254740993'].map((value) => readFileSync(path(`table/wide=${value}/part-0.csv`), 'utf8'))).to.deep.equal([
      'id\n0\n',
      'id\n1\n',
    ]);
  });

  it('can be added behind an aggregator, whose first batch has no flows', async () => {
    const office = fileURLToPath(new URL('../../fixtures/office.pcap', import.meta.url));
    async function* stamped(batches: AsyncIterable<FlowBatch>): AsyncGenerator<FlowBatch> {
      for await (const batch of batches) {
        const seen = [...batch].map((flow) => [flow.bidirectionalFirstSeenMs, flow.bidirectionalLastSeenMs]);
        yield batch.select(['id']).withColumn('seen', 'list', seen, { size: 2 });
      }
    }
    await pipeline(captureFile(office), aggregate({ dissections: 0 }), stamped, toFile(path('seen.jsonl')));
    const first = JSON.parse(readFileSync(path('seen.jsonl'), 'utf8').split('\n')[0]!) as { seen: number[] };
    expect(first.seen[0]).to.be.above(2 ** 40);
  });

  it('are told to need the size of their lists where the first batch has none', async () => {
    const first = flowsOf(0).withColumn('t', 'list', []);
    const error = await pipeline(streamOf([first, flowsOf(1).withColumn('t', 'list', [[1]])]), toFile(path('size.csv'))).catch((thrown: unknown) => thrown);
    expect(error)
      .to.be.instanceOf(FlowError)
      .with.property('message')
      .that.matches(/t has lists of another length or type \(a batch without flows does not tell their length; give withColumn\(\) the size\)/);
  });

  describe('of others', () => {
    const ipc = (type: arrow.DataType, items: readonly (number | bigint)[]): Uint8Array => {
      const list = new arrow.FixedSizeList(1, new arrow.Field('item', type, false));
      const vector = arrow.vectorFromArray(
        items.map((item) => [item]),
        list,
      );
      return arrow.tableToIPC(new arrow.Table({ t: vector }), 'stream');
    };
    const narrow: [type: arrow.DataType, items: (number | bigint)[]][] = [
      [new arrow.Int8(), [-128, 127]],
      [new arrow.Uint8(), [0, 255]],
      [new arrow.Int16(), [-32768, 32767]],
      [new arrow.Uint16(), [0, 65535]],
      [new arrow.Int32(), [-(2 ** 31), 2 ** 31 - 1]],
      [new arrow.Uint32(), [0, 2 ** 32 - 1]],
      [new arrow.Int64(), [-(2n ** 63n), 2n ** 63n - 1n]],
      [new arrow.Uint64(), [0n, 2n ** 63n - 1n]],
    ];
    for (const [type, items] of narrow) {
      it(`Arrow's lists of ${(type as { toString(): string }).toString()} are 64 bits wide here`, async () => {
        const { batches, error } = await readAll(fromArrow(streamOf([ipc(type, items)] as never)));
        expect(error).to.equal(null);
        expect(integersOf(batches[1]!, 't')).to.deep.equal(items.map((item) => [BigInt(item)]));
        expect(batches[1]!.schema.fields[0]!.list!.item).to.equal('int64');
      });
    }

    const refused: [what: string, source: () => ReturnType<typeof fromJson>, message: RegExp][] = [
      [
        "Arrow's unsigned item over 2^63",
        () => fromArrow(streamOf([ipc(new arrow.Uint64(), [1n, 2n ** 63n])] as never)),
        /in row 1 .*t has 9223372036854775808 in a list, which does not fit 64 bits/,
      ],
      [
        "JSON's item over 2^63",
        () => fromJson(streamOf([Buffer.from('{"t":[1]}\n{"t":[9223372036854775808]}\n')] as never)),
        /in row 2 .*t is "\[9223372036854775808\]", which is not a list of 1 integers of type int64/,
      ],
      [
        "CSV's item over 2^63, behind those that tell the type",
        () => fromCsv(streamOf([Buffer.from(`t\n${'[1]\n'.repeat(1000)}[9223372036854775808]\n`)] as never)),
        /in row 1001 .*t is "\[9223372036854775808\]"/,
      ],
      [
        'an integer over 2^63 that is told to be one',
        () => fromCsv(streamOf([Buffer.from('t\n1\n9223372036854775808\n')] as never), { types: { t: 'int' } }),
        /in row 2 .*t is "9223372036854775808", which is not a whole number of 64 bits/,
      ],
    ];
    for (const [what, source, message] of refused) {
      it(`${what} is refused by column and row`, async () => {
        const { error } = await readAll(source());
        expect(error).to.be.instanceOf(FlowError).with.property('code', 'ERR_NFSTREAM_COLUMN');
        expect(error!.message).to.match(message);
      });
    }

    const types: [what: string, text: string, type: string][] = [
      ['a list that does not fit our own column of its name', 'splt_direction\n[300]\n', 'int64'],
      ['a list that does', 'splt_direction\n[1]\n', 'int8'],
      ['a list of what is too large', 't\n[9223372036854775808]\n', 'text'],
      ['an integer that no float holds, among fractions', 't\n0.5\n9007199254740993\n', 'text'],
      ['one that a float holds', 't\n0.5\n9007199254740992\n', 'float'],
    ];
    for (const [what, text, type] of types) {
      it(`CSV: ${what} is ${type}`, async () => {
        const { batches, error } = await readAll(fromCsv(streamOf([Buffer.from(text)] as never)));
        const [field] = batches.at(-1)!.schema.fields;
        expect([error, field!.list?.item ?? field!.type]).to.deep.equal([null, type]);
      });
    }

    it('JSON: an integer that no float holds, among fractions, keeps its digits', async () => {
      const { rows } = await readAll(fromJson(streamOf([Buffer.from('{"t":0.5}\n{"t":9007199254740993}\n')] as never)));
      expect(rows).to.deep.equal([{ t: '0.5' }, { t: '9007199254740993' }]);
    });
  });
});
