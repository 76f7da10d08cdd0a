import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable, Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { expect } from 'chai';
import { FlowBatch } from '../../lib/flows/flow-batch.js';
import { FlowError } from '../../lib/errors.js';
import { tee } from '../../lib/files/tee.js';
import { toFile } from '../../lib/files/to-file.js';
import { cut, sampleBatch, streamOf } from '../samples.js';
import { until } from '../waiting.js';

async function failureOf(run: Promise<unknown>): Promise<FlowError> {
  return run.then(
    () => expect.fail('it did not fail'),
    (error: FlowError) => error,
  );
}

describe('tee()', () => {
  const folder = mkdtempSync(join(tmpdir(), 'nfstream-tee-'));
  const path = (name: string): string => join(folder, name);
  const parts = (): string[] => readdirSync(folder).filter((name) => name.endsWith('.part'));
  const batches = cut(sampleBatch(20_000), [8192]);

  after(() => rmSync(folder, { recursive: true }));

  it('writes the bytes that each stage alone writes, of the same batches', async () => {
    const names = ['a.csv', 'a.json', 'a.arrow'];
    const seen: unknown[] = [];
    const spy = new Writable({ objectMode: true, write: (batch, _encoding, callback) => (seen.push(batch), callback()) });
    await pipeline(streamOf(batches), tee(...names.map((name) => toFile(path(`tee-${name}`))), spy));
    for (const name of names) {
      await pipeline(streamOf(batches), toFile(path(name)));
      expect(readFileSync(path(`tee-${name}`)).equals(readFileSync(path(name))), name).to.equal(true);
    }
    expect(seen.every((batch, index) => batch === batches[index])).to.equal(true);
  });

  it('goes at the pace of the slowest', async () => {
    let given = 0;
    const source = Readable.from(
      (function* () {
        for (; given < 50; given++) yield batches[0]!;
      })(),
      { highWaterMark: 1 },
    );
    let taken = 0;
    const slow = new Writable({ objectMode: true, highWaterMark: 1, write: (_batch, _encoding, callback) => void (taken++, setTimeout(callback, 30)) });
    const cancel = new AbortController();
    const run = failureOf(pipeline(source, tee(toFile(path('slow.csv')), slow), { signal: cancel.signal }));
    await until(() => taken > 5);
    cancel.abort();
    expect((await run).name).to.equal('AbortError');
    expect(given - taken).to.be.lessThan(6);
    expect([existsSync(path('slow.csv')), parts()]).to.deep.equal([false, []]);
  });

  const failing: [what: string, stage: () => Writable, message: RegExp][] = [
    ['a write', () => new Writable({ objectMode: true, write: (_batch, _encoding, callback) => callback(new Error('no room')) }), /no room/],
    [
      'its end',
      () =>
        new Writable({
          objectMode: true,
          write: (_batch, _encoding, callback) => callback(),
          final: (callback) => void setTimeout(() => callback(new Error('no end')), 5),
        }),
      /no end/,
    ],
    ['its start', () => toFile(path('no/such/folder.csv')), /the folder .* does not exist/],
    [
      'being destroyed',
      () => {
        const stage = new Writable({ objectMode: true, write: () => stage.destroy() });
        return stage;
      },
      /Premature close|destroyed/,
    ],
  ];
  for (const [what, stage, message] of failing) {
    it(`fails when one stage fails at ${what}, and leaves no part of a file`, async () => {
      const error = await failureOf(pipeline(streamOf(batches), tee(stage(), toFile(path(`${what}.csv`)))));
      expect(error.message).to.match(message);
      expect(parts()).to.deep.equal([]);
      if (what !== 'its end') expect(existsSync(path(`${what}.csv`))).to.equal(false);
    });
  }

  it('finishes every file before it tells the damage of the run', async () => {
    const damage = new FlowError('ERR_NFSTREAM_TRUNCATED', 'The capture ends in packet 7.');
    const error = await failureOf(
      pipeline(streamOf([FlowBatch.from([{ id: 0 }], { damage })]), tee(toFile(path('d.csv')), toFile(path('d.json')), toFile(path('d.jsonl')))),
    );
    expect(error).to.equal(damage);
    expect(['d.csv', 'd.json', 'd.jsonl'].map((name) => readFileSync(path(name), 'utf8'))).to.deep.equal(['id\n0\n', '[\n{"id":0}\n]', '{"id":0}\n']);
  });

  it('takes its stages with it when it is destroyed', async () => {
    const files = [toFile(path('x.csv')), toFile(path('x.json'))];
    const stage = tee(...files);
    stage.write(batches[0]);
    const closed = files.map((file) => once(file, 'close'));
    stage.destroy();
    await Promise.all(closed);
    expect(files.map((file) => file.destroyed)).to.deep.equal([true, true]);
    expect(parts()).to.deep.equal([]);
  });

  it('refuses what is no stage, or one that is given twice', () => {
    const file = new Writable({ objectMode: true });
    for (const stages of [[], [file, file], [file, {} as Writable], [null as unknown as Writable]]) expect(() => tee(...stages)).to.throw(FlowError, /tee\(\)/);
  });
});
