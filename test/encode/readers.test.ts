import { DuckDBInstance, type DuckDBConnection } from '@duckdb/node-api';
import { tableFromIPC } from 'apache-arrow';
import { expect } from 'chai';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { pipeline } from 'node:stream/promises';
import polars from 'nodejs-polars';
import { FlowBatch } from '../../lib/flows/flow-batch.js';
import { toFile } from '../../lib/files/to-file.js';
import { fields } from '../../lib/schema/fields.js';
import { Streamer } from '../../lib/streamer.js';
import { cut, sampleRows, streamOf } from '../samples.js';

// DuckDB's CSV reader takes no NUL, which CSV has no way to escape.
const rows = sampleRows(10_000).filter((row) => !String(row['requested_server_name']).includes('\0'));
const batch = FlowBatch.from(rows);
const summed = ['id', 'bidirectional_bytes', 'src_port', 'ratio', 'count'];
const expected = summed.map((name) => rows.reduce((sum, row) => sum + ((row[name] as number | null) ?? 0), 0));
const names = rows.map((row) => row['requested_server_name']);

/** What polars reads of the files of a folder that it knows. */
function framesOf(folder: string, name: string): ReturnType<typeof polars.readIPC>[] {
  const bytes = (extension: string): Buffer => readFileSync(join(folder, `${name}.${extension}`));
  return [polars.readIPC(bytes('arrow')), polars.readIPCStream(bytes('arrows')), polars.readParquet(bytes('parquet'))];
}

describe('files read by other programs', () => {
  const folder = mkdtempSync(join(tmpdir(), 'nfstream-readers-'));
  let duckdb: DuckDBConnection;

  before(async () => {
    for (const name of ['f.csv', 'f.json', 'f.jsonl', 'f.arrow', 'f.arrows', 'f.parquet'])
      await pipeline(streamOf(cut(batch, [777])), toFile(join(folder, name)));
    duckdb = await (await DuckDBInstance.create(':memory:')).connect();
  });

  after(() => {
    duckdb.closeSync();
    rmSync(folder, { recursive: true });
  });

  const sources: [name: string, sql: string][] = [
    ['f.csv', "read_csv('F', header = true, delim = ',', quote = '\"', escape = '\"', strict_mode = true)"],
    ['f.json', "read_json('F', format = 'array')"],
    ['f.jsonl', "read_json('F', format = 'newline_delimited')"],
    ['f.parquet', "read_parquet('F')"],
  ];
  for (const [name, sql] of sources) {
    it(`${name}: DuckDB reads the sums and every name`, async () => {
      const source = sql.replace('F', join(folder, name));
      const sums = await duckdb.runAndReadAll(`SELECT ${summed.map((column) => `sum("${column}")::DOUBLE`).join()} FROM ${source}`);
      expect(sums.getRows()[0]).to.deep.equal(expected);
      const read = await duckdb.runAndReadAll(`SELECT coalesce(requested_server_name, '') FROM ${source} ORDER BY id`);
      expect(read.getRows().map((row) => row[0])).to.deep.equal(names);
      const big = await duckdb.runAndReadAll(
        `SELECT DISTINCT big::VARCHAR AS big FROM ${source} WHERE big > 9000000000000000000 OR big < -9000000000000000000 ORDER BY big`,
      );
      expect(big.getRows().flat()).to.deep.equal(['-9223372036854775808', '9223372036854775807']);
    });
  }

  it('f.arrow, f.arrows and f.parquet: polars reads the sums and every name', () => {
    for (const frame of framesOf(folder, 'f')) {
      expect(summed.map((column) => Number(frame.getColumn(column).sum()))).to.deep.equal(expected);
      expect(frame.getColumn('requested_server_name').toArray()).to.deep.equal(names);
    }
  });

  it('f.arrow and f.arrows: apache-arrow reads the sums', () => {
    for (const name of ['f.arrow', 'f.arrows']) {
      const table = tableFromIPC(readFileSync(join(folder, name)));
      const sums = summed.map((column) => [...table.getChild(column)!].reduce((sum: number, value) => sum + Number(value ?? 0), 0));
      expect(sums).to.deep.equal(expected);
    }
  });
});

