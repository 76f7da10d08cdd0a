import { execFileSync, spawn } from 'node:child_process';
import { createReadStream, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough, Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setTimeout as pause } from 'node:timers/promises';
import { expect } from 'chai';
import { FlowBatch } from '../../lib/flows/flow-batch.js';
import type { FlowError } from '../../lib/errors.js';
import { flows } from '../../lib/flows/flows.js';
import { toFile } from '../../lib/files/to-file.js';
import { fromArrow, fromCsv, fromFile, fromJson, fromParquet } from '../../lib/read/readers.js';
import { cut, sampleRows, streamOf } from '../samples.js';
import { processorMs, until } from '../waiting.js';
import { readAll } from './read-all.js';

const rows = sampleRows(40_000).map(({ requested_server_name, ...row }) => row);
const makers = [
  ['fromJson()', fromJson, 'f.jsonl'],
  ['fromCsv()', fromCsv, 'f.csv'],
  ['fromArrow()', fromArrow, 'f.arrows'],
  ['fromArrow() of a file', fromArrow, 'f.arrow'],
  ['fromParquet()', fromParquet as typeof fromArrow, 'f.parquet'],
] as const;
/** Parquet is read from a file alone. */
const readsStreams = (name: string): boolean => name !== 'f.parquet';
const openFiles = (): number => readdirSync('/proc/self/fd').length;

async function failureOf(run: Promise<unknown>): Promise<FlowError> {
  return run.then(
    () => expect.fail('it did not fail'),
    (error: FlowError) => error,
  );
}

