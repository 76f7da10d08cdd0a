import { DuckDBInstance, type DuckDBConnection } from '@duckdb/node-api';
import { tableFromIPC } from 'apache-arrow';
import { expect } from 'chai';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import polars from 'nodejs-polars';
import { FlowBatch } from '../../lib/aggregate/flow-batch.js';
import { toFile } from '../../lib/export/to-file.js';
import { cut, sampleRows, streamOf } from './samples.js';

// DuckDB's CSV reader takes no NUL, which CSV has no way to escape.
const rows = sampleRows(10_000).filter((row) => !String(row['requested_server_name']).includes('\0'));
const batch = FlowBatch.from(rows);
const summed = ['id', 'bidirectional_bytes', 'src_port', 'ratio', 'count'];
const expected = summed.map((name) => rows.reduce((sum, row) => sum + ((row[name] as number | null) ?? 0), 0));
const names = rows.map((row) => row['requested_server_name']);

describe('files read by other programs', () => {
  const folder = mkdtempSync(join(tmpdir(), 'nfstream-readers-'));
  let duckdb: DuckDBConnection;

  before(async () => {
    for (const name of ['f.csv', 'f.json', 'f.jsonl', 'f.arrow', 'f.arrows']) await pipeline(streamOf(cut(batch, [777])), toFile(join(folder, name)));
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
  ];
  for (const [name, sql] of sources) {
    it(`${name}: DuckDB reads the sums and every name`, async () => {
      const source = sql.replace('F', join(folder, name));
      const sums = await duckdb.runAndReadAll(`SELECT ${summed.map((column) => `sum("${column}")::DOUBLE`).join()} FROM ${source}`);
      expect(sums.getRows()[0]).to.deep.equal(expected);
      const read = await duckdb.runAndReadAll(`SELECT coalesce(requested_server_name, '') FROM ${source} ORDER BY id`);
      expect(read.getRows().map((row) => row[0])).to.deep.equal(names);
      const big = await duckdb.runAndReadAll(`SELECT DISTINCT big::VARCHAR AS big FROM ${source} WHERE big > 9000000000000000000 OR big < -9000000000000000000 ORDER BY big`);
      expect(big.getRows().flat()).to.deep.equal(['-9223372036854775808', '9223372036854775807']);
    });
  }

  it('f.arrow and f.arrows: polars reads the sums and every name', () => {
    for (const frame of [polars.readIPC(readFileSync(join(folder, 'f.arrow'))), polars.readIPCStream(readFileSync(join(folder, 'f.arrows')))]) {
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
