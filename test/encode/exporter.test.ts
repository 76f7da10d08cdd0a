import { expect } from 'chai';
import { once } from 'node:events';
import { PassThrough, Readable, Writable } from 'node:stream';
import { buffer, text } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { setTimeout as pause } from 'node:timers/promises';
import { tableFromIPC } from 'apache-arrow';
import { FlowBatch } from '../../lib/flows/flow-batch.js';
import { FlowError } from '../../lib/errors.js';
import type { Exporter } from '../../lib/encode/exporter.js';
import { toArrow, toCsv, toJson, toParquet } from '../../lib/encode/exporter.js';
import { cut, sampleBatch, streamOf } from '../samples.js';
import { processorMs } from '../waiting.js';

const makers: [name: string, make: (options?: { signal?: AbortSignal }) => Exporter][] = [
  ['toCsv()', toCsv],
  ['toJson()', toJson],
  ['toArrow()', toArrow],
  ['toArrow() with zstd', (options) => toArrow({ ...options, compression: 'zstd' })],
  ['toParquet()', (options) => toParquet({ ...options, rowGroupRows: 1000 })],
];

async function failureOf(run: Promise<unknown>): Promise<FlowError> {
  return run.then(
    () => expect.fail('it did not fail'),
    (error: FlowError) => error,
  );
}

const nowhere = (): Writable => new Writable({ write: (_chunk, _encoding, callback) => callback() });

function damagedBatch(): FlowBatch {
  return FlowBatch.from([{ id: 0 }], { damage: new FlowError('ERR_NFSTREAM_TRUNCATED', 'The capture ends in packet 7.') });
}

