import { expect } from 'chai';
import { open, type FileHandle } from 'node:fs/promises';
import { readFileSync } from 'node:fs';
import { openSink } from '../../lib/files/sink/open-sink.js';
import { failureOf, testFolder } from './file-folder.js';

const step = 16 << 20;

describe('a file that grows', () => {
  const { path, files } = testFolder();
  let handles: Pick<FileHandle, 'datasync'>;
  let datasync: FileHandle['datasync'];
  let synced: number;

  beforeEach(async () => {
    const handle = await open(process.execPath);
    handles = Object.getPrototypeOf(handle) as FileHandle;
    await handle.close();
    datasync = handles.datasync;
    synced = 0;
  });
  afterEach(() => {
    handles.datasync = datasync;
  });

  const openFile = (): ReturnType<typeof openSink> => openSink(path('f.csv'), true, new AbortController().signal);

  it('is on the disk but for its last part before it ends, whether it rests meanwhile or not', async () => {
    handles.datasync = function (this: FileHandle) {
      synced++;
      return datasync.call(this);
    };
    const sink = await openFile();
    const piece = Buffer.alloc((step / 4) * 3);
    for (let n = 1; n <= 5; n++) {
      await sink.write(piece.fill(n));
      if (n === 4) await sink.rest!();
    }
    expect(synced).to.equal(2);
    await sink.commit();
    const whole = readFileSync(path('f.csv'));
    expect(whole.length).to.equal(5 * piece.length);
    for (let n = 1; n <= 5; n++) {
      const part = whole.subarray((n - 1) * piece.length, n * piece.length);
      expect(part.equals(piece.fill(n)), `part ${n}`).to.equal(true);
    }
  });

  for (const [when, writes] of [
    ['with the next step', 2],
    ['at its end', 1],
  ] as const)
    it(`fails ${when} where the disk refused what it was given before`, async () => {
      handles.datasync = () => Promise.reject(Object.assign(new Error('EIO: i/o error, fdatasync'), { code: 'EIO' }));
      const sink = await openFile();
      await sink.write(Buffer.alloc(step));
      const failure = await failureOf(writes === 2 ? sink.write(Buffer.alloc(step)) : sink.commit());
      expect(failure).to.have.property('code', 'EIO');
      await sink.abort();
      expect(files()).to.deep.equal([]);
    });

  it('that is given up while the disk is at work leaves nothing', async () => {
    const sink = await openFile();
    await sink.write(Buffer.alloc(step));
    await sink.abort();
    expect(files()).to.deep.equal([]);
  });
});
