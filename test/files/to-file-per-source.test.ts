import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setTimeout as pause } from 'node:timers/promises';
import { expect } from 'chai';
import { FlowBatch } from '../../lib/flows/flow-batch.js';
import type { FlowSource } from '../../lib/flows/flow-source.js';
import { FlowError } from '../../lib/errors.js';
import { outputFor, outputsFor } from '../../lib/files/output-names.js';
import { toFilePerSource, type FlowFilesWriter } from '../../lib/files/to-file-per-source.js';
import type { RunState } from '../../lib/stage/run-state.js';
import { rejection } from '../capture/build-capture.js';
import { until } from '../waiting.js';

describe('outputs named by captures', () => {
  const names: [pattern: string, capture: string, output: string][] = [
    ['{name}.csv', 'office.pcap', 'office.csv'],
    ['out/{name}.csv', '/a/b/office.pcapng', 'out/office.csv'],
    ['{name}.csv', 'x.PCAP.GZ', 'x.csv'],
    ['{name}.csv', 'x.cap.zst', 'x.csv'],
    ['{name}.csv', 'x.tar.pcap', 'x.tar.csv'],
    ['{name}.csv', 'x.pcap7', 'x.pcap7.csv'],
    ['{name}.csv', 'x.gz', 'x.gz.csv'],
    ['{name}.csv', '.pcap', '.pcap.csv'],
    ['{name}/{name}-{file}.csv', 'x.pcap', 'x/x-x.pcap.csv'],
    ['{name}.csv', '-', 'stdin.csv'],
    ['{name}.csv', '$&$1{name}.pcap', '$&$1{name}.csv'],
    ['{other}-{name}', 'x.pcap', '{other}-x'],
    ['{name}-{file}', '{file}{name}{n}.pcap', '{file}{name}{n}-{file}{name}{n}.pcap'],
  ];
  for (const [pattern, capture, output] of names) {
    it(`${pattern} of ${capture} is ${output}`, () => {
      expect(outputFor(pattern, capture)).to.equal(output);
    });
  }

  it('must differ', () => {
    expect(outputsFor('{name}.csv', ['a.pcap', 'b.pcap'])).to.deep.equal(['a.csv', 'b.csv']);
    for (const [captures, clash] of [
      [['a/x.pcap', 'b/x.pcap'], 'x.csv'],
      [['x.pcap', 'y.pcap', 'x.pcapng.gz'], 'x.csv'],
      [['x.pcap', 'x.pcap'], 'x.csv'],
    ] as const) {
      expect(() => outputsFor('{name}.csv', captures))
        .to.throw(FlowError, clash)
        .with.property('code', 'ERR_NFSTREAM_OUTPUT_NAMES');
    }
    expect(outputsFor('{file}.csv', ['x.pcap', 'x.pcapng'])).to.deep.equal(['x.pcap.csv', 'x.pcapng.csv']);
  });
});

