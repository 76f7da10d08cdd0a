import { expect } from 'chai';
import { PassThrough } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { FlowError, tee, toFile, toFilePerSource, type FileOptions, type FlowBatch } from '../../lib/index.js';
import { until } from '../waiting.js';
import { failureOf, flowsAt, testFolder } from './file-folder.js';

/** Puts batches into a last stage, with something to do between them. */
async function write(writer: ReturnType<typeof toFile> | ReturnType<typeof tee>, steps: readonly (FlowBatch | (() => Promise<void>))[]): Promise<void> {
  const source = new PassThrough({ objectMode: true });
  const done = pipeline(source, writer);
  done.catch(() => {}); // told below
  for (const step of steps) {
    if (typeof step === 'function') {
      await step();
      continue;
    }
    source.write(step);
    await until(() => writer.destroyed || (source.readableLength === 0 && writer.writableLength === 0));
  }
  source.end();
  await done;
}

describe('rotate()', () => {
  const { path, files, text } = testFolder();
  const rowsOf = (): Record<string, number> => Object.fromEntries(files().map((name) => [name, text(name).trim().split('\n').length - 1]));
  const one = flowsAt([1]);

  const cases: [what: string, pattern: string, options: FileOptions, steps: (FlowBatch | 'rotate')[], rows: Record<string, number>][] = [
    ['numbers go on', 'f-{n}.csv', { rotate: { flows: 10 } }, [one, 'rotate', one, one, 'rotate', one], { 'f-0.csv': 1, 'f-1.csv': 2, 'f-2.csv': 1 }],
    [
      'twice within a minute of a name by the minute',
      'f-%H%M.csv',
      { rotate: { seconds: 3600 } },
      [flowsAt([61]), 'rotate', flowsAt([62]), 'rotate', flowsAt([63]), 'rotate'],
      { 'f-0000.csv': 1, 'f-0000-1.csv': 1, 'f-0000-2.csv': 1 },
    ],
    [
      'the next window has its own name',
      'f-%H%M.csv',
      { rotate: { seconds: 60 } },
      [flowsAt([1]), 'rotate', flowsAt([2]), flowsAt([61]), 'rotate', flowsAt([62])],
      { 'f-0000.csv': 1, 'f-0000-1.csv': 1, 'f-0001.csv': 1, 'f-0001-1.csv': 1 },
    ],
    ['nothing is open', 'f-%H%M.csv', { rotate: { flows: 10 } }, ['rotate', one, 'rotate', 'rotate'], { 'f-0000.csv': 1 }],
    [
      'names that were deleted are not given again',
      'f-%H.csv',
      { rotate: { flows: 10, keep: 1 } },
      [one, 'rotate', one, 'rotate', one, 'rotate'],
      { 'f-00-2.csv': 1 },
    ],
    [
      'a tree',
      'tree',
      { format: 'csv', partitionBy: 'hour' },
      [one, 'rotate', one],
      { 'tree/hour=2024-01-31T00/part-0.csv': 1, 'tree/hour=2024-01-31T00/part-1.csv': 1 },
    ],
  ];
  for (const [what, pattern, options, steps, rows] of cases) {
    it(`closes what is open: ${what}`, async () => {
      const writer = toFile(path(pattern), options);
      await write(
        writer,
        steps.map((step) => (step === 'rotate' ? () => writer.rotate() : step)),
      );
      expect(rowsOf()).to.deep.equal(rows);
      await writer.rotate(); // after the end there is nothing to close
    });
  }

  it('has the file whole when it resolves', async () => {
    const writer = toFile(path('f-{n}.csv'), { rotate: { flows: 10 } });
    await write(writer, [
      one,
      async () => {
        await writer.rotate();
        expect(files()).to.deep.equal(['f-0.csv']);
        expect(writer.report().files).to.have.length(1);
      },
    ]);
  });

  it('is refused for one file', async () => {
    const writer = toFile(path('f.csv'));
    const error = await failureOf(writer.rotate());
    expect(error).to.be.instanceOf(FlowError).and.to.include({ code: 'ERR_NFSTREAM_OPTION_RANGE' });
    expect(error.message).to.match(/^rotate\(\) needs the option rotate or partitionBy; .*f\.csv is one file\.$/);
    await write(writer, [one]);
  });

  it('a pattern that gives a name twice by itself is an error as ever', async () => {
    const writer = toFile(path('%Y.csv'), { rotate: { flows: 1 } });
    expect((await failureOf(write(writer, [flowsAt([1, 2])]))).code).to.equal('ERR_NFSTREAM_OUTPUT_NAMES');
    expect(rowsOf()).to.deep.equal({ '2024.csv': 1 });
  });

  it('of tee() goes to the stages that write several files', async () => {
    const both = tee(toFile(path('a-{n}.csv'), { rotate: { flows: 10 } }), toFile(path('b.csv')));
    await write(both, [one, () => both.rotate(), one]);
    expect(rowsOf()).to.deep.equal({ 'a-0.csv': 1, 'a-1.csv': 1, 'b.csv': 2 });
  });

  it('of toFilePerSource() goes to the output under way', async () => {
    const writer = toFilePerSource(path('{name}-{n}.csv'), { rotate: { flows: 10 } });
    await writer.rotate();
    expect(writer.report()).to.deep.include({ files: 0 });
    writer.destroy();
  });

  it('of a stage that was destroyed does nothing', async () => {
    const writer = toFile(path('f-{n}.csv'), { rotate: { flows: 10 } });
    const gone = write(writer, [one, async () => void writer.destroy(), one]).catch(() => {});
    await gone;
    await writer.rotate();
    expect(files()).to.deep.equal([]);
  });
});
