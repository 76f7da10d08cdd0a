import { DuckDBInstance } from '@duckdb/node-api';
import { expect } from 'chai';
import { parquetMetadata, parquetReadObjects, type FileMetaData } from 'hyparquet';
import { compressors } from 'hyparquet-compressors';
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readlinkSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { Readable, Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { fileURLToPath } from 'node:url';
import polars from 'nodejs-polars';
import { buildColumn } from '../../lib/flows/columns.js';
import { FlowBatch } from '../../lib/flows/flow-batch.js';
import { ParquetEncoder, type ParquetOptions } from '../../lib/encode/parquet/parquet.js';
import { ParquetFile } from '../../lib/encode/parquet/parquet-thread.js';
import { toParquet } from '../../lib/encode/exporter.js';
import { sparkSchema, sparkSchemaKey } from '../../lib/encode/parquet/spark-schema.js';
import { fields, type Field } from '../../lib/schema/fields.js';
import { Schema } from '../../lib/schema/schema.js';
import { library, programArgs } from '../program.js';
import { cut, encodeAll, sampleRows, withDefaults } from '../samples.js';

const count = 20_000;
const rows = sampleRows(count);
const batch = FlowBatch.from(rows);

function encode(options: ParquetOptions = {}, batches: readonly FlowBatch[] = [batch]): Promise<Buffer> {
  return encodeAll(new ParquetEncoder(withDefaults('parquet', options)), batches);
}

function arrayBuffer(bytes: Buffer): ArrayBuffer {
  return new Uint8Array(bytes).buffer;
}

function footer(bytes: Buffer): FileMetaData {
  return parquetMetadata(arrayBuffer(bytes));
}

/** Rows as a reader gives them: every integer as a bigint. */
function exact(list: readonly object[]): unknown[] {
  const whole = (value: unknown): unknown => (Array.isArray(value) ? value.map(whole) : Number.isInteger(value) ? BigInt(value as number) : value);
  return list.map((row) => Object.fromEntries(Object.entries(row).map(([name, value]) => [name, name === 'ratio' ? value : whole(value ?? null)])));
}

describe('Parquet', () => {
  for (const compression of ['none', 'snappy', 'zstd', 'lz4', 'gzip'] as const) {
    it(`with ${compression} is read by hyparquet, every value`, async () => {
      const bytes = await encode({ compression, rowGroupRows: 1000 }, [batch.slice(0, 3000)]);
      const codecs = new Set(footer(bytes).row_groups.flatMap((group) => group.columns.map((column) => column.meta_data!.codec)));
      expect([...codecs]).to.deep.equal([{ none: 'UNCOMPRESSED', snappy: 'SNAPPY', zstd: 'ZSTD', lz4: 'LZ4_RAW', gzip: 'GZIP' }[compression]]);
      expect(exact(await parquetReadObjects({ file: arrayBuffer(bytes), compressors }))).to.deep.equal(exact(rows.slice(0, 3000)));
    });
  }

  it('is read by polars, with its types', async () => {
    const frame = polars.readParquet(await encode());
    expect(frame.shape).to.deep.equal({ height: count, width: 12 });
    expect(frame.getColumn('requested_server_name').toArray()).to.deep.equal(rows.map((row) => row['requested_server_name']));
    expect(frame.getColumn('ratio').toArray()).to.deep.equal(rows.map((row) => row['ratio']));
    expect([...new Set(frame.dtypes.map((type) => type.variant))].sort()).to.deep.equal(['FixedSizeList', 'Float64', 'Int64', 'String']);
  });

  it('does not depend on how flows were divided', async () => {
    const whole = await encode({ rowGroupRows: 5000 });
    for (const lengths of [[1000], [8192], [8191, 2], [5000]])
      expect((await encode({ rowGroupRows: 5000 }, cut(batch, lengths))).equals(whole), lengths.join()).to.equal(true);
  });

  it('has row groups of the size that is asked for', async () => {
    const groups = async (options: ParquetOptions): Promise<number[]> => footer(await encode(options)).row_groups.map((group) => Number(group.num_rows));
    expect(await groups({ rowGroupRows: 9000 })).to.deep.equal([9000, 9000, 2000]);
    expect(await groups({})).to.deep.equal([20_000]);
  });

  it('has the types and the metadata that the columns have', async () => {
    const time = { ...fields.find(({ name }) => name === 'bidirectional_first_seen_ms')!, nullable: true, timestamp: true } as const;
    const port = fields.find(({ name }) => name === 'src_port')!;
    const schema = new Schema([time, port], { damage: null }, { 'nfstream.version': '1.2.3', 'nfstream.source': 'ümläut "x".pcap' });
    const file = footer(await encode({ compact: true }, [new FlowBatch(schema, 2, [buildColumn(time, [null, 5]), buildColumn(port, [65535, 0])])]));
    expect(file.schema.slice(1).map(({ name, type, logical_type, repetition_type }) => ({ name, type, logical_type, repetition_type }))).to.deep.equal([
      { name: time.name, type: 'INT64', logical_type: { type: 'TIMESTAMP', isAdjustedToUTC: true, unit: 'MILLIS' }, repetition_type: 'OPTIONAL' },
      { name: 'src_port', type: 'INT32', logical_type: { type: 'INTEGER', bitWidth: 16, isSigned: false }, repetition_type: 'REQUIRED' },
    ]);
    expect(Object.fromEntries(file.key_value_metadata!.map(({ key, value }) => [key, value])))
      .to.include(schema.metadata)
      .and.to.have.property('ARROW:schema');
  });

  it('tells Spark the type and the meaning of each column', async () => {
    const [port, bytes, name, rate] = ['src_port', 'bidirectional_bytes', 'src_ip', 'bidirectional_mean_ps'].map((name) =>
      fields.find((field) => field.name === name)!,
    );
    const time = { ...fields.find((field) => field.name === 'bidirectional_first_seen_ms')!, nullable: true, timestamp: true } as const;
    const list = { ...fields.find((field) => field.name === 'splt_ps')!, list: { item: 'int32', size: 2 } } as const;
    const told = (some: readonly Field[], compact: boolean): unknown => {
      const text = sparkSchema(some, compact);
      return text === null ? null : (JSON.parse(text) as { fields: { type: unknown }[] }).fields.map(({ type }) => type);
    };
    const all = [port!, bytes!, name!, rate!, time, list];
    const array = { type: 'array', elementType: 'integer', containsNull: true };
    expect(told(all, false)).to.deep.equal(['long', 'long', 'string', 'double', 'timestamp', array]);
    expect(told(all, true)).to.deep.equal(['integer', 'long', 'string', 'double', 'timestamp', array]);
    // It has no type for points in time with nanoseconds, and reads such a file, if at all, by its own rules.
    expect(told([port!, { ...time, time: 'ns' }], false)).to.equal(null);

    const schema = new Schema([bytes!], { damage: null }, {});
    const file = footer(await encode({}, [new FlowBatch(schema, 1, [buildColumn(bytes!, [7])])]));
    expect(JSON.parse(file.key_value_metadata!.find(({ key }) => key === sparkSchemaKey)!.value!)).to.deep.equal({
      type: 'struct',
      fields: [
        {
          name: bytes!.name,
          type: 'long',
          nullable: true,
          metadata: { comment: bytes!.meaning, unit: 'bytes', ...(bytes!.source !== '' && { source: bytes!.source }) },
        },
      ],
    });
  });

  it('is a file of its columns without flows', async () => {
    const none = await encode({}, [batch.slice(0, 0)]);
    expect(Number(footer(none).num_rows)).to.equal(0);
    expect(polars.readParquet(none).columns).to.deep.equal(batch.schema.fields.map((field) => field.name));
  });

  it('can write several files at the same time', async () => {
    const whole = await encode();
    const many = await Promise.all([encode(), encode({}, cut(batch, [100])), encode({}, [batch.slice(0, 10)]), encode()]);
    expect([0, 1, 3].map((index) => many[index]!.equals(whole))).to.deep.equal([true, true, true]);
    expect(Number(footer(many[2]!).num_rows)).to.equal(10);
  });

  it('goes on with other files when one is given up', async () => {
    const left = new ParquetEncoder(withDefaults('parquet'));
    left.start(batch.schema);
    const other = encode({ rowGroupRows: 2000 }, cut(batch, [500]));
    await left.encode(batch, 0, 8192);
    const pending = left.encode(batch, 8192, 16_384);
    await left.close();
    await pending.catch(() => {});
    const error = await left.finish().then(
      () => null,
      (reason: unknown) => reason,
    );
    expect(error).to.have.property('code', 'ERR_NFSTREAM_ENCODE');
    expect(Number(footer(await other).num_rows)).to.equal(count);
  });

  it('tells when the thread dies, and begins another for the next file', async () => {
    const settings = { compression: 'none', rowGroupRows: 10, integers: [], metadata: {} } as const;
    const files = [new ParquetFile(settings), new ParquetFile(settings)];
    await files[0]!.write(new Uint8Array([1, 2, 3]));
    for (const file of files) {
      const error = await file.end().then(
        () => null,
        (reason: unknown) => reason,
      );
      expect(error).to.have.property('code', 'ERR_NFSTREAM_ENCODE');
      expect(error)
        .to.have.property('message')
        .that.matches(/^The flows could not be written as Parquet: .+\. Write another format/);
      await file.close();
    }
    expect(Number(footer(await encode()).num_rows)).to.equal(count);
  });

  it('refuses a null where the field has none', async () => {
    const error = await encode({}, [FlowBatch.from([{ src_port: null }])]).then(
      () => null,
      (reason: unknown) => reason,
    );
    expect(error).to.have.property('code', 'ERR_NFSTREAM_COLUMN');
  });

  it('is what DuckDB reads, lists and all', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'nfstream-parquet-'));
    const duckdb = await (await DuckDBInstance.create(':memory:')).connect();
    try {
      writeFileSync(join(folder, 'f.parquet'), await encode({ rowGroupRows: 3000 }));
      const read = await duckdb.runAndReadAll(
        `SELECT count(*), sum(id), min(big), max(big), sum(len(splt_direction)), count(few) FROM '${join(folder, 'f.parquet')}'`,
      );
      expect(read.getRows()[0]).to.deep.equal([
        BigInt(count),
        199_990_000n,
        -(2n ** 63n),
        2n ** 63n - 1n,
        60_000n,
        BigInt(rows.filter((row) => row['few'] !== null).length),
      ]);
    } finally {
      duckdb.closeSync();
      rmSync(folder, { recursive: true });
    }
  });
});