describe('toFilePerSource()', () => {
  let folder: string;
  let descriptors: number;
  const open = (): number => readdirSync('/proc/self/fd').length;
  const path = (name: string): string => join(folder, name);
  const read = (name: string): string => readFileSync(path(name), 'utf8');

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'nfstream-per-source-'));
    descriptors = open();
  });
  afterEach(() => {
    const left = readdirSync(folder).filter((name) => name.endsWith('.part'));
    rmSync(folder, { recursive: true });
    expect(left).to.deep.equal([]);
    expect(open()).to.be.at.most(descriptors);
  });

  /** A batch of a capture with these ids. */
  const batchOf = (index: number, firstId: number, ids: number[], run: RunState = { damage: null }, file = `c${index}.pcap`): FlowBatch => {
    const source: FlowSource = { file, index, firstId };
    const all = FlowBatch.from([{ id: 0, src_ip: '' }, ...ids.map((id) => ({ id, src_ip: `10.0.0.${index}` }))], run);
    const { schema, columns, length } = all.slice(1);
    return new FlowBatch(schema, length, columns, source);
  };
  /** Writes, and waits until the stage is closed: pipeline() rejects before that. */
  const through = async (source: Readable, writer: FlowFilesWriter): Promise<void> => {
    const closed = new Promise((resolve) => writer.once('close', resolve));
    try {
      await pipeline(source, writer);
    } finally {
      await closed;
    }
  };
  const write = (batches: Iterable<unknown>, pattern = '{name}.csv'): Promise<void> =>
    through(Readable.from(batches, { objectMode: true }), toFilePerSource(path(pattern)));

  it('writes a file for each capture, with ids from 0, and one without flows for a capture without', async () => {
    const writer = toFilePerSource(path('{name}.csv'));
    await pipeline(Readable.from([batchOf(0, 0, [0, 1]), batchOf(0, 0, [2]), batchOf(1, 3, []), batchOf(2, 3, [3, 5])]), writer);
    expect(readdirSync(folder).sort()).to.deep.equal(['c0.csv', 'c1.csv', 'c2.csv']);
    expect(read('c0.csv')).to.equal('id,src_ip\n0,10.0.0.0\n1,10.0.0.0\n2,10.0.0.0\n');
    expect(read('c1.csv')).to.equal('id,src_ip\n');
    expect(read('c2.csv')).to.equal('id,src_ip\n0,10.0.0.2\n2,10.0.0.2\n');
    expect(writer.report()).to.deep.equal({ files: 3, flows: 5, bytes: ['c0.csv', 'c1.csv', 'c2.csv'].reduce((sum, name) => sum + read(name).length, 0) });
  });

  it('writes every format', async () => {
    for (const name of ['{name}.jsonl', '{name}.json', '{name}.arrow']) await write([batchOf(0, 0, [0]), batchOf(1, 1, [1])], name);
    expect(read('c1.jsonl')).to.equal('{"id":0,"src_ip":"10.0.0.1"}\n');
    expect(read('c1.json')).to.include('"id":0');
    expect(readFileSync(path('c1.arrow')).toString('latin1', 0, 6)).to.equal('ARROW1');
  });

  it('rotates the files of each capture, whose name may have percent signs', async () => {
    const batches = [batchOf(0, 0, [0, 1, 2], undefined, '100%Y.pcap'), batchOf(1, 3, [3])];
    await pipeline(Readable.from(batches), toFilePerSource(path('{name}-{n}.csv'), { rotate: { flows: 2 } }));
    expect(readdirSync(folder).sort()).to.deep.equal(['100%Y-0.csv', '100%Y-1.csv', 'c1-0.csv']);
    expect(read('100%Y-1.csv')).to.equal('id,src_ip\n2,10.0.0.0\n');
  });

  it('expands nothing of what a capture is named', async () => {
    const names = ['{n}%{n}.pcap', '{n:3}{name}{file}%%.pcap'];
    await pipeline(
      Readable.from(names.map((name, index) => batchOf(index, index, [index], undefined, name))),
      toFilePerSource(path('{name}-{n}.csv'), { rotate: { flows: 2 } }),
    );
    expect(readdirSync(folder).sort()).to.deep.equal(['{n:3}{name}{file}%%-0.csv', '{n}%{n}-0.csv']);
  });

  it('leaves a column id of the user as it is', async () => {
    const mine = batchOf(1, 5, [9]).select(['src_ip']).withColumn('id', 'int', [77]);
    await write([mine]);
    expect(read('c1.csv')).to.equal('src_ip,id\n10.0.0.1,77\n');
  });

  it('keeps many outputs in flat memory and descriptors', async () => {
    let most = 0;
    await write(
      (function* () {
        for (let i = 0; i < 300; i++) {
          most = Math.max(most, open());
          yield batchOf(i, i, [i]);
        }
      })(),
    );
    expect(readdirSync(folder)).to.have.length(300);
    expect(most).to.be.at.most(descriptors + 24);
  });

  it('fails with the damage of a capture when all outputs are whole', async () => {
    const run: RunState = { damage: null };
    const damage = new FlowError('ERR_NFSTREAM_TRUNCATED', 'cut');
    const failed = await rejection(
      write(
        (function* () {
          for (let i = 0; i < 12; i++) {
            // The source tells damage at its end; outputs before it may not have their names yet.
            if (i === 11) run.damage = damage;
            yield batchOf(i, i, [i], run);
          }
        })(),
      ),
    );
    expect(failed).to.equal(damage);
    expect(readdirSync(folder)).to.have.length(12);
  });

  const failures: [what: string, batches: () => unknown[], code: string][] = [
    ['batches that know no capture', () => [FlowBatch.from([{ id: 1 }])], 'ERR_NFSTREAM_BATCH_TYPE'],
    ['what is no batch', () => [{}], 'ERR_NFSTREAM_BATCH_TYPE'],
    ['two captures of one name', () => [batchOf(0, 0, [0], undefined, 'a/x.pcap'), batchOf(1, 1, [1], undefined, 'b/x.pcap')], 'ERR_NFSTREAM_OUTPUT_NAMES'],
    ['an output that is a folder', () => (mkdirSync(path('c1.csv')), [batchOf(0, 0, [0]), batchOf(1, 1, [1])]), 'ERR_NFSTREAM_OUTPUT'],
    ['columns that change within a capture', () => [batchOf(0, 0, [0]), batchOf(0, 0, [1]).select(['id'])], 'ERR_NFSTREAM_SCHEMA_CHANGED'],
  ];
  for (const [what, batches, code] of failures) {
    it(`fails for ${what}`, async () => {
      expect(await rejection(write(batches())))
        .to.be.instanceOf(FlowError)
        .and.to.include({ code });
    });
  }

  it('throws for what is wrong with its options at once', () => {
    expect(() => toFilePerSource('x.csv'))
      .to.throw(FlowError, '{name}')
      .with.property('code', 'ERR_NFSTREAM_OPTION_TYPE');
    expect(() => toFilePerSource('{name}.xls'))
      .to.throw(FlowError)
      .with.property('code', 'ERR_NFSTREAM_OUTPUT_FORMAT');
    expect(() => toFilePerSource('{name}.csv', { delimiter: 'ab' })).to.throw(FlowError, 'delimiter');
  });

  it('refuses to replace when told so', async () => {
    writeFileSync(path('c1.csv'), 'mine');
    const run = through(Readable.from([batchOf(0, 0, [0]), batchOf(1, 1, [1])]), toFilePerSource(path('{name}.csv'), { clobber: false }));
    expect(await rejection(run)).to.include({ code: 'ERR_NFSTREAM_OUTPUT_EXISTS', file: path('c1.csv') });
    expect(read('c1.csv')).to.equal('mine');
  });

  it('leaves no part behind when it is destroyed or aborted, and keeps what is whole', async () => {
    const endless = (): Readable =>
      Readable.from(
        (async function* () {
          for (let i = 0; ; i++) {
            yield batchOf(i >> 1, i, [i]);
            await pause(2);
          }
        })(),
        { highWaterMark: 1 },
      );
    const abort = new AbortController();
    const aborted = through(endless(), toFilePerSource(path('{name}.csv'), { signal: abort.signal }));
    void until(() => existsSync(path('c0.csv'))).then(() => abort.abort());
    expect((await rejection(aborted)).name).to.equal('AbortError');
    expect(existsSync(path('c0.csv'))).to.equal(true);
    const writer = toFilePerSource(path('{name}.csv'));
    const destroyed = through(endless(), writer);
    setTimeout(() => writer.destroy(new Error('enough')), 40);
    expect((await rejection(destroyed)).message).to.equal('enough');
  });
});
