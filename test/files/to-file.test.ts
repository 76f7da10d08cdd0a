import { expect } from 'chai';
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, closeSync, constants, existsSync, mkdirSync, mkdtempSync, openSync, readFileSync, readdirSync, readSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { setTimeout as pause } from 'node:timers/promises';
import { FlowBatch } from '../../lib/flows/flow-batch.js';
import { FlowError } from '../../lib/errors.js';
import { toArrow, toCsv, toJson, toParquet } from '../../lib/encode/exporter.js';
import type { Exporter } from '../../lib/encode/exporter.js';
import { toFile, type FileOptions } from '../../lib/files/to-file.js';
import { asOrdinaryUser } from '../ordinary-user.js';
import { cut, sampleBatch, streamOf } from '../samples.js';
import { ticksUntil, until } from '../waiting.js';

const batch = sampleBatch(20_000);
const few = sampleBatch(10);

async function failureOf(run: Promise<unknown>): Promise<FlowError> {
  return run.then(
    () => expect.fail('it did not fail'),
    (error: FlowError) => error,
  );
}

function openDescriptors(): string[] {
  // The descriptor that lists the folder is in the list, and gone afterwards.
  return readdirSync('/proc/self/fd').filter((fd) => existsSync(`/proc/self/fd/${fd}`));
}

/** Takes a byte from a FIFO that is open without waiting; false where there is none, as nobody has written or opened it yet. */
function readsSomething(fifo: number): boolean {
  try {
    return readSync(fifo, Buffer.alloc(1)) > 0;
  } catch (error) {
    expect(error).to.have.property('code', 'EAGAIN');
    return false;
  }
}

/** A source that gives a batch each millisecond, without an end. */
function endless(): Readable {
  return Readable.from((async function* () {
    for (;;) {
      await pause(1);
      yield few;
    }
  })(), { highWaterMark: 1 });
}

