import { DuckDBInstance, type DuckDBConnection } from '@duckdb/node-api';
import { tableFromIPC } from 'apache-arrow';
import { expect } from 'chai';
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setTimeout as pause } from 'node:timers/promises';
import { FlowBatch } from '../../lib/flows/flow-batch.js';
import { FlowError } from '../../lib/errors.js';
import { toFile, type FileOptions, type FlowFileWriter } from '../../lib/files/to-file.js';
import { failureOf, flowsAt, testFolder } from './file-folder.js';
import { cut, nastyNames, sampleRows, streamOf } from '../samples.js';

const rows = sampleRows(5000).map((row, n) => ({
  ...row,
  application_name: ['TLS.Google', 'DNS', 'HTTP/2', '', ''][n % 5],
  bidirectional_last_seen_ms: Date.UTC(2024, 0, 31, 22) + n * 1000,
}));
const batch = FlowBatch.from(rows);
// DuckDB's CSV reader takes no NUL, which CSV has no way to escape.
const readable = batch.slice(0, 600).filter((flow) => !flow.requestedServerName.includes('\0'));

describe('partitions', () => {
  const { path, files, text } = testFolder();
  let duckdb: DuckDBConnection;

  before(async () => {
    duckdb = await (await DuckDBInstance.create(':memory:')).connect();
  });
  after(() => duckdb.closeSync());

  async function write(options: FileOptions, batches: FlowBatch[], name = 'out'): Promise<FlowFileWriter> {
    const writer = toFile(path(name), options);
    await pipeline(streamOf(batches), writer);
    return writer;
  }

  async function query(sql: string): Promise<unknown[][]> {
    return (await duckdb.runAndReadAll(sql)).getRowsJson();
  }

  it('writes a folder a value, whose files leave the column out', async () => {
    const writer = await write({ partitionBy: ['application_name'], format: 'csv' }, cut(batch.select(['id', 'application_name', 'src_port']), [777]));
    expect(files()).to.deep.equal(['DNS', 'HTTP%2F2', 'TLS.Google', '__HIVE_DEFAULT_PARTITION__'].map((folder) => `out/application_name=${folder}/part-0.csv`));
    expect(text('out/application_name=DNS/part-0.csv').split('\n').slice(0, 3)).to.deep.equal(['id,src_port', '1,1', '6,6']);
    const report = writer.report();
    expect(report).to.include({ path: path('out'), format: 'csv', flows: 5000 });
    expect(
      report.files!.map(({ path: file, flows }) => [file.slice(path('out').length + 1), flows] as const).sort(([one], [other]) => (one < other ? -1 : 1)),
    ).to.deep.equal([
      ['application_name=DNS/part-0.csv', 1000],
      ['application_name=HTTP%2F2/part-0.csv', 1000],
      ['application_name=TLS.Google/part-0.csv', 1000],
      ['application_name=__HIVE_DEFAULT_PARTITION__/part-0.csv', 2000],
    ]);
    expect(report.bytes).to.equal(report.files!.reduce((sum, file) => sum + file.bytes, 0));
  });

  const tables: [format: 'csv' | 'jsonl' | 'json' | 'parquet', sql: string][] = [
    ['parquet', "read_parquet('ROOT/**/*.parquet', hive_partitioning = true, hive_types_autocast = false)"],
    [
      'csv',
      "read_csv('ROOT/**/*.csv', hive_partitioning = true, hive_types_autocast = false, header = true, delim = ',', quote = '\"', escape = '\"', strict_mode = true)",
    ],
    ['jsonl', "read_json('ROOT/**/*.jsonl', hive_partitioning = true, hive_types_autocast = false, format = 'newline_delimited')"],
    ['json', "read_json('ROOT/**/*.json', hive_partitioning = true, hive_types_autocast = false, format = 'array')"],
  ];
  for (const [format, sql] of tables) {
    it(`is one table of ${format} for DuckDB, by names that a network gave and by hour`, async () => {
      await write({ partitionBy: ['requested_server_name', 'hour'], format, maxOpenPartitions: 26, rotate: { flows: 15 } }, cut(readable, [100]), 'out');
      const read = await query(`select id, requested_server_name, hour from ${sql.replace('ROOT', path('out'))} order by id::bigint`);
      const expected = [...readable].map((flow) => {
        const hour = new Date(flow.bidirectionalLastSeenMs).toISOString().slice(0, 13);
        return [String(flow.id), flow.requestedServerName === '' ? null : flow.requestedServerName, hour];
      });
      const long = nastyNames.filter((name) => Buffer.byteLength(encodeURIComponent(name)) > 230);
      expect(read.length).to.equal(expected.length);
      for (const [index, [id, name, hour]] of expected.entries()) {
        const [readId, readName, readHour] = read[index]!;
        expect([String(readId), readHour]).to.deep.equal([id, hour]);
        if (name !== null && long.includes(name as string)) expect(readName).to.match(/~[0-9a-f]{16}$/);
        else expect(readName).to.equal(name);
      }
    });
  }

  it('writes every format', async () => {
    for (const format of ['arrow', 'arrows'] as const) {
      await write({ partitionBy: 'src_port', format }, [batch.slice(0, 30)], format);
      expect(files().filter((name) => name.startsWith(`${format}/`))).to.have.length(30);
      expect([...tableFromIPC(readFileSync(path(`${format}/src_port=7/part-0.${format}`))).getChild('id')!].map(Number)).to.deep.equal([7]);
    }
  });

  it('closes the folder that was not used for longest, and later goes on with its next part, whatever the batches are', async () => {
    const names = 'a b a c a b d a a c'.split(' ');
    const flows = FlowBatch.from(names.map((application_name, id) => ({ id, application_name })));
    for (const [folder, lengths] of [
      ['x', [10]],
      ['y', [1]],
      ['z', [3, 2]],
    ] as const) {
      const writer = await write({ partitionBy: 'applicationName', format: 'csv', maxOpenPartitions: 2 }, cut(flows, lengths), folder);
      const inside = Object.fromEntries(
        files()
          .filter((name) => name.startsWith(folder))
          .map((name) => [name.slice('x/application_name='.length), text(name).trim().split('\n').slice(1).join()]),
      );
      expect(inside).to.deep.equal({
        'a/part-0.csv': '0,2,4',
        'a/part-1.csv': '7,8',
        'b/part-0.csv': '1',
        'b/part-1.csv': '5',
        'c/part-0.csv': '3',
        'c/part-1.csv': '9',
        'd/part-0.csv': '6',
      });
      expect(writer.report().files).to.have.length(7);
    }
  });

  it('closes files early where a format gathers more flows than memory should hold, whatever the batches are', async () => {
    const many = FlowBatch.from(Array.from({ length: 330_000 }, (_, id) => ({ id, src_port: id % 64 })));
    const layouts: unknown[] = [];
    for (const [folder, lengths] of [
      ['x', [8192]],
      ['y', [5000, 70_000]],
    ] as const) {
      const writer = await write({ partitionBy: 'src_port', format: 'arrows' }, cut(many, lengths), folder);
      layouts.push(writer.report().files!.map(({ path: file, flows }) => [file.slice(path(folder).length), flows]));
      expect(writer.report().flows).to.equal(330_000);
    }
    expect(layouts[0]).to.deep.equal(layouts[1]).and.to.have.length.above(64);
  });

  it('rotates in each folder, by flows and by time, and keeps the last files of all', async () => {
    const flows = flowsAt([1, 2, 3, 61, 62, 125]).withColumn('side', 'text', ['l', 'r', 'l', 'l', 'l', 'r']);
    await write({ partitionBy: ['side'], format: 'jsonl', rotate: { seconds: 60, flows: 2 } }, [flows]);
    const inside = Object.fromEntries(
      files().map((name) => [
        name.slice(4),
        text(name)
          .match(/(?<="id":)\d/g)!
          .join(),
      ]),
    );
    expect(inside).to.deep.equal({ 'side=l/part-0.jsonl': '0,2', 'side=l/part-1.jsonl': '3,4', 'side=r/part-0.jsonl': '1', 'side=r/part-1.jsonl': '5' });
    await write({ partitionBy: ['side'], format: 'jsonl', rotate: { seconds: 60, keep: 2 } }, [flows], 'kept');
    expect(files().filter((name) => name.startsWith('kept'))).to.deep.equal(['kept/side=l/part-1.jsonl', 'kept/side=r/part-1.jsonl']);
  });

  it('sorts by the day and hour of the last packet in UTC, and by the wall clock when live', async () => {
    await write({ partitionBy: ['day', 'hour'], format: 'csv' }, [flowsAt([0, 86_400, 3600, 86_399])]);
    expect(files().map((name) => name.slice(4, -11))).to.deep.equal([
      'day=2024-01-31/hour=2024-01-31T00',
      'day=2024-01-31/hour=2024-01-31T01',
      'day=2024-01-31/hour=2024-01-31T23',
      'day=2024-02-01/hour=2024-02-01T00',
    ]);
    await write({ partitionBy: 'day', format: 'csv' }, [flowsAt([0], { damage: null, live: true })], 'live');
    expect(readdirSync(path('live'))[0]).to.be.oneOf([
      `day=${new Date().toISOString().slice(0, 10)}`,
      `day=${new Date(Date.now() - 60_000).toISOString().slice(0, 10)}`,
    ]);
    await write({ partitionBy: 'day', format: 'csv' }, [flowsAt([0, 1]).withColumn('day', 'text', ['Mon', 'Tue'])], 'own');
    expect(readdirSync(path('own'))).to.deep.equal(['day=Mon', 'day=Tue']);
  });

  it('takes the format of the name, and an empty folder that exists', async () => {
    mkdirSync(path('flows.csv'));
    await write({ partitionBy: 'side' }, [flowsAt([1]).withColumn('side', 'text', ['l'])], 'flows.csv');
    expect(files()).to.deep.equal(['flows.csv/side=l/part-0.csv']);
  });

  it('leaves an empty folder when there is no flow', async () => {
    await write({ partitionBy: 'id', format: 'csv' }, [batch.slice(0, 0)], 'a');
    await write({ partitionBy: 'id', format: 'csv' }, [], 'b');
    expect(files()).to.deep.equal([]);
    expect(existsSync(path('a')) && existsSync(path('b'))).to.equal(true);
  });

  it('refuses a folder that has something, which would be read with it', async () => {
    mkdirSync(path('out'));
    writeFileSync(path('out/old.csv'), '');
    const error = await failureOf(write({ partitionBy: 'id', format: 'csv' }, [batch]));
    expect(error).to.have.property('code', 'ERR_NFSTREAM_OUTPUT_NOT_EMPTY');
    expect(error.message).to.match(/^The folder .*out is not empty, and its files would be read as rows of this run; choose another folder or empty it\.$/);
    expect(files()).to.deep.equal(['out/old.csv']);
  });

  const mistakes: [what: string, options: FileOptions, source: FlowBatch, code: string, message: RegExp][] = [
    [
      'a column that does not exist',
      { partitionBy: 'application' },
      batch,
      'ERR_NFSTREAM_COLUMN',
      /partitionBy names the column application, but these flows have none; they have id, /,
    ],
    ['a column of floats', { partitionBy: 'ratio' }, batch, 'ERR_NFSTREAM_COLUMN', /ratio, which is neither text nor an integer/],
    ['all columns', { partitionBy: ['id', 'src_ip'] }, batch.select(['id', 'src_ip']), 'ERR_NFSTREAM_COLUMN', /leaves none for the files/],
    ['a time without its column', { partitionBy: 'hour' }, batch.select(['id']), 'ERR_NFSTREAM_COLUMN', /need the column bidirectional_last_seen_ms/],
  ];
  for (const [what, options, source, code, message] of mistakes) {
    it(`fails with one sentence for ${what}, and leaves no file`, async () => {
      const error = await failureOf(write({ ...options, format: 'csv' }, [source]));
      expect(error).to.be.instanceOf(FlowError).with.property('code', code);
      expect(error.message).to.match(message);
      expect(files()).to.deep.equal([]);
    });
  }

  for (const partitionBy of [[], 5, [5]]) {
    it(`refuses ${JSON.stringify(partitionBy)}`, () => {
      expect(() => toFile('out', { partitionBy, format: 'csv' } as unknown as FileOptions)).to.throw(FlowError, /an array of names for partitionBy/);
    });
  }

  it('keeps whole files and removes every part when it is destroyed or the source fails', async () => {
    const writer = toFile(path('a'), { partitionBy: 'src_ip', format: 'csv', maxOpenPartitions: 50 });
    writer.write(batch);
    while (!existsSync(path('a')) || files().length < 30) await pause(1);
    writer.destroy();
    await once(writer, 'close');
    const whole = files();
    expect(whole.filter((name) => name.endsWith('.part'))).to.deep.equal([]);
    const broken = Readable.from(
      (async function* () {
        yield batch;
        throw new Error('the source broke');
      })(),
    );
    const behind = toFile(path('b'), { partitionBy: 'src_port', format: 'csv' });
    const closed = new Promise((resolve) => behind.once('close', resolve));
    expect((await failureOf(pipeline(broken, behind))).message).to.equal('the source broke');
    await closed;
  });
});
