import { DuckDBInstance, type DuckDBConnection } from '@duckdb/node-api';
import { expect } from 'chai';
import { aggregate, captureFile, FlowBatch, registerFlows } from '../../lib/index.js';
import { fileURLToPath } from 'node:url';

const office = fileURLToPath(new URL('../../fixtures/office.pcap', import.meta.url));

let connection: DuckDBConnection;

before(async () => {
  connection = await (await DuckDBInstance.create(':memory:', { threads: '1' })).connect();
});
after(() => connection.closeSync());

async function rowsOf(sql: string): Promise<unknown[][]> {
  return (await connection.runAndReadAll(sql)).getRows() as unknown[][];
}

/** Every value of flows as SQL gives it back: integers as bigints, lists as arrays. */
function expectedRows(batches: readonly FlowBatch[]): unknown[][] {
  return batches.flatMap((batch) =>
    [...batch].map((flow) =>
      flow.values().map((value, index) => {
        const field = batch.schema.fields[index]!;
        if (field.type === 'int' && value !== null) return BigInt(value as number);
        return value;
      }),
    ),
  );
}

function plain(value: unknown): unknown {
  if (typeof value === 'object' && value !== null && 'items' in value) return (value as { items: unknown[] }).items.map(Number);
  return value;
}

describe('registerFlows()', () => {
  for (const options of [{}, { features: 'full', splt: 4, payloadBytes: 20, endReason: true }] as const) {
    it(`gives every value of every flow back, with ${JSON.stringify(options)}`, async () => {
      const batches: FlowBatch[] = [];
      for await (const batch of captureFile(office).pipe(aggregate(options)) as AsyncIterable<FlowBatch>) batches.push(batch);
      const count = batches.reduce((sum, { length }) => sum + length, 0);
      expect(await registerFlows(connection, 'flows', streamOf(batches))).to.equal(count);
      const rows = (await rowsOf('select * from flows')).map((row) => row.map(plain));
      expect(rows).to.deep.equal(expectedRows(batches));
    });
  }

  const texts: readonly (string | null)[] = [
    '',
    'a',
    'twelve bytes',
    'thirteen byte',
    'quote \' and " and \\',
    '\u0000in\u0000side',
    'ü'.repeat(6),
    'ü'.repeat(7),
    '\u{1f600}',
    null,
    'x'.repeat(100_000),
  ];
  it('keeps texts of any length and any characters, and nulls', async () => {
    const batch = FlowBatch.from(texts.map((text, n) => ({ n, text, number: n % 3 === 0 ? null : n / 7 })));
    await registerFlows(connection, 'odd "name"', streamOf([batch]));
    expect(await rowsOf('select n, text, number from "odd ""name""" order by n')).to.deep.equal(
      texts.map((text, n) => [BigInt(n), text, n % 3 === 0 ? null : n / 7]),
    );
  });

  it('keeps more rows than a vector holds, each with its own validity', async () => {
    const count = 5000;
    const batch = FlowBatch.from(
      Array.from({ length: count }, (_, n) => ({ n: n % 5 === 0 ? null : n, long: n % 7 === 0 ? null : `${'long text '.repeat(2)}${n}` })),
    );
    expect(await registerFlows(connection, 'many', streamOf([batch, batch.slice(10, 20)]))).to.equal(count + 10);
    expect(await rowsOf('select count(*), count(n), count(long), sum(n), count(distinct long) from many')).to.deep.equal([
      [5010n, 4008n, 4294n, BigInt(sumOf(count) + sumOf(20) - sumOf(10)), 4285n],
    ]);
  });

  it('has points in time as timestamps where the run has, and null where there is none', async () => {
    for (const [timeUnit, type, suffix] of [
      ['ms', 'TIMESTAMP_MS', 'ms'],
      ['us', 'TIMESTAMP', 'us'],
      ['ns', 'TIMESTAMP_NS', 'ns'],
    ] as const) {
      const flows = captureFile(office).pipe(aggregate({ timestamps: 'arrow', timeUnit, dissections: 0 })) as AsyncIterable<FlowBatch>;
      await registerFlows(connection, 'timed', flows);
      const name = `dst2src_first_seen_${suffix}`;
      expect(await rowsOf(`select typeof(${name}), count(*) from timed group by 1`)).to.deep.equal([[type, await total('timed')]]);
      expect(await rowsOf(`select count(*) from timed where ${name} is null and dst2src_packets > 0`)).to.deep.equal([[0n]]);
      expect(await rowsOf(`select count(*) from timed where ${name} is not null and date_part('year', ${name}) < 2020`)).to.deep.equal([[0n]]);
    }
  });

  it('takes paths of captures, and tells each column by a comment', async () => {
    await registerFlows(connection, 'paths', office);
    expect(await rowsOf("select comment from duckdb_columns() where table_name = 'paths' and column_name = 'src_ip'")).to.deep.equal([
      ['Address of the sender of the first packet, in the form of RFC 5952.'],
    ]);
  });

  it('has the flows in front of damage in the table, and tells the damage', async () => {
    const error = await registerFlows(connection, 'damaged', damagedFlows()).catch((thrown: unknown) => thrown);
    expect(error).to.have.property('message', 'cut off');
    expect(await total('damaged')).to.equal(1n);
  });

  const wrong: readonly [what: string, make: () => Promise<unknown>, code: string][] = [
    ['no connection', () => registerFlows({} as never, 'x', 'x.pcap'), 'ERR_NFSTREAM_OPTION_TYPE'],
    ['no name', () => registerFlows(connection, 1 as never, 'x.pcap'), 'ERR_NFSTREAM_OPTION_TYPE'],
    ['no source', () => registerFlows(connection, 'x', 1 as never), 'ERR_NFSTREAM_OPTION_TYPE'],
    ['a stream of something else', () => registerFlows(connection, 'x', streamOf(['text' as never])), 'ERR_NFSTREAM_BATCH_TYPE'],
    ['a stream of nothing', () => registerFlows(connection, 'x', streamOf([])), 'ERR_NFSTREAM_BATCH_TYPE'],
    [
      'batches of two schemas',
      () => registerFlows(connection, 'x', streamOf([FlowBatch.from([{ a: 1 }]), FlowBatch.from([{ a: 1 }])])),
      'ERR_NFSTREAM_SCHEMA_CHANGED',
    ],
    ['a capture that is not there', () => registerFlows(connection, 'x', 'no/such.pcap'), 'ERR_NFSTREAM_NO_SUCH_FILE'],
  ];
  for (const [what, make, code] of wrong) {
    it(`refuses ${what}`, async () => {
      expect(await make().catch((error: unknown) => error)).to.have.property('code', code);
    });
  }
});

async function* streamOf(batches: readonly FlowBatch[]): AsyncGenerator<FlowBatch, undefined> {
  yield* batches;
  return undefined;
}

async function* damagedFlows(): AsyncGenerator<FlowBatch, undefined> {
  yield FlowBatch.from([{ id: 1 }]);
  throw new Error('cut off');
}

async function total(table: string): Promise<unknown> {
  return (await rowsOf(`select count(*) from ${table}`))[0]![0];
}

/** The sum of the numbers below one that 5 does not divide. */
function sumOf(below: number): number {
  return Array.from({ length: below }, (_, n) => (n % 5 === 0 ? 0 : n)).reduce((sum, n) => sum + n, 0);
}