for (const [name, make] of makers) {
  describe(name, () => {
    it('gives the same bytes for any division of the flows', async () => {
      const batch = sampleBatch(20_000);
      const whole = await buffer(streamOf([batch]).pipe(make()));
      const divided = await buffer(streamOf(cut(batch, [1, 4000, 37])).pipe(make()));
      expect(divided.equals(whole)).to.equal(true);
    });

    it('takes no more batches than its slow reader lets it', async () => {
      const batch = sampleBatch(8192);
      let taken = 0;
      const source = Readable.from(
        (function* () {
          for (; taken < 50; taken++) yield batch;
        })(),
        { highWaterMark: 1 },
      );
      let received = 0;
      const slow = new Writable({
        highWaterMark: 1,
        write(chunk: Buffer, _encoding, callback) {
          received += chunk.length;
          setTimeout(callback, 20);
        },
      });
      const cancel = new AbortController();
      const run = failureOf(pipeline(source, make(), slow, { signal: cancel.signal }));
      while (received === 0) await pause(20);
      await pause(300);
      cancel.abort();
      expect((await run).name).to.equal('AbortError');
      expect(received).to.be.greaterThan(0);
      const size = (await buffer(streamOf([batch]).pipe(make()))).length;
      // A batch is less in Parquet than the bytes that may wait for the reader.
      const waiting = name === 'toParquet()' ? make().readableHighWaterMark / size : 0;
      expect(taken - received / size).to.be.lessThan(5 + waiting);
    });

    it('stops encoding while its reader is full', async () => {
      const stage = make();
      const batch = sampleBatch(8192);
      const size = (await buffer(streamOf([batch]).pipe(make()))).length;
      stage.write(batch);
      stage.write(batch);
      await pause(100);
      expect(stage.readableLength).to.be.lessThan(Math.max(512 << 10, size + 4096));
      expect(stage.writableLength).to.be.greaterThan(0);
      stage.destroy();
    });

    it('lets the event loop go round while much is buffered', async () => {
      const batch = sampleBatch(8192);
      const stage = make();
      // Enough for many rounds: Arrow takes a millisecond for a batch.
      const source = Readable.from(Array<FlowBatch>(name === 'toArrow()' ? 400 : 40).fill(batch), { highWaterMark: 64 });
      await buffer(streamOf([batch]).pipe(make()));
      let [rounds, running, last, longest] = [0, true, processorMs(), 0];
      const began = last;
      const round = (): void => {
        const now = processorMs();
        longest = Math.max(longest, now - last);
        last = now;
        rounds++;
        if (running) setImmediate(round);
      };
      setImmediate(round);
      await pipeline(source, stage, nowhere());
      running = false;
      expect(longest).to.be.lessThan(60);
      expect(rounds).to.be.greaterThan((processorMs() - began) / 25);
    });

    it('refuses chunks that are no flow batches', async () => {
      for (const [chunk, kind] of [
        ['text', 'a string'],
        [{ id: 1 }, 'a Object object'],
        [5, 'a number'],
        [new Map(), 'a Map object'],
      ] as const) {
        const error = await failureOf(pipeline(Readable.from([chunk]), make(), nowhere()));
        expect(error).to.be.instanceOf(FlowError).with.property('code', 'ERR_NFSTREAM_BATCH_TYPE');
        expect(error.message)
          .to.include(`${name.split(' ')[0]} takes FlowBatch objects`)
          .and.include(kind);
      }
    });

    it('refuses a changed schema and says what differs', async () => {
      const first = FlowBatch.from([{ id: 1, note: 'a' }]);
      const others: [FlowBatch, string][] = [
        [FlowBatch.from([{ id: 1, note: 'a', extra: 1 }]), 'extra came in'],
        [FlowBatch.from([{ id: 1 }]), 'note went missing'],
        [FlowBatch.from([{ note: 'a', id: 1 }]), 'note stands where id was'],
        [FlowBatch.from([{ id: 1, note: 5 }]), 'note was text and is int'],
      ];
      for (const [other, difference] of others) {
        const error = await failureOf(pipeline(streamOf([first, other]), make(), nowhere()));
        expect(error).to.be.instanceOf(FlowError).with.property('code', 'ERR_NFSTREAM_SCHEMA_CHANGED');
        expect(error.message).to.include(difference);
      }
    });

    it('takes batches whose schemas are made anew but equal', async () => {
      const made = [0, 1, 2].map((id) => FlowBatch.from([{ id, note: `n${id}` }]));
      const bytes = await buffer(streamOf(made).pipe(make()));
      expect(bytes.equals(await buffer(streamOf([FlowBatch.from(made.flatMap((batch) => [...batch].map((flow) => flow.toJSON())))]).pipe(make())))).to.equal(
        true,
      );
    });

    it('is single-use', async () => {
      const stage = make();
      await pipeline(streamOf([sampleBatch(1)]), stage, nowhere());
      const error = await failureOf(pipeline(streamOf([sampleBatch(1)]), stage, nowhere()));
      expect(error.code).to.equal('ERR_NFSTREAM_STAGE_REUSED');
    });

    it('is stopped by a signal, also one that is aborted already', async () => {
      const cancel = new AbortController();
      const stage = make({ signal: cancel.signal });
      stage.write(sampleBatch(10));
      cancel.abort();
      expect(((await once(stage, 'error')) as [Error])[0].name).to.equal('AbortError');
      expect(((await once(make({ signal: AbortSignal.abort() }), 'error')) as [Error])[0].name).to.equal('AbortError');
    });

    it('can be destroyed while it waits for its reader', async () => {
      const stage = make();
      stage.write(sampleBatch(8192));
      await pause(20);
      stage.destroy();
      await once(stage, 'close');
      expect(stage.destroyed).to.equal(true);
    });

    it('throws the damage of the run after the last byte when it is iterated, without a warning', async () => {
      const warnings: Error[] = [];
      const listener = (warning: Error): void => void warnings.push(warning);
      process.on('warning', listener);
      const pieces: Buffer[] = [];
      const stage = streamOf([damagedBatch()]).pipe(make());
      const error = await failureOf(
        (async () => {
          for await (const piece of stage) pieces.push(piece);
        })(),
      );
      await pause(10);
      process.off('warning', listener);
      expect(error.code).to.equal('ERR_NFSTREAM_TRUNCATED');
      expect(Buffer.concat(pieces).length).to.be.greaterThan(0);
      expect(warnings).to.deep.equal([]);
    });

    it('warns of the damage of the run behind a plain Writable, whose bytes are whole', async () => {
      const warned = once(process, 'warning') as Promise<[Error & { code?: string }]>;
      const through = new PassThrough();
      const received = buffer(through);
      await pipeline(streamOf([damagedBatch()]), make(), through);
      const [warning] = await warned;
      expect([warning.name, warning.code, warning.message]).to.deep.equal(['FlowWarning', 'ERR_NFSTREAM_TRUNCATED', 'The capture ends in packet 7.']);
      expect((await received).equals(await buffer(streamOf([FlowBatch.from([{ id: 0 }])]).pipe(make())))).to.equal(true);
    });

    it('refuses options that it does not have', () => {
      expect(() => make({ colour: 'red' } as never)).to.throw(FlowError, /no option colour here/);
    });
  });
}

describe('exporters without a single batch', () => {
  const nothing = (): Readable => Readable.from([]);

  it('give nothing for lines and CSV, [] for an array, an empty schema for Arrow', async () => {
    expect(await text(nothing().pipe(toJson()))).to.equal('');
    expect(await text(nothing().pipe(toCsv()))).to.equal('');
    expect(await text(nothing().pipe(toJson({ format: 'array' })))).to.equal('[]');
    for (const format of ['stream', 'file'] as const) {
      const table = tableFromIPC(await buffer(nothing().pipe(toArrow({ format }))));
      expect([table.numRows, table.schema.fields.length]).to.deep.equal([0, 0]);
    }
  });
});
