import {
  Dictionary,
  Field,
  FixedSizeList,
  Float32,
  Int16,
  Int32,
  Int8,
  LargeUtf8,
  makeData,
  RecordBatch,
  RecordBatchStreamWriter,
  Schema,
  Struct,
  Table,
  tableToIPC,
  TimestampMicrosecond,
  TimestampMillisecond,
  TimestampNanosecond,
  Uint64,
  Utf8,
  Utf8View,
  vectorFromArray,
  type Vector,
} from 'apache-arrow';
import { expect } from 'chai';
import { buffer } from 'node:stream/consumers';
import { FlowBatch } from '../../lib/flows/flow-batch.js';
import type { ArrowOptions } from '../../lib/encode/arrow/arrow.js';
import { toArrow } from '../../lib/encode/exporter.js';
import { fromArrow } from '../../lib/read/readers.js';
import { sampleRows, streamOf } from '../samples.js';
import { workFolder } from '../cli/made-capture.js';
import { piecesOf, readAll } from './read-all.js';
import { thorough } from '../thorough.js';

const read = (bytes: Uint8Array, size = 1000) => readAll(fromArrow(piecesOf(bytes, size)));
const tableOf = (columns: Record<string, Vector>): Uint8Array => tableToIPC(new Table(columns), 'stream');

