// Encoders against what else writes the same flows, in pairs in turns. Run: npx tsx bench/encoders.ts --help
import { createWriteStream, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { parseArgs } from 'node:util';
import type { FlowBatch } from '../lib/flows/flow-batch.js';
import { toArrow, toCsv, toJson, toParquet } from '../lib/index.js';
import type { Exporter } from '../lib/encode/exporter.js';
import { csvStringify, duckdb, hyparquetWriter, jsonStringify, pandasCsv, parquetWasm, polarsParquet } from './encoders/peers.js';
import { median } from './measure.js';
import { flowBatches } from './workload/flows.js';

const help = `Rows a second of processor time (a busy machine changes it less than the clock) of our exporters and of others, on the same flows of nfstream's 38 columns.
  --rows N            flows (default 1000000)
  --pairs N           runs of each, in turns (default 9)
  --only A,B          of csv, pandas, json, arrow, parquet-wasm, hyparquet-writer, duckdb, polars (default all)
  --python PATH       a Python with pandas and pyarrow (default python3)`;

const { values } = parseArgs({
  options: {
    rows: { type: 'string', default: '1000000' },
    pairs: { type: 'string', default: '9' },
    only: { type: 'string' },
    python: { type: 'string', default: 'python3' },
    help: { type: 'boolean', default: false },
  },
});

/** Writes flows, and says how many seconds of processor time it took. */
type Work = () => Promise<number>;

/** Processor time of this process, its threads included. */
async function timed(work: () => Promise<unknown>): Promise<number> {
  const began = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(began);
  return (user + system) / 1e6;
}

function ours(batches: readonly FlowBatch[], make: () => Exporter): Work {
  return () => timed(() => pipeline(batches, make(), new Writable({ write: (_chunk, _encoding, callback) => callback() })));
}

async function compare(name: string, mine: Work, peer: Work, rows: number, pairs: number): Promise<string[]> {
  await mine();
  const ratios: number[] = [];
  const seconds: { mine: number[]; peer: number[] } = { mine: [], peer: [] };
  for (let pair = 0; pair < pairs; pair++) {
    const [a, b] = [await mine(), await peer()];
    seconds.mine.push(a);
    seconds.peer.push(b);
    ratios.push(b / a);
  }
  const rate = (list: readonly number[]): string => Math.round(rows / median(list) / 1000).toLocaleString('en');
  return [name, rate(seconds.mine), rate(seconds.peer), `${median(ratios).toFixed(2)}x`, `${Math.min(...ratios).toFixed(2)}-${Math.max(...ratios).toFixed(2)}`];
}

async function main(): Promise<void> {
  if (values.help) return console.log(help);
  const [rows, pairs] = [Number(values.rows), Number(values.pairs)];
  const folder = mkdtempSync(join(tmpdir(), 'bench-'));
  try {
    const batches = flowBatches(rows);
    const csv = ours(batches, toCsv);
    const parquet = ours(batches, toParquet);
    const arrowFile = join(folder, 'flows.arrow');
    await pipeline(batches, toArrow({ format: 'file' }), createWriteStream(arrowFile));
    const comparisons: [key: string, name: string, mine: Work, peer: Work][] = [
      ['csv', 'CSV / csv-stringify, objects ready', csv, () => csvStringify(batches, timed)],
      ['pandas', 'CSV / pandas.to_csv, frame ready', csv, () => pandasCsv(values.python, arrowFile)],
      ['json', 'JSON Lines / JSON.stringify, objects made', ours(batches, toJson), () => timed(() => jsonStringify(batches))],
      ['arrow', 'Arrow stream / our CSV', ours(batches, toArrow), csv],
      ['parquet-wasm', 'Parquet / parquet-wasm as it comes', parquet, () => timed(() => parquetWasm(batches))],
      ['hyparquet-writer', 'Parquet / hyparquet-writer', parquet, () => timed(() => hyparquetWriter(batches))],
      ['duckdb', 'Parquet / DuckDB, appender and COPY', parquet, () => timed(() => duckdb(batches, join(folder, 'd.parquet')))],
      ['polars', 'Parquet / polars, all in memory', parquet, () => timed(() => polarsParquet(arrowFile, join(folder, 'p.parquet')))],
    ];
    const only = values.only?.split(',') ?? comparisons.map(([key]) => key);
    const heads = ['ours / other'.padEnd(42), 'ours k rows/s', 'other', 'ratio ', 'range      '];
    console.log(`${rows.toLocaleString('en')} flows, ${batches[0]!.columns.length} columns; medians of ${pairs} pairs in turns`);
    console.log(heads.join('  '));
    for (const [, name, mine, peer] of comparisons.filter(([key]) => only.includes(key))) {
      const cells = await compare(name, mine, peer, rows, pairs);
      console.log(cells.map((cell, column) => (column === 0 ? cell.padEnd(heads[0]!.length) : cell.padStart(heads[column]!.length))).join('  '));
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
}

await main();