describe('readers of flows as streams', () => {
  const folder = mkdtempSync(join(tmpdir(), 'nfstream-readers-'));
  const path = (name: string): string => join(folder, name);
  const nowhere = (): Writable => new Writable({ objectMode: true, write: (_chunk, _encoding, callback) => callback() });

  before(async () => {
    for (const [, , name] of makers) await pipeline(streamOf(cut(FlowBatch.from(rows), [8192])), toFile(path(name)));
  });
  after(() => rmSync(folder, { recursive: true }));

  for (const [what, make, name] of makers) {
    describe(what, () => {
      it('gives an empty batch with the schema first, then full ones, and counts', async () => {
        const reader = make(path(name));
        const { batches } = await readAll(reader);
        expect(batches.map((batch) => batch.length)).to.deep.equal([0, 8192, 8192, 8192, 8192, 7232]);
        expect(new Set(batches.map((batch) => batch.schema)).size).to.equal(1);
        const { flows: count, bytesRead, bytesTotal, damage, damages } = reader.report();
        expect([count, bytesRead, damage, damages]).to.deep.equal([40_000, bytesTotal, null, []]);
      });

      it('reads a stream of bytes', async () => {
        if (name === 'f.arrow' || !readsStreams(name)) return;
        expect((await readAll(make(createReadStream(path(name))))).rows).to.have.length(40_000);
      });

      it('reads no further than it is asked to', async () => {
        const reader = make(path(name));
        reader.read(0);
        await pause(200);
        expect(reader.readableLength).to.be.at.most(2);
        expect(reader.report().flows).to.be.at.most(2 * 8192);
        reader.destroy();
      });

      it('frees its file at the end, when it is left early, destroyed or aborted', async () => {
        await readAll(make(path(name)));
        const before = openFiles();
        await pipeline(make(path(name)), nowhere());
        for await (const flow of flows(make(path(name)))) if (flow.id === 5) break;
        for await (const batch of make(path(name))) if (batch.length > 0) break;
        const reader = make(path(name));
        reader.resume();
        reader.destroy();
        await once(reader, 'close');
        const cancel = new AbortController();
        const aborted = make(path(name), { signal: cancel.signal });
        aborted.once('data', () => cancel.abort());
        expect(((await once(aborted, 'error')) as [Error])[0].name).to.equal('AbortError');
        expect(((await once(make(path(name), { signal: AbortSignal.abort() }), 'error')) as [Error])[0].name).to.equal('AbortError');
        make(path(name)).destroy();
        await until(() => openFiles() <= before);
        expect(openFiles()).to.be.at.most(before); // what a test before it held may be closed by now
      });

      if (readsStreams(name))
        it('destroys the stream that it reads, also a silent one', async () => {
          const silent = new PassThrough();
          const reader = make(silent);
          reader.resume();
          await pause(20);
          reader.destroy();
          await once(reader, 'close');
          expect(silent.destroyed).to.equal(true);
        });

      if (readsStreams(name))
        it('fails with the error of the stream that it reads', async () => {
          const source = new PassThrough();
          const run = failureOf(pipeline(make(source), nowhere()));
          source.write(name === 'f.csv' ? 'x\n1\n' : '{"x":1}\n');
          source.destroy(new Error('the line went dead'));
          expect((await run).message).to.equal('the line went dead');
        });

      it('lets the event loop go round', async () => {
        await pipeline(make(path(name)), nowhere());
        let [running, last, longest] = [true, processorMs(), 0];
        const round = (): void => {
          const now = processorMs();
          longest = Math.max(longest, now - last);
          last = now;
          if (running) setImmediate(round);
        };
        setImmediate(round);
        await pipeline(make(path(name)), nowhere());
        running = false;
        expect(longest).to.be.lessThan(60);
      });

      it('is single-use', async () => {
        const reader = make(path(name));
        await pipeline(reader, nowhere());
        expect((await failureOf(readAll(reader).then(({ error }) => Promise.reject(error!)))).code).to.equal('ERR_NFSTREAM_STAGE_REUSED');
      });

      const mistakes: [source: unknown, options: unknown, code: string][] = [
        [5, undefined, 'ERR_NFSTREAM_OPTION_TYPE'],
        ['', undefined, 'ERR_NFSTREAM_OPTION_TYPE'],
        [[], undefined, 'ERR_NFSTREAM_OPTION_RANGE'],
        ['x', { colour: 'red' }, 'ERR_NFSTREAM_OPTION_UNKNOWN'],
        ['x', { onDamage: 'panic' }, 'ERR_NFSTREAM_OPTION_RANGE'],
        ['x', { types: { a: 'number' } }, name.startsWith('f.arrow') || name === 'f.parquet' ? 'ERR_NFSTREAM_OPTION_UNKNOWN' : 'ERR_NFSTREAM_OPTION_RANGE'],
      ];
      for (const [source, options, code] of mistakes) {
        it(`refuses ${JSON.stringify(source)} with ${JSON.stringify(options)}`, () => {
          expect(() => make(source as string, options as {}))
            .to.throw()
            .with.property('code', code);
        });
      }

      it('tells of a file that is not there, of a folder, and of chunks that are no bytes', async () => {
        for (const [source, code] of [
          [path('nowhere'), 'ERR_NFSTREAM_NO_SUCH_FILE'],
          [folder, 'ERR_NFSTREAM_IS_DIRECTORY'],
        ] as const) {
          expect((await failureOf(pipeline(make(source), nowhere()))).code).to.equal(code);
        }
        if (!readsStreams(name)) return;
        const objects = (async function* () {
          yield { id: 1 };
        })() as unknown as AsyncIterable<string>;
        expect((await failureOf(pipeline(make(objects), nowhere()))).code).to.equal('ERR_NFSTREAM_BATCH_TYPE');
      });
    });
  }

  it('reads several files one after the other, and tells the damage of each at the end', async () => {
    writeFileSync(path('one.csv'), 'id,src_ip\n1,10.0.0.1\n2,10.');
    writeFileSync(path('two.csv'), 'id,src_ip\n3,10.0.0.3\n');
    const reader = fromFile([path('one.csv'), path('two.csv'), path('gone.csv')]);
    const { rows: got, error } = await readAll(reader);
    expect(got.map((row) => row['id'])).to.deep.equal([1, 3]);
    expect(error?.code).to.equal('ERR_NFSTREAM_TRUNCATED');
    expect(reader.report().damages.map(({ code }) => code)).to.deep.equal(['ERR_NFSTREAM_TRUNCATED', 'ERR_NFSTREAM_NO_SUCH_FILE']);
  });

  it('writes what is in front of the damage, then tells it', async () => {
    writeFileSync(path('torn.jsonl'), '{"id":1}\n{"id":2}\n{"id":');
    const error = await failureOf(pipeline(fromFile(path('torn.jsonl')), toFile(path('torn.csv'))));
    expect([error.code, error.row, error.offset, error.file]).to.deep.equal(['ERR_NFSTREAM_TRUNCATED', 3, 18, path('torn.jsonl')]);
    expect((await readAll(fromFile(path('torn.csv')))).rows).to.deep.equal([{ id: 1 }, { id: 2 }]);
    const abort = await failureOf(pipeline(fromFile(path('torn.jsonl'), { onDamage: 'abort' }), toFile(path('no.csv'))));
    expect([abort.code, readdirSync(folder).includes('no.csv')]).to.deep.equal(['ERR_NFSTREAM_TRUNCATED', false]);
  });

  it('reads a FIFO as it comes, and lets it go when it is silent', async () => {
    execFileSync('mkfifo', [path('fifo')]);
    const silent = fromJson(path('fifo'));
    silent.resume();
    await pause(50);
    silent.destroy();
    await once(silent, 'close');
    const reading = readAll(fromJson(path('fifo')));
    spawn('sh', ['-c', `printf '{"id":1}\\n' > '${path('fifo')}'`]);
    expect((await reading).rows).to.deep.equal([{ id: 1 }]);
  });

  const strangers: [what: string, bytes: string, message: RegExp][] = [
    ['a capture', '\xd4\xc3\xb2\xa1\x02\x00', /is a capture of packets/],
    ['Parquet that is cut off', 'PAR1\x15', /: the Parquet file has no end, without which it cannot be read: it was cut off\.$/],
    ['Parquet that is encrypted', 'PARE\x15', /is a Parquet file that is encrypted/],
    ['gzip', '\x1f\x8b\x08', /compressed by gzip/],
    ['other bytes', '\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\n', /neither JSON nor CSV nor Arrow nor Parquet/],
    ['nothing', '', /is empty/],
  ];
  for (const [what, bytes, message] of strangers) {
    it(`says what ${what} is`, async () => {
      writeFileSync(path('stranger'), Buffer.from(bytes, 'latin1'));
      const { error, rows: got } = await readAll(fromFile(path('stranger')));
      expect(got).to.deep.equal([]);
      expect(error?.message).to.match(message);
    });
  }
});
