import { DuckDBInstance } from '@duckdb/node-api';
import { expect } from 'chai';
import { execFile, execFileSync } from 'node:child_process';
import { createReadStream, readFileSync, truncateSync } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { fileURLToPath } from 'node:url';
import polars from 'nodejs-polars';
import { buildColumn } from '../../lib/flows/columns.js';
import { FlowBatch } from '../../lib/flows/flow-batch.js';
import type { ParquetOptions } from '../../lib/encode/parquet/parquet.js';
import { toFile } from '../../lib/files/to-file.js';
import { fromFile, fromFileNeeding, fromParquet } from '../../lib/read/readers.js';
import { fields } from '../../lib/schema/fields.js';
import { Schema } from '../../lib/schema/schema.js';
import { workFolder } from '../cli/made-capture.js';
import { library, libraryFlags, programArgs } from '../program.js';
import { cut, nastyNames, sampleRows, streamOf } from '../samples.js';
import { readAll } from './read-all.js';
import { thorough } from '../thorough.js';

describe('fromParquet()', () => {
  const { path, write } = workFolder();
  const batch = FlowBatch.from(sampleRows(20_000));
  const rowsOf = (flows: FlowBatch): unknown[] => [...flows].map((flow) => flow.toJSON());
  const save = (name: string, options: ParquetOptions = {}, flows = batch): Promise<void> =>
    pipeline(streamOf(cut(flows, [8192])), toFile(path(name), options));

  before(() => save('whole.parquet', { rowGroupRows: 6000, compression: 'none' }));

  const forms: ParquetOptions[] = [
    ...(['none', 'snappy', 'zstd', 'lz4', 'gzip'] as const).map((compression) => ({ compression })),
    { compact: true },
    { rowGroupRows: 777 },
  ];
  for (const form of forms) {
    it(`reads back ${JSON.stringify(form)}`, async () => {
      await save('form.parquet', form);
      const { rows, error } = await readAll(fromParquet(path('form.parquet')));
      expect(error).to.equal(null);
      expect(rows).to.deep.equal(rowsOf(batch));
    });
  }

  it('keeps points in time and what the file says of its run', async () => {
    const time = { ...fields.find(({ name }) => name === 'bidirectional_first_seen_ms')!, nullable: true, timestamp: true } as const;
    const schema = new Schema([time], { damage: null }, { 'nfstream.version': '1.2.3', 'nfstream.source': 'ümläut "x".pcap' });
    await save('time.parquet', {}, new FlowBatch(schema, 2, [buildColumn(time, [null, 1_714_000_000_123])]));
    const { rows, types, batches } = await readAll(fromParquet(path('time.parquet')));
    expect(rows).to.deep.equal([{ [time.name]: null }, { [time.name]: 1_714_000_000_123 }]);
    expect(types).to.deep.equal({ [time.name]: 'int?' });
    expect(batches[0]!.schema.metadata).to.deep.equal(schema.metadata);
  });

  it('reads several files one after the other', async () => {
    await save('two.parquet', {}, batch.slice(0, 10));
    const { rows, error } = await readAll(fromFile([path('two.parquet'), path('two.parquet')]));
    expect([rows.length, error]).to.deep.equal([20, null]);
  });

  const wanted: [what: string, names: string[], read: string[]][] = [
    ['in the order of the file', ['splt_direction', 'src_ip'], ['src_ip', 'splt_direction']],
    ['whether or not others are there', ['nowhere', 'src_port'], ['src_port']],
    ['all of them where none is there', ['nowhere'], batch.schema.fields.map(({ name }) => name)],
  ];
  for (const [what, names, read] of wanted) {
    it(`reads only columns that are needed, ${what}`, async () => {
      const { rows, batches, error } = await readAll(fromFileNeeding(path('whole.parquet'), {}, new Set(names)));
      expect(batches[0]!.schema.fields.map(({ name }) => name)).to.deep.equal(read);
      expect([error, rows]).to.deep.equal([null, rowsOf(batch.select(read))]);
    });
  }

  describe('what others wrote', () => {
    it('polars', async () => {
      const columns = {
        src_ip: nastyNames.map((_, n) => `10.0.0.${n}`),
        src_port: nastyNames.map((_, n) => n),
        requested_server_name: nastyNames,
        ratio: nastyNames.map((_, n) => (n % 3 === 0 ? null : n / 4)),
        few: nastyNames.map((_, n) => n % 2 === 0),
      };
      polars
        .DataFrame(columns, {
          schema: { src_ip: polars.Utf8, src_port: polars.UInt16, requested_server_name: polars.Utf8, ratio: polars.Float64, few: polars.Bool },
        })
        .writeParquet(path('polars.parquet'));
      const { rows, error } = await readAll(fromFile(path('polars.parquet')));
      expect(error).to.equal(null);
      expect(rows).to.deep.equal(
        nastyNames.map((name, n) => ({
          src_ip: columns.src_ip[n],
          src_port: n,
          requested_server_name: name,
          ratio: columns.ratio[n],
          few: n % 2 === 0 ? 1 : 0,
        })),
      );
    });

    const copy = async (...files: [sql: string, name: string, options?: string][]): Promise<void> => {
      const duckdb = await (await DuckDBInstance.create(':memory:')).connect();
      try {
        for (const [sql, name, options = '(FORMAT parquet)'] of files) await duckdb.run(`COPY (${sql}) TO '${path(name)}' ${options}`);
      } finally {
        duckdb.closeSync();
      }
    };

    it('DuckDB', async () => {
      await copy([
        `SELECT i AS id, 'host ' || i AS requested_server_name, i::USMALLINT AS src_port, i / 8 AS ratio, NULLIF(i, 5) AS big FROM range(10000) t(i)`,
        'duckdb.parquet',
        '(ROW_GROUP_SIZE 4096)',
      ]);
      const { rows, error } = await readAll(fromParquet(path('duckdb.parquet')));
      expect(error).to.equal(null);
      expect(rows).to.deep.equal(
        Array.from({ length: 10_000 }, (_, n) => ({ id: n, requested_server_name: `host ${n}`, src_port: n, ratio: n / 8, big: n === 5 ? null : n })),
      );
    });

    const big = (2n ** 63n - 1n).toString();
    const lists: [what: string, sql: string, type: string, values: unknown[]][] = [
      [
        'of one length',
        'SELECT [i, i + 1, -i]::INTEGER[] AS v FROM range(3) t(i)',
        'list?',
        [
          [0, 1, 0],
          [1, 2, -1],
          [2, 3, -2],
        ],
      ],
      ['of bytes', 'SELECT [1, -1, 127]::TINYINT[] AS v', 'list?', [[1, -1, 127]]],
      ['of unsigned integers', 'SELECT [0, 4294967295]::UINTEGER[] AS v', 'list?', [[0, 4_294_967_295]]],
      ['of unsigned integers of 64 bits that have their 63', 'SELECT [0, 9007199254740991]::UBIGINT[] AS v', 'list?', [[0, Number.MAX_SAFE_INTEGER]]],
      ['that are null here and there', 'SELECT CASE WHEN i % 2 = 0 THEN [i, 7] END AS v FROM range(4) t(i)', 'list?', [[0, 7], null, [2, 7], null]],
      ['that are empty', 'SELECT []::INTEGER[] AS v', 'list?', [[]]],
      ['of a fixed length', 'SELECT [1, 2, 3]::INTEGER[3] AS v', 'list?', [[1, 2, 3]]],
      [
        'of several lengths, as text',
        `SELECT CASE i WHEN 0 THEN [] WHEN 1 THEN NULL ELSE [-1, ${big}] END AS v FROM range(3) t(i)`,
        'text?',
        ['[]', null, `[-1, ${big}]`],
      ],
      ['that are all null, as text', 'SELECT NULL::INTEGER[] AS v FROM range(2)', 'text?', [null, null]],
      ['of a column without a row', 'SELECT [1] AS v WHERE false', 'list?', []],
    ];
    for (const [what, sql, type, values] of lists) {
      it(`DuckDB's lists ${what}`, async () => {
        await copy([sql, 'lists.parquet']);
        const { rows, types, error } = await readAll(fromParquet(path('lists.parquet')));
        expect(error).to.equal(null);
        expect(types).to.deep.equal({ v: type });
        expect(rows).to.deep.equal(values.map((v) => ({ v })));
      });
    }

    it('what DuckDB made of our flows', async () => {
      await copy([`SELECT * FROM '${path('whole.parquet')}'`, 'again.parquet']);
      const { rows, error } = await readAll(fromParquet(path('again.parquet')));
      expect(error).to.equal(null);
      expect(rows).to.deep.equal(rowsOf(batch));
    });

    it("polars' lists, in Parquet and in Arrow", async () => {
      const frame = polars.DataFrame(
        {
          v: [
            [1, 2],
            [3, 4],
          ],
          w: [[1], [2, 3]],
        },
        { schema: { v: polars.List(polars.Int64), w: polars.List(polars.Int32) } },
      );
      frame.writeParquet(path('lists.parquet'));
      frame.writeIPC(path('lists.arrow'));
      for (const name of ['lists.parquet', 'lists.arrow']) {
        const { rows, error } = await readAll(fromFile(path(name)));
        expect([rows, error]).to.deep.equal([
          [
            { v: [1, 2], w: '[1]' },
            { v: [3, 4], w: '[2, 3]' },
          ],
          null,
        ]);
      }
    });

    const refused: [what: string, sql: string, message: RegExp, rows: number][] = [
      [
        'of another length behind the first rows',
        'SELECT CASE WHEN i < 20000 THEN [i, 1] ELSE [i] END AS v FROM range(30000) t(i)',
        /: in row \d+ \(at byte \d+\) v has a list of 1 integers, where the first rows have 2; a column has lists of one length\.$/,
        16384,
      ],
      ['with an item that is null', 'SELECT [1, NULL] AS v', /: in row 1 .* v has a list with an item that is null\.$/, 0],
      [
        'of what 64 bits do not hold',
        'SELECT [18446744073709551615]::UBIGINT[] AS v',
        /: in row 1 .* v has 18446744073709551615 in a list, which does not fit 64 bits\.$/,
        0,
      ],
      ['of texts', "SELECT ['a'] AS v", /: v is of Arrow's type List<Utf8>, which no column of flows can have\.$/, 0],
      ['of lists', 'SELECT [[1]] AS v', /: v is of Arrow's type List<List<Int32>>, which no column of flows can have\.$/, 0],
    ];
    for (const [what, sql, message, before] of refused) {
      it(`no lists ${what}`, async () => {
        await copy([sql, 'lists.parquet', '(FORMAT parquet, ROW_GROUP_SIZE 2048)']);
        const { rows, error } = await readAll(fromParquet(path('lists.parquet')));
        expect(error?.code).to.equal('ERR_NFSTREAM_COLUMN');
        expect(error?.message).to.match(message);
        expect(rows.length).to.be.at.least(before);
      });
    }
  });

  describe('what it cannot read', () => {
    const whole = (): Buffer => readFileSync(path('whole.parquet'));
    const directory = (bytes: Buffer): number => bytes.length - 8 - bytes.readUInt32LE(bytes.length - 8);
    const wrong: [what: string, bytes: () => Uint8Array, code: string, message: RegExp][] = [
      ['nothing', () => new Uint8Array(0), 'ERR_NFSTREAM_EMPTY_FILE', /x\.parquet: it is empty/],
      ['other bytes', () => Buffer.from('id,src_ip\n1,2\n'), 'ERR_NFSTREAM_INPUT_FORMAT', /x\.parquet: it is not Parquet: it begins with other bytes/],
      ['a file that was cut off', () => whole().subarray(0, -1), 'ERR_NFSTREAM_TRUNCATED', /x\.parquet: the Parquet file has no end, .*: it was cut off/],
      ['only its magic bytes', () => Buffer.from('PAR1PAR1'), 'ERR_NFSTREAM_TRUNCATED', /has no end/],
      [
        'a directory that is longer than the file',
        () => Buffer.from('PAR1\xff\xff\xff\xffPAR1', 'latin1'),
        'ERR_NFSTREAM_CORRUPT',
        /its end says that it has 4294967295 bytes/,
      ],
      ['an empty directory', () => Buffer.from('PAR1\0\0\0\0PAR1'), 'ERR_NFSTREAM_CORRUPT', /its end says that it has 0 bytes/],
      [
        'a directory of other bytes',
        () => {
          const bytes = whole();
          return bytes.fill(0xff, directory(bytes), bytes.length - 8);
        },
        'ERR_NFSTREAM_CORRUPT',
        /x\.parquet: the directory at its end cannot be read: /,
      ],
    ];
    for (const [what, bytes, code, message] of wrong) {
      it(`says so of ${what}`, async () => {
        write('x.parquet', bytes());
        const { error, rows } = await readAll(fromParquet(path('x.parquet')));
        expect(error?.message).to.match(message);
        expect([error?.code, error?.file, rows]).to.deep.equal([code, path('x.parquet'), []]);
      });
    }

    it('delivers the row groups in front of the damage, and tells where it is', async () => {
      const bytes = whole();
      bytes.fill(0xff, directory(bytes) - 200_000, directory(bytes) - 100_000);
      write('x.parquet', bytes);
      const { error, rows } = await readAll(fromParquet(path('x.parquet')));
      expect(error?.code).to.equal('ERR_NFSTREAM_CORRUPT');
      expect(error?.row).to.equal(rows.length + 1);
      expect(rows.length).to.be.oneOf([12_000, 18_000]);
      expect(rows).to.deep.equal(rowsOf(batch.slice(0, rows.length)));
    });

    it('tells of a file that became shorter meanwhile', async () => {
      write('x.parquet', whole());
      const reader = fromParquet(path('x.parquet'));
      reader.once('data', () => truncateSync(path('x.parquet'), 1000));
      const error = await pipeline(reader, async (batches: AsyncIterable<FlowBatch>) => {
        for await (const _batch of batches);
      }).then(
        () => null,
        (reason: unknown) => reason,
      );
      expect(error)
        .to.have.property('code')
        .that.matches(/^ERR_NFSTREAM_(TRUNCATED|CORRUPT)$/);
    });

    it('says in one sentence that neither streams nor pipes can be read', async () => {
      expect(() => fromParquet(createReadStream(path('whole.parquet')) as unknown as string))
        .to.throw()
        .with.property('code', 'ERR_NFSTREAM_OPTION_TYPE');
      execFileSync('mkfifo', [path('fifo')]);
      const writer = execFile('cp', [path('whole.parquet'), path('fifo')]);
      for (const source of [createReadStream(path('whole.parquet')), path('fifo')]) {
        const { error } = await readAll(fromFile(source));
        expect(error?.code).to.equal('ERR_NFSTREAM_INPUT_FORMAT');
        expect(error?.message).to.match(/: Parquet has its directory at its end, so that it cannot be read from a stream or pipe; write it to a file first\.$/);
      }
      writer.kill();
    });

    it('never breaks on bytes that were changed', async () => {
      await save('small.parquet', {}, batch.slice(0, 40));
      const small = readFileSync(path('small.parquet'));
      let state = 12345;
      const random = (below: number): number => (state = (Math.imul(state, 1103515245) + 12345) >>> 0) % below;
      const rounds = thorough ? 24 : 9;
      let sound = 0;
      for (let round = 0; round < rounds; round++) {
        const bytes = Buffer.from(small);
        // The directory, which takes most of a small file, seldom bears a change; values in front of it often do.
        const reach = round % 3 === 0 ? bytes.length >> 3 : bytes.length;
        for (let change = 0; change <= random(4); change++) bytes[random(reach)] = [0, 0xff, 0x7f, random(256)][random(4)]!;
        write('changed.parquet', bytes);
        const { error, rows } = await readAll(fromParquet(path('changed.parquet')));
        if (error === null) sound++;
        else expect(error.code, String(error.stack)).to.match(/^ERR_NFSTREAM_(CORRUPT|COLUMN|TRUNCATED|INPUT_FORMAT)$/);
        expect(rows.length).to.be.at.most(40 * 8192);
      }
      expect(sound).to.be.within(1, rounds - 1);
    });
  });

  describe('the life of a process that reads it', () => {
    const program = fileURLToPath(new URL('programs/read-parquet.ts', import.meta.url));
    const cases: [what: string, how: string, out: string][] = [
      ['ends by itself when the file is read', 'whole', '20000 rows, threads left: 0, files left: 0'],
      ['keeps nothing when a loop is left early', 'break', 'threads left: 0, files left: 0'],
      ['keeps nothing when the reader is destroyed at any time', 'destroy', 'threads left: 0, files left: 0'],
      ['keeps nothing when its signal is aborted', 'abort', 'AbortError, threads left: 0, files left: 0'],
      ['ends by itself when the reader is left alone', 'leave', 'left'],
    ];
    for (const [what, how, out] of cases) {
      it(what, async () => {
        const args = await programArgs(program);
        const ended = await new Promise((resolve) => {
          const child = execFile(process.execPath, [...args, how, library, path('whole.parquet')], { timeout: 100_000 }, (_error, stdout, err) => {
            resolve({ code: child.exitCode, signal: child.signalCode, out: stdout.trim(), err });
          });
        });
        expect(ended).to.deep.equal({ code: 0, signal: null, out, err: '' });
      });
    }

    it('may have flags that no thread takes', () => {
      const text = `import { fromParquet } from ${JSON.stringify(library)}; let rows = 0; for await (const batch of fromParquet(process.argv[1])) rows += batch.length; console.log(rows);`;
      expect(execFileSync(process.execPath, [...libraryFlags, '--input-type=module', '-e', text, path('whole.parquet')], { encoding: 'utf8' })).to.equal(
        '20000\n',
      );
    });
  });
});