describe('fromArrow()', () => {
  const { path, write } = workFolder();
  const ms = 1_714_000_000_123n;
  const good: [what: string, columns: () => Record<string, Vector>, rows: unknown[], types: Record<string, string>][] = [
    [
      'narrow and unsigned integers',
      () => ({ src_port: vectorFromArray([443, 65], new Int16()), x: vectorFromArray([1n, null, 2n ** 53n], new Uint64()).slice(0, 2) }),
      [
        { src_port: 443, x: 1 },
        { src_port: 65, x: null },
      ],
      { src_port: 'int?', x: 'int?' },
    ],
    [
      'dictionaries',
      () => ({ end_reason: vectorFromArray(['idle', 'end', null, 'idle'], new Dictionary(new Utf8(), new Int8())) }),
      ['idle', 'end', null, 'idle'].map((end_reason) => ({ end_reason })),
      { end_reason: 'text?' },
    ],
    ['floats of 32 bits', () => ({ x: vectorFromArray([0.5, null], new Float32()) }), [{ x: 0.5 }, { x: null }], { x: 'float?' }],
    [
      'texts of other layouts',
      () => ({
        x: vectorFromArray(['a', 'é', null], new LargeUtf8()),
        y: vectorFromArray(['short', 'a text that is longer than twelve bytes', ''], new Utf8View()),
      }),
      [
        { x: 'a', y: 'short' },
        { x: 'é', y: 'a text that is longer than twelve bytes' },
        { x: null, y: '' },
      ],
      { x: 'text?', y: 'text?' },
    ],
    ['booleans', () => ({ x: vectorFromArray([true, false, null]) }), [{ x: 1 }, { x: 0 }, { x: null }], { x: 'int?' }],
    [
      'timestamps in the unit of the name',
      () => ({
        bidirectional_first_seen_ms: timestamps(new TimestampNanosecond('UTC'), [ms * 1_000_000n]),
        src2dst_first_seen_us: timestamps(new TimestampMillisecond('UTC'), [ms]),
        x: timestamps(new TimestampMicrosecond(), [5n]),
      }),
      [{ bidirectional_first_seen_ms: Number(ms), src2dst_first_seen_us: Number(ms) * 1000, x: 5 }],
      { bidirectional_first_seen_ms: 'int', src2dst_first_seen_us: 'int', x: 'int' },
    ],
    [
      'lists of one size',
      () => ({ splt_direction: lists([0, 1, -1, 1]) }),
      [{ splt_direction: [0, 1] }, { splt_direction: [-1, 1] }],
      { splt_direction: 'list' },
    ],
  ];
  for (const [what, columns, rows, types] of good) {
    it(`reads ${what}`, async () => {
      const got = await read(tableOf(columns()));
      expect(got.error).to.equal(null);
      expect(got.rows).to.deep.equal(rows);
      for (const [name, type] of Object.entries(types)) expect(got.types[name]!.replace('?', '')).to.equal(type.replace('?', ''));
    });
  }

  function timestamps(type: TimestampMillisecond | TimestampMicrosecond | TimestampNanosecond, values: bigint[]): Vector {
    return new (vectorFromArray([1]).constructor as new (data: unknown[]) => Vector)([
      makeData({ type, length: values.length, nullCount: 0, data: BigInt64Array.from(values) }),
    ]);
  }

  function lists(items: number[]): Vector {
    const child = makeData({ type: new Int8(), length: items.length, nullCount: 0, data: Int8Array.from(items) });
    return new (vectorFromArray([1]).constructor as new (data: unknown[]) => Vector)([
      makeData({ type: new FixedSizeList(2, new Field('item', new Int8(), false)), length: items.length / 2, nullCount: 0, child }),
    ]);
  }

  const wrong: [what: string, bytes: () => Uint8Array, code: string, message: RegExp][] = [
    ['other bytes', () => Buffer.from('id,src_ip\n1,2\n'), 'ERR_NFSTREAM_INPUT_FORMAT', /it is not Arrow/],
    ['nothing', () => new Uint8Array(0), 'ERR_NFSTREAM_EMPTY_FILE', /is empty/],
    [
      'a type that no column has',
      () => tableOf({ x: vectorFromArray([{ a: 1 }], new Struct([new Field('a', new Int32())])) }),
      'ERR_NFSTREAM_COLUMN',
      /x is of Arrow's type Struct/,
    ],
    [
      'an integer of more than 63 bits',
      () => tableOf({ x: vectorFromArray([2n ** 63n], new Uint64()) }),
      'ERR_NFSTREAM_COLUMN',
      /x is 9223372036854775808, which does not fit/,
    ],
    ['NaN', () => tableOf({ x: vectorFromArray([NaN]) }), 'ERR_NFSTREAM_COLUMN', /x is NaN/],
    [
      'a time with a fraction',
      () => tableOf({ bidirectional_first_seen_ms: timestamps(new TimestampMicrosecond('UTC'), [1n]) }),
      'ERR_NFSTREAM_COLUMN',
      /fraction of a unit/,
    ],
  ];
  for (const [what, bytes, code, message] of wrong) {
    it(`refuses ${what}`, async () => {
      const { error, rows } = await read(bytes());
      expect(error?.message).to.match(message);
      expect([error?.code, rows]).to.deep.equal([code, []]);
    });
  }

  it('replaces text that is no UTF-8', async () => {
    const type = new Utf8();
    const schema = new Schema([new Field('x', type, false)]);
    const data = makeData({ type, length: 2, nullCount: 0, valueOffsets: Int32Array.of(0, 2, 3), data: Uint8Array.of(0x61, 0xc3, 0xa9) });
    const writer = RecordBatchStreamWriter.writeAll([
      new RecordBatch(schema, makeData({ type: new Struct(schema.fields), length: 2, nullCount: 0, children: [data] })),
    ]);
    const { rows } = await read(writer.toUint8Array(true));
    expect(rows).to.deep.equal([{ x: 'a\ufffd' }, { x: '\ufffd' }]);
  });

  const forms: ArrowOptions[] = (['lz4', 'zstd', 'none'] as const).flatMap((compression) =>
    [false, true].map((all) => ({ compression, dictionary: all, compact: all })),
  );
  for (const form of forms) {
    it(`reads back ${JSON.stringify(form)}`, async () => {
      const batch = FlowBatch.from(sampleRows(9000));
      const written = await buffer(streamOf([batch]).pipe(toArrow(form)));
      const { rows, error } = await read(written, 100_000);
      expect(error).to.equal(null);
      expect(rows).to.deep.equal([...batch].map((flow) => flow.toJSON()));
    });
  }

  it('tells a compressed batch that is damaged', async () => {
    for (const compression of ['lz4', 'zstd'] as const) {
      const written = await buffer(streamOf([FlowBatch.from(sampleRows(9000))]).pipe(toArrow({ compression })));
      written.fill(0x5a, written.length >> 1, (written.length >> 1) + 200);
      const { error, rows } = await read(written, 100_000);
      expect(error?.code).to.match(/^ERR_NFSTREAM_(CORRUPT|COLUMN)$/);
      expect(rows.length).to.be.oneOf([0, 8192]);
    }
  });

  it('never breaks on bytes that were changed', async () => {
    let state = 12345;
    const random = (below: number): number => (state = (Math.imul(state, 1103515245) + 12345) >>> 0) % below;
    for (const [format, compression] of [
      ['stream', 'none'],
      ['file', 'none'],
      ['stream', 'lz4'],
      ['file', 'zstd'],
    ] as const) {
      const whole = await buffer(streamOf([FlowBatch.from(sampleRows(40))]).pipe(toArrow({ format, compression })));
      const rounds = thorough ? 400 : 50;
      let sound = 0;
      for (let round = 0; round < rounds; round++) {
        const bytes = Buffer.from(whole);
        // Half of the changes are in the metadata, which is in front or at the end.
        const place = (): number => (round % 2 === 0 ? random(bytes.length) : format === 'stream' ? random(3000) : bytes.length - 1 - random(3000));
        for (let change = 0; change <= random(4); change++) bytes[place()] = [0, 0xff, 0x7f, random(256)][random(4)]!;
        if (format === 'file') write('changed.arrow', bytes);
        const { error, rows } = format === 'file' ? await readAll(fromArrow(path('changed.arrow'))) : await read(bytes);
        if (error === null) sound++;
        else expect(error.code, String(error.stack)).to.match(/^ERR_NFSTREAM_(CORRUPT|COLUMN|TRUNCATED|INPUT_FORMAT)$/);
        expect(rows.length).to.be.at.most(40 * 8192);
      }
      expect(sound).to.be.within(1, rounds - 1);
    }
  });
});