describe('a capture in every format', () => {
  const folder = mkdtempSync(join(tmpdir(), 'nfstream-formats-'));
  const capture = fileURLToPath(new URL('../../fixtures/office.pcap', import.meta.url));
  const streamer = new Streamer({ source: capture, features: 'full', statistics: true, splt: 4, endReason: true });
  const flows: Record<string, unknown>[] = [];
  let types: Readonly<Record<string, string>>;
  let duckdb: DuckDBConnection;

  before(async () => {
    for (const extension of ['csv', 'json', 'jsonl', 'arrow', 'arrows', 'parquet']) await streamer.toFile(join(folder, `f.${extension}`));
    for await (const flow of streamer) flows.push(flow.toJSON());
    types = Object.fromEntries(Object.entries(flows[0]!).map(([name]) => [name, fields.find((field) => field.name === name)!.type]));
    duckdb = await (await DuckDBInstance.create(':memory:')).connect();
  });

  after(() => {
    duckdb.closeSync();
    rmSync(folder, { recursive: true });
  });

  /** A value of a reader as a flow has it: integers as numbers, lists as arrays. */
  function asFlow(value: unknown): unknown {
    if (typeof value === 'bigint') return Number(value);
    return value !== null && typeof value === 'object' ? Array.from((value as { items?: unknown[] }).items ?? (value as Iterable<unknown>), Number) : value;
  }

  function expectColumn(name: string, values: readonly unknown[], where: string): void {
    // CSV does not tell null from ''.
    const told = (value: unknown): unknown => (where === 'f.csv' && types[name] === 'text' ? (value ?? '') : value);
    expect(
      values.map((value) => told(asFlow(value))),
      `${where}, ${name}`,
    ).to.deep.equal(flows.map((flow) => told(flow[name])));
  }

  it('is read alike by polars, every column of its type', () => {
    const expected = { int: 'Int64', float: 'Float64', text: 'String', list: 'FixedSizeList' };
    framesOf(folder, 'f').forEach((frame, index) => {
      expect(frame.columns).to.deep.equal(Object.keys(types));
      frame.columns.forEach((name, column) => {
        expect(frame.dtypes[column]!.variant, name).to.equal(expected[types[name] as 'int']);
        expectColumn(
          name,
          [...frame.getColumn(name)].map((value) => (polars.Series.isSeries(value) ? value.toArray() : value)),
          `file ${index}`,
        );
      });
    });
  });

  // Text such as 02:00:00 is a time of day to DuckDB unless it is told; CSV has lists as text.
  const sources: [name: string, sql: string][] = [
    ['f.csv', "read_csv('F', header = true, sample_size = -1, types = {'src_oui': 'VARCHAR', 'dst_oui': 'VARCHAR'})"],
    ['f.json', "read_json('F', format = 'array', sample_size = -1)"],
    ['f.jsonl', "read_json('F', format = 'newline_delimited', sample_size = -1)"],
    ['f.parquet', "read_parquet('F')"],
  ];
  for (const [file, sql] of sources) {
    it(`is read alike by DuckDB from ${file}, every column of its type`, async () => {
      const csv = file.endsWith('.csv');
      const source = sql.replace('F', join(folder, file));
      const reader = await duckdb.runAndReadAll(`SELECT * REPLACE (src_oui::VARCHAR AS src_oui, dst_oui::VARCHAR AS dst_oui) FROM ${source} ORDER BY id`);
      expect(reader.columnNames()).to.deep.equal(Object.keys(types));
      const expected = { int: /^BIGINT$/, float: /^DOUBLE$/, text: /^VARCHAR$/, list: csv ? /^(VARCHAR|BIGINT\[\])$/ : /^\w+INT\[\]|INTEGER\[\]$/ };
      const columns = reader.getColumns();
      reader.columnNames().forEach((name, index) => {
        expect(String(reader.columnTypes()[index]), name).to.match(expected[types[name] as 'int']);
        const values = columns[index]!.map((value) => (csv && types[name] === 'list' && typeof value === 'string' ? (JSON.parse(value) as unknown) : value));
        expectColumn(name, values, file);
      });
    });
  }
});
