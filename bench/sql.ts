// registerFlows() beside other ways into DuckDB, in turns. Run: npx tsx bench/sql.ts --help
import { DuckDBInstance } from '@duckdb/node-api';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { parseArgs } from 'node:util';
import { aggregate, captureFile, registerFlows, toFile, type FlowBatch } from '../lib/index.js';
import { table } from './measure.js';

const help = `Flows a second that go into a table of DuckDB's: column by column, and through a file of Parquet or CSV beside. Medians; by the clock and by processor time of all threads.
  --capture FILE   where the flows are from, with the columns of nfstream (bench/workload.ts makes one)
  --times N        how often the flows are repeated (default 4)
  --runs N         runs of each way (default 5)`;

const { values } = parseArgs({
  options: {
    capture: { type: 'string' },
    times: { type: 'string', default: '4' },
    runs: { type: 'string', default: '5' },
    help: { type: 'boolean', default: false },
  },
});

async function main(): Promise<void> {
  if (values.help || values.capture === undefined) return console.log(help);
  const batches: FlowBatch[] = [];
  for await (const batch of captureFile(values.capture).pipe(aggregate({ dissections: 5 })) as AsyncIterable<FlowBatch>) batches.push(batch);
  const times = Number(values.times);
  const rows = times * batches.reduce((sum, { length }) => sum + length, 0);
  const flows = (): Readable & AsyncIterable<FlowBatch> => Readable.from(Array.from({ length: times }, () => batches).flat(), { highWaterMark: 1 });
  const folder = mkdtempSync(join(tmpdir(), 'nfstream-bench-'));
  const connection = await (await DuckDBInstance.create(':memory:')).connect();
  const through = async (name: string, reader: string): Promise<void> => {
    await pipeline(flows(), toFile(join(folder, name)));
    await connection.run(`create or replace table flows as select * from ${reader}('${join(folder, name)}')`);
  };
  const ways: Readonly<Record<string, () => Promise<unknown>>> = {
    'registerFlows()': () => registerFlows(connection, 'flows', flows()),
    'through Parquet': () => through('flows.parquet', 'read_parquet'),
    'through CSV': () => through('flows.csv', 'read_csv'),
  };
  const rates = new Map(Object.keys(ways).map((name) => [name, [] as [clock: number, processor: number][]]));
  for (let run = 0; run < Number(values.runs); run++) {
    for (const [name, way] of Object.entries(ways)) {
      const [began, before] = [performance.now(), process.cpuUsage()];
      await way();
      const { user, system } = process.cpuUsage(before);
      rates.get(name)!.push([rows / ((performance.now() - began) / 1e3), rows / ((user + system) / 1e6)]);
    }
  }
  connection.closeSync();
  rmSync(folder, { recursive: true });
  const median = (numbers: number[]): string => Math.round(numbers.sort((a, b) => a - b)[numbers.length >> 1]!).toLocaleString('en');
  console.log(`${rows.toLocaleString('en')} flows of ${batches[0]!.schema.fields.length} columns.`);
  console.log(
    table([
      ['way', 'flows/s', 'flows/s of processor time'],
      ...[...rates].map(([name, all]) => [name, median(all.map(([clock]) => clock)), median(all.map(([, cpu]) => cpu))]),
    ]),
  );
}

await main();
