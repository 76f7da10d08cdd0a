import { expect } from 'chai';
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text as textOf } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { fileURLToPath } from 'node:url';
import { FlowError } from '../../lib/errors.js';
import { CsvEncoder } from '../../lib/encode/csv.js';
import { toFile, type FileOptions } from '../../lib/files/to-file.js';
import { failureOf, testFolder } from './file-folder.js';
import { asOrdinaryUser } from '../ordinary-user.js';
import { cut, encodeAll, sampleBatch, streamOf, withDefaults } from '../samples.js';

const batch = sampleBatch(40_000).select(['id', 'src_ip', 'bidirectional_bytes']);
const program = fileURLToPath(new URL('programs/write-forever.ts', import.meta.url));

/** A small disk on a folder. */
function mountDisk(folder: string): void {
  mkdirSync(folder);
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=512k', 'tmpfs', folder], { stdio: 'pipe' });
}

/** Whether this process may mount: most users may not, and not root everywhere. */
function mayMount(): boolean {
  const folder = mkdtempSync(join(tmpdir(), 'nfstream-disk-'));
  try {
    mountDisk(join(folder, 'disk'));
    execFileSync('umount', [join(folder, 'disk')]);
    return true;
  } catch {
    return false;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

describe('what can go wrong with several files', () => {
  const { path, files } = testFolder();

  const write = (name: string, options: FileOptions): Promise<void> => pipeline(streamOf(cut(batch, [1000])), toFile(path(name), options));

  /** Every rotated file that is there is whole. */
  async function expectWhole(names: readonly string[], flows: number): Promise<void> {
    for (const [n, name] of names.entries()) {
      const bytes = await encodeAll(new CsvEncoder(withDefaults('csv')), [batch.slice(n * flows, (n + 1) * flows)]);
      expect(readFileSync(path(name)).equals(bytes), name).to.equal(true);
    }
  }

  // Where that is not possible the limit below stands for the full disk.
  if (mayMount()) {
    describe('on a full disk', () => {
      beforeEach(() => {
        mountDisk(path('disk'));
      });
      afterEach(() => {
        execFileSync('umount', [path('disk')]);
      });

      const cases: [what: string, name: string, options: FileOptions][] = [
        ['one file', 'disk/f.csv', {}],
        ['Arrow', 'disk/f.arrows', {}],
        ['rotated files', 'disk/f-{n:3}.csv', { rotate: { flows: 5000 } }],
        ['partitions', 'disk/out', { partitionBy: 'id', format: 'csv', maxOpenPartitions: 30, rotate: { flows: 1 } }],
      ];
      for (const [what, name, options] of cases) {
        it(`fails with one sentence for ${what}, leaves no part, and files before it whole`, async () => {
          const error = await failureOf(write(name, options));
          expect(error).to.be.instanceOf(FlowError).with.property('code', 'ERR_NFSTREAM_OUTPUT');
          expect(error.message).to.match(/^Can't write .*: the disk is full; make room or choose another place\.$/);
          const left = files();
          expect(left.filter((file) => file.endsWith('.part'))).to.deep.equal([]);
          if (what === 'rotated files') {
            expect(left).to.have.length.within(2, 7);
            await expectWhole(left, 5000);
          } else if (what === 'partitions') {
            for (const file of left) expect(readFileSync(path(file), 'utf8')).to.match(/^src_ip,bidirectional_bytes\n[^\n]+,\d+\n$/);
          } else {
            expect(left).to.deep.equal([]);
            expect(statfsSync(path('disk')).bfree).to.be.above(100);
          }
        });
      }
    });
  }

  it('fails with one sentence when a file gets larger than the process may write, and leaves no part', async () => {
    const command = `ulimit -f 200; exec '${process.execPath}' --import tsx '${program}' '${path('f.csv')}' '{}'`;
    const child = spawn('bash', ['-c', command], { stdio: ['ignore', 'ignore', 'pipe'] });
    const [said] = await Promise.all([textOf(child.stderr), once(child, 'close')]);
    expect(said).to.match(
      /FlowError: Can't write .*f\.csv: the file would be larger than its file system, or the limit of this process \(ulimit -f\), allows; raise/,
    );
    expect(files()).to.deep.equal([]);
  });

  it('fails with one sentence in a folder without permission, and leaves files before it whole', async () => {
    mkdirSync(path('locked'));
    chmodSync(path('locked'), 0o555);
    chmodSync(path(), 0o777);
    const cases: [name: string, options: FileOptions][] = [
      ['locked/f-{n}.csv', { rotate: { flows: 5 } }],
      ['locked/%Y/f-{n}.csv', { rotate: { flows: 5 } }],
      ['locked/out', { partitionBy: 'id', format: 'csv' }],
      ['locked', { partitionBy: 'id', format: 'csv' }],
    ];
    for (const [name, options] of cases) {
      const named = sampleBatch(10).withColumn(
        'bidirectional_last_seen_us',
        'int',
        Array.from({ length: 10 }, (_, n) => n),
      );
      const error = await asOrdinaryUser(() => failureOf(pipeline(streamOf([named]), toFile(path(name), options))));
      expect(error).to.have.property('code', 'ERR_NFSTREAM_OUTPUT');
      expect(error.message, name).to.match(/^Can't write .*: there is no permission; choose another place or change its permissions\.$/);
    }
    expect(readdirSync(path('locked'))).to.deep.equal([]);
  });

  it('fails with one sentence for the name of a folder, and for a folder under a file', async () => {
    mkdirSync(path('f-1.csv'));
    const error = await failureOf(write('f-{n}.csv', { rotate: { flows: 100 } }));
    expect(error.message).to.match(/f-1\.csv: it is a folder; give the name of a file\.$/);
    await expectWhole(['f-0.csv'], 100);
    writeFileSync(path('file'), '');
    expect((await failureOf(write('file/out', { partitionBy: 'id', format: 'csv' }))).message).to.match(
      /Can't write .*file\/out: .*is not a folder; choose another place\.$/,
    );
  });
});