describe('a stage that writes Parquet', () => {
  /** Files that are open. */
  const openFiles = (): string[] =>
    readdirSync('/proc/self/fd').flatMap((descriptor) => {
      try {
        return [readlinkSync(`/proc/self/fd/${descriptor}`)].filter((target) => target.startsWith('/') && !target.startsWith('/dev/'));
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'ENOENT') return []; // that of this very listing
        throw error;
      }
    });

  const starts = 20;

  it('leaves no descriptor when it is destroyed while its thread starts', async function () {
    this.timeout(120_000);
    const few = FlowBatch.from([{ id: 1 }]);
    const began = performance.now();
    await pipeline(Readable.from([few]), toParquet(), new Writable({ write: (_piece, _encoding, callback) => callback() }));
    const startMs = performance.now() - began;
    const before = openFiles();
    for (let turn = 0; turn < starts; turn++) {
      const stage = toParquet();
      stage.write(few);
      await pause((startMs * turn) / starts);
      stage.destroy();
      await once(stage, 'close');
    }
    expect(openFiles().filter((file) => !before.includes(file))).to.deep.equal([]);
  });
});

describe('the life of a process that writes Parquet', () => {
  const program = fileURLToPath(new URL('programs/write-parquet.ts', import.meta.url));

  /** Runs the program; a process that does not end by itself is killed, and its signal says so. */
  async function run(how: string, library: string, started?: string[]): Promise<{ code: number | null; signal: string | null; out: string; err: string }> {
    const args = started ?? (await programArgs(program));
    return new Promise((resolve) => {
      const child = execFile(process.execPath, [...args, how, library], { timeout: 100_000 }, (_error, out, err) => {
        resolve({ code: child.exitCode, signal: child.signalCode, out: out.trim(), err });
      });
    });
  }

  const cases: [what: string, how: string, out: string][] = [
    ['ends by itself when the file is written', 'write', 'PAR1 PAR1, threads left: 0'],
    ['ends by itself when the stage is destroyed in the middle', 'destroy', 'destroyed, threads left: 0'],
    ['ends by itself when its signal is aborted', 'abort', 'AbortError, threads left: 0'],
    ['ends by itself when the file is left alone', 'leave', 'left'],
    ['can write in a worker thread', 'worker', 'PAR1 PAR1, threads left: 0'],
    ['survives a worker thread that is terminated in the middle', 'terminate', 'terminated'],
  ];
  for (const [what, how, out] of cases) {
    it(what, async () => {
      expect(await run(how, library)).to.deep.equal({ code: 0, signal: null, out, err: '' });
    });
  }

  it('is the same with sources and with the built package', async () => {
    for (const each of ['lib/index.ts', 'dist/index.js'])
      expect(await run('write', new URL(`../../${each}`, import.meta.url).href, ['--import', 'tsx', program])).to.deep.equal({
        code: 0,
        signal: null,
        out: cases[0]![2],
        err: '',
      });
  });
});