describe('toFile()', () => {
  let folder: string;
  let descriptors: number;
  const path = (name: string): string => join(folder, name);
  const parts = (): string[] => readdirSync(folder).filter((name) => name.endsWith('.part'));
  const write = (name: string, options?: FileOptions, batches = [few]): Promise<void> => pipeline(streamOf(batches), toFile(path(name), options));
  const csv = (): Promise<Buffer> => buffer(streamOf([few]).pipe(toCsv()));

  // What is opened once for all is opened before descriptors are counted.
  before(() => pipeline(streamOf([few]), toFile('/dev/null', { format: 'arrow' })));

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'nfstream-to-file-'));
    descriptors = openDescriptors().length;
  });

  afterEach(() => {
    const left = parts();
    rmSync(folder, { recursive: true });
    expect(left).to.deep.equal([]);
    expect(openDescriptors().length).to.be.at.most(descriptors);
  });

  // prettier-ignore
  const formats: [name: string, options: FileOptions, exporter: () => Exporter, format: string][] = [
    ['f.csv', {}, () => toCsv(), 'csv'],
    ['F.CSV', {}, () => toCsv(), 'csv'],
    ['f.json', {}, () => toJson({ format: 'array' }), 'json'],
    ['f.jsonl', {}, () => toJson(), 'jsonl'],
    ['f.ndjson', {}, () => toJson(), 'jsonl'],
    ['f.arrow', {}, () => toArrow({ format: 'file' }), 'arrow'],
    ['f.arrows', {}, () => toArrow({ format: 'stream' }), 'arrows'],
    ['f.csv', { format: 'jsonl' }, () => toJson(), 'jsonl'],
    ['f', { format: 'arrow' }, () => toArrow({ format: 'file' }), 'arrow'],
    ['f.arrow', { compression: 'zstd', compact: true }, () => toArrow({ format: 'file', compression: 'zstd', compact: true }), 'arrow'],
    ['f.parquet', {}, () => toParquet(), 'parquet'],
    ['f', { format: 'parquet', compression: 'zstd', rowGroupRows: 3000, compact: true }, () => toParquet({ compression: 'zstd', rowGroupRows: 3000, compact: true }), 'parquet'],
    ['f.csv', { delimiter: ';', header: false, newline: '\r\n', escapeFormulas: true }, () => toCsv({ delimiter: ';', header: false, newline: '\r\n', escapeFormulas: true }), 'csv'],
  ];
  for (const [name, options, exporter, format] of formats) {
    it(`writes ${name} with ${JSON.stringify(options)} as the exporter does, and reports it`, async () => {
      const writer = toFile(path(name), options);
      await pipeline(streamOf(cut(batch, [777])), writer);
      const expected = await buffer(streamOf([batch]).pipe(exporter()));
      expect(readFileSync(path(name)).equals(expected)).to.equal(true);
      expect(writer.report()).to.deep.equal({ path: path(name), format, flows: 20_000, bytes: expected.length });
    });
  }

  it('writes valid files when there is no flow, and when there is no batch', async () => {
    for (const name of ['f.csv', 'f.json', 'f.jsonl', 'f.arrow', 'f.arrows', 'f.parquet']) {
      await write(name, {}, [few.slice(0, 0)]);
      await write(`no-batch-${name}`, {}, []);
      expect(existsSync(path(`no-batch-${name}`))).to.equal(true);
    }
    expect(readFileSync(path('f.csv'), 'utf8')).to.match(/^id,.*\n$/);
    expect(readFileSync(path('f.json'), 'utf8')).to.equal('[]');
  });

  const refused: [name: string, options: unknown, code: string, message: RegExp][] = [
    ['f', {}, 'ERR_NFSTREAM_OUTPUT_FORMAT', /end it with one of \.json, \.jsonl, \.ndjson, \.csv, \.arrow, \.arrows, \.parquet, or give the option format/],
    ['f.csv.gz', {}, 'ERR_NFSTREAM_OUTPUT_FORMAT', /does not tell a format/],
    ['f.xlsx', {}, 'ERR_NFSTREAM_OUTPUT_FORMAT', /f\.xlsx/],
    ['f.csv', { format: 'xml' }, 'ERR_NFSTREAM_OPTION_RANGE', /one of "json", "jsonl", "csv", "arrow", "arrows", "parquet", "cic" for format/],
    ['f.json', { delimiter: ';' }, 'ERR_NFSTREAM_OPTION_UNKNOWN', /no option delimiter here/],
    ['f.csv', { clobber: 'no' }, 'ERR_NFSTREAM_OPTION_TYPE', /true or false for clobber/],
    ['f.csv', { delimiter: 'ab' }, 'ERR_NFSTREAM_OPTION_RANGE', /for delimiter/],
    ['f.csv', { clober: true }, 'ERR_NFSTREAM_OPTION_UNKNOWN', /Did you mean clobber\?/],
    ['f.csv', 'csv', 'ERR_NFSTREAM_OPTION_TYPE', /an object for the options/],
    ['f.csv', null, 'ERR_NFSTREAM_OPTION_TYPE', /an object for the options/],
  ];
  for (const [name, options, code, message] of refused) {
    it(`refuses ${name} with ${JSON.stringify(options)}`, () => {
      expect(() => toFile(path(name), options as FileOptions)).to.throw(FlowError, message).with.property('code', code);
    });
  }

  it('refuses a path that is no string', () => {
    expect(() => toFile(5 as never)).to.throw(FlowError, /the path of toFile\(\) but received 5/);
  });

  it('keeps an output that exists until the new one is whole', async () => {
    writeFileSync(path('f.csv'), 'old');
    const writer = toFile(path('f.csv'));
    await new Promise((resolve) => writer.write(few, resolve));
    expect(readFileSync(path('f.csv'), 'utf8')).to.equal('old');
    expect(parts()[0]).to.match(new RegExp(`^\\.f\\.csv\\.${process.pid}-\\d+\\.part$`));
    writer.end();
    await once(writer, 'close');
    expect(readFileSync(path('f.csv')).equals(await csv())).to.equal(true);
  });

  it('has a part beside a file that only its owner may read opened to nobody else, from the first moment', async () => {
    writeFileSync(path('own.csv'), 'old', { mode: 0o600 });
    const handle = await open(path('own.csv'));
    const prototype = Object.getPrototypeOf(handle) as FileHandle;
    await handle.close();
    const { chmod } = prototype;
    const modes: number[] = [];
    prototype.chmod = async function (mode) {
      const { mode: before, size } = await this.stat();
      modes.push(before & 0o777, size, Number(mode));
      return chmod.call(this, mode);
    };
    try {
      await write('own.csv');
    } finally {
      prototype.chmod = chmod;
    }
    expect(modes).to.deep.equal([0o600, 0, 0o600]);
    expect(statSync(path('own.csv')).mode & 0o777).to.equal(0o600);
  });

  it('keeps the mode of an output that exists, and takes the umask for a new one', async () => {
    writeFileSync(path('f.csv'), 'old', { mode: 0o640 });
    const umask = process.umask(0o027);
    try {
      await write('f.csv');
      await write('new.csv');
    } finally {
      process.umask(umask);
    }
    expect(statSync(path('f.csv')).mode & 0o777).to.equal(0o640);
    expect(statSync(path('new.csv')).mode & 0o777).to.equal(0o640);
    writeFileSync(path('open.csv'), 'old');
    execFileSync('chmod', ['666', path('open.csv')]);
    await write('open.csv');
    expect(statSync(path('open.csv')).mode & 0o777).to.equal(0o666);
  });

  it('follows symbolic links, dangling ones too', async () => {
    mkdirSync(path('a'));
    mkdirSync(path('b'));
    symlinkSync('../b/target.csv', path('a/link.csv'));
    symlinkSync('a/link.csv', path('outer.csv'));
    for (let i = 0; i < 2; i++) {
      await write('outer.csv');
      expect(readFileSync(path('b/target.csv')).equals(await csv())).to.equal(true);
    }
    expect(readdirSync(path('a'))).to.deep.equal(['link.csv']);
    expect(readdirSync(path('b'))).to.deep.equal(['target.csv']);
  });

  it('refuses at once to replace an output with clobber: false', async () => {
    writeFileSync(path('f.csv'), 'old');
    const error = await failureOf(pipeline(new Readable({ objectMode: true, read: () => {} }), toFile(path('f.csv'), { clobber: false })));
    expect(error).to.be.instanceOf(FlowError).with.property('code', 'ERR_NFSTREAM_OUTPUT_EXISTS');
    expect(readFileSync(path('f.csv'), 'utf8')).to.equal('old');
  });

  it('refuses with clobber: false also what came into being meanwhile', async () => {
    const writer = toFile(path('f.csv'), { clobber: false });
    writer.write(few);
    await until(() => parts().length > 0);
    writeFileSync(path('f.csv'), 'faster');
    writer.end();
    const [error] = (await once(writer, 'error')) as [FlowError];
    expect(error.code).to.equal('ERR_NFSTREAM_OUTPUT_EXISTS');
    await write('g.csv', { clobber: false });
    expect(readFileSync(path('f.csv'), 'utf8')).to.equal('faster');
    expect(readdirSync(folder).sort()).to.deep.equal(['f.csv', 'g.csv']);
  });

  it('takes names as long as the system does', async () => {
    const name = `${'é'.repeat(125)}x.csv`;
    await write(name);
    expect(readFileSync(path(name)).equals(await csv())).to.equal(true);
    expect((await failureOf(write(`${'x'.repeat(300)}.csv`))).message).to.match(/its name is too long/);
  });

  const unwritable: [what: string, name: () => string, cause: string, message: RegExp][] = [
    ['a missing folder', () => path('missing/f.csv'), 'ENOENT', /Can't write .*missing\/f\.csv: the folder .*missing does not exist; make it first\.$/],
    ['a folder that is a file', () => '/etc/passwd/f.csv', 'ENOTDIR', /\/etc\/passwd is not a folder/],
    ['a folder where nobody may write', () => '/proc/f.csv', 'ENOENT', /\/proc\/f\.csv/],
    ['a full device', () => '/dev/full', 'ENOSPC', /Can't write \/dev\/full: the disk is full; make room/],
    ['a folder', () => folder, 'EISDIR', /it is a folder; give the name of a file/],
    ['a descriptor that is not open', () => '/dev/fd/987654', 'EBADF', /Can't write \/dev\/fd\/987654/],
  ];
  for (const [what, name, cause, message] of unwritable) {
    it(`fails with one sentence for ${what}`, async () => {
      const error = await failureOf(pipeline(streamOf(cut(batch, [1000])), toFile(name(), { format: 'csv' })));
      expect(error).to.be.instanceOf(FlowError).with.property('code', 'ERR_NFSTREAM_OUTPUT');
      expect(error.message).to.match(message);
      expect(error.message).to.match(/^[^\n]+\.$/);
      expect((error.cause as NodeJS.ErrnoException).code).to.equal(cause);
      expect(error.file).to.equal(name());
    });
  }

  it('fails without permission for the folder, or to replace a write-protected file', async () => {
    mkdirSync(path('locked'));
    chmodSync(path('locked'), 0o555);
    writeFileSync(path('protected.csv'), 'old', { mode: 0o444 });
    chmodSync(folder, 0o777);
    for (const name of ['locked/f.csv', 'protected.csv']) {
      const error = await asOrdinaryUser(() => failureOf(write(name)));
      expect(error.message).to.match(/there is no permission; choose another place or change its permissions\.$/);
      expect((error.cause as NodeJS.ErrnoException).code).to.equal('EACCES');
    }
    expect(readFileSync(path('protected.csv'), 'utf8')).to.equal('old');
  });

  it('fails for links in a circle', async () => {
    symlinkSync('b.csv', path('a.csv'));
    symlinkSync('a.csv', path('b.csv'));
    expect((await failureOf(write('a.csv'))).message).to.match(/its symbolic links lead in a circle/);
  });

  it('removes its part when the source fails, the stage is destroyed or the run aborted', async () => {
    writeFileSync(path('f.csv'), 'old');
    const broken = Readable.from((async function* () {
      yield batch;
      await pause(5);
      throw new Error('the source broke');
    })(), { highWaterMark: 1 });
    expect((await failureOf(pipeline(broken, toFile(path('f.csv'))))).message).to.equal('the source broke');

    const writer = toFile(path('f.csv'));
    writer.write(batch);
    await pause(5);
    writer.destroy();
    await once(writer, 'close');

    const unopened = toFile(path('f.csv'));
    unopened.destroy();
    await once(unopened, 'close');

    const aborted = failureOf(pipeline(endless(), toFile(path('f.csv'), { signal: AbortSignal.timeout(50) })));
    expect((await aborted).name).to.equal('AbortError');
    expect(((await once(toFile(path('f.csv'), { signal: AbortSignal.abort() }), 'error')) as [Error])[0].name).to.equal('AbortError');
    expect(readFileSync(path('f.csv'), 'utf8')).to.equal('old');
    expect(readdirSync(folder)).to.deep.equal(['f.csv']);
  });

  it('refuses what is no batch, and a changed schema, and leaves no file', async () => {
    expect((await failureOf(pipeline(Readable.from(['text']), toFile(path('f.csv'))))).code).to.equal('ERR_NFSTREAM_BATCH_TYPE');
    expect((await failureOf(write('f.csv', {}, [few, few.select(['id'])]))).code).to.equal('ERR_NFSTREAM_SCHEMA_CHANGED');
    expect(readdirSync(folder)).to.deep.equal([]);
  });

  it('finishes the file before it tells the damage of the run', async () => {
    const damage = new FlowError('ERR_NFSTREAM_TRUNCATED', 'The capture ends in packet 7.');
    const damaged = FlowBatch.from([{ id: 0 }, { id: 1 }], { damage });
    const writer = toFile(path('f.csv'));
    expect(await failureOf(pipeline(streamOf([damaged]), writer))).to.equal(damage);
    expect(readFileSync(path('f.csv'), 'utf8')).to.equal('id\n0\n1\n');
    expect(writer.report()).to.include({ flows: 2, bytes: 7 });
  });

  it('is single-use', async () => {
    const writer = toFile(path('f.csv'));
    await pipeline(streamOf([few]), writer);
    expect((await failureOf(pipeline(streamOf([few]), writer))).code).to.equal('ERR_NFSTREAM_STAGE_REUSED');
  });

  it('writes a FIFO in place, waits for its reader, and can be destroyed while it waits', async () => {
    execFileSync('mkfifo', [path('f.csv')]);
    const waiting = toFile(path('f.csv'));
    waiting.write(few);
    await pause(50);
    waiting.destroy();
    expect(await ticksUntil(once(waiting, 'close'))).to.be.lessThan(10);

    const writing = write('f.csv', {}, cut(batch, [1000]));
    await pause(50);
    const reader = spawn('cat', [path('f.csv')], { stdio: ['ignore', 'pipe', 'inherit'] });
    const [read] = await Promise.all([buffer(reader.stdout), writing]);
    expect(read.equals(await buffer(streamOf([batch]).pipe(toCsv())))).to.equal(true);
    expect(statSync(path('f.csv')).isFIFO()).to.equal(true);
  });

  it('fails when the reader of a FIFO goes away, and can be destroyed when it does not read', async () => {
    execFileSync('mkfifo', [path('f.csv')]);
    const writing = failureOf(pipeline(endless(), toFile(path('f.csv'))));
    const reader = openSync(path('f.csv'), constants.O_RDONLY | constants.O_NONBLOCK);
    await until(() => readsSomething(reader));
    closeSync(reader);
    const error = await writing;
    expect(error.code).to.equal('ERR_NFSTREAM_OUTPUT');
    expect(error.message).to.match(/its reader has gone away/);
    expect((error.cause as NodeJS.ErrnoException).code).to.equal('EPIPE');

    const silent = openSync(path('f.csv'), constants.O_RDONLY | constants.O_NONBLOCK);
    const stuck = toFile(path('f.csv'));
    stuck.write(batch);
    await until(() => readsSomething(silent));
    stuck.destroy();
    expect(await ticksUntil(once(stuck, 'close'))).to.be.lessThan(10);
    closeSync(silent);
  });

  it('writes a device in place', async () => {
    const writer = toFile('/dev/null', { format: 'json', clobber: false });
    await pipeline(streamOf([few]), writer);
    expect(writer.report().flows).to.equal(10);
    expect(statSync('/dev/null').isCharacterDevice()).to.equal(true);
  });

  it('writes to an open descriptor where it stands, and leaves it open', async () => {
    const fd = openSync(path('log.txt'), 'w+');
    for (let i = 0; i < 2; i++) await pipeline(streamOf([few]), toFile(`/dev/fd/${fd}`, { format: 'csv' }));
    const expected = await csv();
    const read = Buffer.alloc(3 * expected.length);
    expect(readSync(fd, read, 0, read.length, 0)).to.equal(2 * expected.length);
    expect(read.subarray(0, 2 * expected.length).equals(Buffer.concat([expected, expected]))).to.equal(true);
    closeSync(fd);
  });

  describe('as /dev/stdout of a process', () => {
    const program = `
      import { toFile } from ${JSON.stringify(new URL('../../lib/files/to-file.ts', import.meta.url).href)};
      import { sampleBatch, streamOf } from ${JSON.stringify(new URL('../samples.ts', import.meta.url).href)};
      import { pipeline } from 'node:stream/promises';
      const rows = Number(process.env.ROWS);
      await pipeline(streamOf([sampleBatch(rows)]), toFile('/dev/stdout', { format: 'csv' }))
        .catch((error) => { console.error(error.code, error.cause?.code); process.exitCode = 1; });`;
    const command = (): string => `'${process.execPath}' --import tsx --input-type=module -e '${program.replaceAll("'", `'\\''`)}'`;
    const environment = (rows: number): NodeJS.ProcessEnv => ({ ...process.env, ROWS: String(rows) });

    it('writes whole bytes to a pipe, a socket and a file that has some already', async () => {
      const expected = await buffer(streamOf([batch]).pipe(toCsv()));
      const piped = execFileSync('sh', ['-c', `${command()} | cat`], { env: environment(20_000), maxBuffer: 1 << 28 });
      expect(piped.equals(expected)).to.equal(true);
      const socket = spawn('sh', ['-c', `exec ${command()}`], { env: environment(20_000), stdio: ['ignore', 'pipe', 'inherit'] });
      expect((await buffer(socket.stdout)).equals(expected)).to.equal(true);
      writeFileSync(path('log.csv'), 'before\n');
      execFileSync('sh', ['-c', `${command()} >> '${path('log.csv')}'`], { env: environment(20_000) });
      expect(readFileSync(path('log.csv')).equals(Buffer.concat([Buffer.from('before\n'), expected]))).to.equal(true);
    });

    it('fails with EPIPE when the reader has gone', () => {
      const said = execFileSync('bash', ['-c', `{ ${command()} 2>'${path('err')}' | head -c 10 >/dev/null; }; cat '${path('err')}'`], { env: environment(20_000), encoding: 'utf8' });
      expect(said).to.equal('ERR_NFSTREAM_OUTPUT EPIPE\n');
    });
  });
});
