import { expect } from 'chai';
import { tableFromIPC } from 'apache-arrow';
import { once } from 'node:events';
import { mkdirSync, readFileSync, readdirSync, statSync, unlinkSync, writeFileSync } from 'node:fs';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setTimeout as pause } from 'node:timers/promises';
import { FlowBatch } from '../../lib/flows/flow-batch.js';
import { FlowError } from '../../lib/errors.js';
import { toFile, type FileOptions, type FlowFileWriter } from '../../lib/files/to-file.js';
import { failureOf, flowsAt, midnight, testFolder } from './file-folder.js';
import { cut, sampleBatch, streamOf } from '../samples.js';

const batch = sampleBatch(1000);

describe('rotation', () => {
  const { path, files, text } = testFolder();

  async function write(name: string, options: FileOptions, batches: FlowBatch[]): Promise<FlowFileWriter> {
    const writer = toFile(path(name), options);
    await pipeline(streamOf(batches), writer);
    return writer;
  }

  /** The ids in each file. */
  const ids = (): Record<string, number[]> =>
    Object.fromEntries(
      files().map((name) => [
        name,
        text(name)
          .trim()
          .split('\n')
          .slice(1)
          .map((line) => Number(line.split(',')[0])),
      ]),
    );

  for (const [extension, read] of [
    [
      'csv',
      (name: string) =>
        text(name)
          .split('\n')
          .filter((line) => /^\d+,/.test(line))
          .map((line) => Number(line.split(',')[0])),
    ],
    ['json', (name: string) => (JSON.parse(text(name)) as { id: number }[]).map(({ id }) => id)],
    [
      'jsonl',
      (name: string) =>
        text(name)
          .trim()
          .split('\n')
          .map((line) => (JSON.parse(line) as { id: number }).id),
    ],
    ['arrow', (name: string) => [...tableFromIPC(readFileSync(path(name))).getChild('id')!].map(Number)],
    ['arrows', (name: string) => [...tableFromIPC(readFileSync(path(name))).getChild('id')!].map(Number)],
  ] as [string, (name: string) => number[]][]) {
    it(`makes whole ${extension} files of so many flows, and reports each`, async () => {
      const small = batch.select(['id', 'src_ip', 'ratio']);
      const writer = await write(`f-{n:2}.${extension}`, { rotate: { flows: 300 } }, cut(small, [77, 500]));
      expect(files()).to.deep.equal([0, 1, 2, 3].map((n) => `f-0${n}.${extension}`));
      expect(files().map((name) => read(name).length)).to.deep.equal([300, 300, 300, 100]);
      expect(files().flatMap(read)).to.deep.equal(Array.from({ length: 1000 }, (_, id) => id));
      const report = writer.report();
      expect(report.files!.map(({ path: file, flows, bytes }) => [file, flows, bytes])).to.deep.equal(
        files().map((name, n) => [path(name), n < 3 ? 300 : 100, statSync(path(name)).size]),
      );
      expect(report).to.include({ flows: 1000, bytes: report.files!.reduce((sum, file) => sum + file.bytes, 0), format: extension });
    });
  }

  it('closes a file at so many bytes, whatever the batches are', async () => {
    for (const [folder, lengths] of [
      ['a', [1000]],
      ['b', [13, 170]],
    ] as const) {
      mkdirSync(path(folder));
      await write(`${folder}/{n}.csv`, { rotate: { bytes: 50_000 } }, cut(batch.select(['id', 'src_ip', 'requested_server_name']), lengths));
    }
    const names = readdirSync(path('a'));
    expect(names.length).to.be.above(3);
    for (const name of names) expect(text(`a/${name}`), name).to.equal(text(`b/${name}`));
    for (const name of names.filter((other) => other !== `${names.length - 1}.csv`)) expect(statSync(path(`a/${name}`)).size).to.be.within(50_000, 100_000);
  });

  it('begins files with each span of packet time in UTC, without going back', async () => {
    const times = [10, 3599.999, 3600, 3500, 7199, 3 * 3600 + 5];
    await write('f-%Y%m%d-%H%M%S.csv', { rotate: { seconds: 3600 } }, cut(flowsAt(times), [2, 1]));
    expect(ids()).to.deep.equal({ 'f-20240131-000000.csv': [0, 1], 'f-20240131-010000.csv': [2, 3, 4], 'f-20240131-030000.csv': [5] });
  });

  it('takes the first limit that is reached, and names by the start of the span', async () => {
    await write('%H%M-{n}.csv', { rotate: { seconds: 60, flows: 2 } }, [flowsAt([1, 2, 3, 61, 62, 130])]);
    expect(ids()).to.deep.equal({ '0000-0.csv': [0, 1], '0000-1.csv': [2], '0001-2.csv': [3, 4], '0002-3.csv': [5] });
  });

  it('names by the first flow where files cover no span, and makes the folders of a pattern', async () => {
    await write('%Y/%j/%H%M%S.csv', { rotate: { flows: 2 } }, [flowsAt([5, 4, 90_000])]);
    expect(ids()).to.deep.equal({ '2024/031/000005.csv': [0, 1], '2024/032/010000.csv': [2] });
  });

  it('takes the time of the classic columns, of microseconds and of ISO text', async () => {
    const columns: [name: string, type: 'float' | 'int' | 'text', value: unknown][] = [
      ['end_time', 'float', midnight + 3_600_000.5],
      ['bidirectional_last_seen_us', 'int', (midnight + 3_600_000) * 1000],
      ['bidirectional_last_seen_ms', 'text', '2024-01-31T01:00:00.000Z'],
    ];
    for (const [index, [name, type, value]] of columns.entries()) {
      await write(`${index}-%H.csv`, { rotate: { seconds: 1800 } }, [FlowBatch.from([{ id: 0 }]).withColumn(name, type, [value])]);
    }
    expect(files()).to.deep.equal(['0-01.csv', '1-01.csv', '2-01.csv']);
  });

  it('keeps the last files only, whoever has taken one away meanwhile, and may use their names again', async () => {
    writeFileSync(path('not-ours-0.csv'), '');
    let writer = await write('{n}.csv', { rotate: { flows: 100, keep: 3 } }, cut(batch, [100]));
    expect(files()).to.deep.equal(['7.csv', '8.csv', '9.csv', 'not-ours-0.csv']);
    expect(writer.report().files!.map((file) => file.flows)).to.deep.equal([100, 100, 100]);
    expect(writer.report().flows).to.equal(1000);

    writer = toFile(path('r-%M.csv'), { rotate: { seconds: 60, keep: 2 } });
    await pipeline(async function* () {
      for (const [minute, flows] of [flowsAt([1]), flowsAt([61]), flowsAt([121]), flowsAt([3601])].entries()) {
        if (minute === 2) unlinkSync(path('r-00.csv'));
        yield flows;
      }
    }, writer);
    expect(files().filter((name) => name.startsWith('r-'))).to.deep.equal(['r-00.csv', 'r-02.csv']);
  });

  it('fails with one sentence when a pattern gives a name twice, and leaves the files before it whole', async () => {
    const error = await failureOf(write('%H.csv', { rotate: { flows: 2 } }, [flowsAt([1, 2, 3, 4, 5])]));
    expect(error).to.be.instanceOf(FlowError).with.property('code', 'ERR_NFSTREAM_OUTPUT_NAMES');
    expect(error.message).to.match(/^The pattern of names gives .*00\.csv twice; put \{n\} into it/);
    expect(error.file).to.equal(path('00.csv'));
    expect(ids()).to.deep.equal({ '00.csv': [0, 1] });
  });

  it('replaces files of an earlier run, or refuses to with clobber: false', async () => {
    await write('{n}.csv', { rotate: { flows: 600 } }, [batch]);
    await write('{n}.csv', { rotate: { flows: 600 } }, [batch]);
    writeFileSync(path('b-1.csv'), 'other');
    const error = await failureOf(write('b-{n}.csv', { rotate: { flows: 600 }, clobber: false }, [batch]));
    expect(error.code).to.equal('ERR_NFSTREAM_OUTPUT_EXISTS');
    expect(ids()['b-0.csv']).to.have.length.above(599);
    expect(text('b-1.csv')).to.equal('other');
  });

  it('writes one file when there is no flow', async () => {
    for (const [name, batches] of [
      ['a', [batch.slice(0, 0)]],
      ['b', []],
    ] as [string, FlowBatch[]][]) {
      const writer = await write(`${name}-%s-{n}.jsonl`, { rotate: { seconds: 5 } }, batches);
      expect(writer.report().files).to.have.length(1);
    }
    await write(`c-{n}.json`, { rotate: { flows: 5 } }, []);
    expect(files()).to.have.length(3);
    expect(text('c-0.json')).to.equal('[]');
  });

  it('finishes the files before it tells the damage of the run', async () => {
    const damage = new FlowError('ERR_NFSTREAM_TRUNCATED', 'The capture ends in packet 7.');
    expect(await failureOf(write('{n}.csv', { rotate: { flows: 2 } }, [flowsAt([1, 2, 3], { damage })]))).to.equal(damage);
    expect(ids()).to.deep.equal({ '0.csv': [0, 1], '1.csv': [2] });
  });

  it('keeps the whole files and removes the part when it is destroyed or aborted', async () => {
    const writer = toFile(path('{n}.csv'), { rotate: { flows: 900 } });
    writer.write(batch);
    while (!files().includes('0.csv')) await pause(1);
    writer.destroy();
    await once(writer, 'close');
    expect(files()).to.deep.equal(['0.csv']);
    for (let turn = 0; turn < 20; turn++) {
      const stopped = toFile(path('a-{n}.csv'), { rotate: { flows: 1 }, signal: AbortSignal.timeout(20 + turn) });
      const closed = new Promise((resolve) => stopped.once('close', resolve));
      expect((await failureOf(pipeline(Readable.from(endless(), { highWaterMark: 1 }), stopped))).name).to.equal('AbortError');
      await closed;
    }
    for (const name of files())
      expect(
        text(name)
          .split('\n')
          .filter((line) => /^\d+,/.test(line)),
        name,
      ).to.have.length.within(1, 900);
  });

  function* endless(): Generator<FlowBatch> {
    for (;;) yield batch.slice(0, 3);
  }

  describe('of a live source', () => {
    const run = { damage: null, live: true };

    it('goes by the wall clock, and closes a file in time when no flow comes', async () => {
      const writer = toFile(path('%s-{n}.csv'), { rotate: { seconds: 1 } });
      const began = Math.floor(Date.now() / 1000);
      writer.write(flowsAt([1], run));
      while (files().length === 0) await pause(10);
      while (writer.report().files!.length === 0) await pause(10);
      const [first] = files();
      expect(Number(first!.split('-')[0])).to.be.within(began, Math.floor(Date.now() / 1000));
      expect(text(first!)).to.equal(`id,bidirectional_last_seen_ms\n0,${midnight + 1000}\n`);
      writer.end(flowsAt([2], run));
      await once(writer, 'close');
      expect(files()).to.have.length(2);
      expect(Number(files()[1]!.split('-')[0])).to.be.above(Number(first!.split('-')[0]));
    });

    it('tells an error that the clock meets', async () => {
      mkdirSync(path('in'));
      const writer = toFile(path('in/%s.csv'), { rotate: { seconds: 1 } });
      writer.write(flowsAt([1], run));
      while (files().length === 0) await pause(5);
      for (const name of files()) unlinkSync(path(name));
      const [error] = (await once(writer, 'error')) as [FlowError];
      expect(error.code).to.equal('ERR_NFSTREAM_OUTPUT');
    });
  });

  const refused: [name: string, rotate: unknown, code: string, message: RegExp][] = [
    [
      'f.csv',
      { flows: 5 },
      'ERR_NFSTREAM_OPTION_RANGE',
      /Expected a number or a time, such as flows-\{n\}\.csv or .*, for the name of rotated files but received/,
    ],
    ['100%%.csv', { flows: 5 }, 'ERR_NFSTREAM_OPTION_RANGE', /a number or a time/],
    ['%q.csv', { flows: 5 }, 'ERR_NFSTREAM_OPTION_RANGE', /placeholders/],
    ['{n}.csv', {}, 'ERR_NFSTREAM_OPTION_RANGE', /flows, bytes or seconds for rotate/],
    ['{n}.csv', { keep: 3 }, 'ERR_NFSTREAM_OPTION_RANGE', /flows, bytes or seconds for rotate/],
    ['{n}.csv', { flows: 0 }, 'ERR_NFSTREAM_OPTION_RANGE', /an integer from 1 to \d+ for rotate\.flows but received 0/],
    ['{n}.csv', { seconds: 0.5 }, 'ERR_NFSTREAM_OPTION_RANGE', /rotate\.seconds/],
    ['{n}.csv', { flow: 5 }, 'ERR_NFSTREAM_OPTION_UNKNOWN', /Did you mean flows\?/],
    ['{n}.csv', { flows_per_file: 5 }, 'ERR_NFSTREAM_OPTION_UNKNOWN', /flows_per_file is now rotate\.flows/],
    ['{n}.csv', 5, 'ERR_NFSTREAM_OPTION_TYPE', /an object for rotate/],
    ['{n}.csv', [5], 'ERR_NFSTREAM_OPTION_TYPE', /an object for rotate/],
  ];
  for (const [name, rotate, code, message] of refused) {
    it(`refuses ${name} with ${JSON.stringify(rotate)}`, () => {
      expect(() => toFile(name, { rotate } as FileOptions))
        .to.throw(FlowError, message)
        .with.property('code', code);
    });
  }

  it('needs the time of the last packet where it goes by time', async () => {
    const error = await failureOf(write('%H-{n}.csv', { rotate: { flows: 5 } }, [batch.select(['id'])]));
    expect(error).to.have.property('code', 'ERR_NFSTREAM_COLUMN');
    expect(error.message).to.match(/need the column bidirectional_last_seen_ms/);
    await write('{n}.csv', { rotate: { flows: 500 } }, [batch.select(['id'])]);
    expect(files()).to.deep.equal(['0.csv', '1.csv']);
  });
});
