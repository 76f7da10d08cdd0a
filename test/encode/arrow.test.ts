import { tableFromIPC, DataType, TimeUnit } from 'apache-arrow';
import { fromArrow } from 'arquero';
import { expect } from 'chai';
import polars from 'nodejs-polars';
import { FlowBatch } from '../../lib/flows/flow-batch.js';
import { ArrowEncoder, type ArrowOptions } from '../../lib/encode/arrow/arrow.js';
import { joinBytes } from '../../lib/encode/encoder.js';
import { fields, sized } from '../../lib/schema/fields.js';
import { Schema, userField } from '../../lib/schema/schema.js';
import { buildColumn } from '../../lib/flows/columns.js';
import { cut, encodeAll, sampleBatch, sampleRows, type Row, withDefaults } from '../samples.js';

const count = 20_000;
const rows = sampleRows(count);
const batch = FlowBatch.from(rows);
const formats = ['stream', 'file'] as const;

function encode(format: 'stream' | 'file', batches: readonly FlowBatch[], options: ArrowOptions = {}): Promise<Buffer> {
  return encodeAll(new ArrowEncoder(withDefaults('arrow', { ...options, format })), batches);
}

/** The rows of sample as an Arrow reader gives them: integers as bigint, also in lists that users made. */
function asArrow(row: Row): Row {
  const whole = (value: unknown): unknown => (typeof value === 'number' ? BigInt(value) : value);
  return Object.fromEntries(
    Object.entries(row).map(([name, value]) => [
      name,
      name === 'ratio' ? value : name === 'few' && value !== null ? (value as number[]).map(whole) : whole(value),
    ]),
  );
}

/** A row with its lists as arrays. */
function plain(row: Row): Row {
  return Object.fromEntries(
    Object.entries(row).map(([name, value]) => [name, typeof value === 'object' && value !== null ? [...(value as Iterable<unknown>)] : value]),
  );
}

const closedSet = ['idle', 'active', 'end', 'capacity'];

/** Flows with these end reasons, as a run gives them. */
function endReasons(reasons: readonly string[]): FlowBatch {
  const known = fields.find(({ name }) => name === 'end_reason')!;
  const schema = new Schema([{ ...known, values: closedSet }, userField('note', 'text')]);
  return new FlowBatch(schema, reasons.length, [buildColumn(known, reasons), buildColumn(userField('note', 'text'), reasons)]);
}

async function failureOf(run: Promise<unknown>): Promise<Error> {
  return run.then(
    () => expect.fail('it did not fail'),
    (error: Error) => error,
  );
}

function readPolars(format: 'stream' | 'file', bytes: Buffer): ReturnType<typeof polars.readIPC> {
  return format === 'file' ? polars.readIPC(bytes) : polars.readIPCStream(bytes);
}

for (const format of formats) {
  describe(`Arrow, ${format} format`, () => {
    let bytes: Buffer;
    before(async () => {
      bytes = await encode(format, [batch]);
    });

    it('is read by apache-arrow, every value', () => {
      const table = tableFromIPC(bytes);
      const read = table.toArray().map((row) => plain((row as { toJSON(): Row }).toJSON()));
      expect(read).to.have.length(count);
      for (let n = 0; n < count; n++) expect(read[n]).to.deep.equal(asArrow(rows[n]!));
    });

    it('is read by polars', () => {
      const frame = readPolars(format, bytes);
      expect(frame.shape).to.deep.equal({ height: count, width: 12 });
      expect(frame.getColumn('requested_server_name').toArray()).to.deep.equal(rows.map((row) => row['requested_server_name']));
      expect(frame.getColumn('ratio').toArray()).to.deep.equal(rows.map((row) => row['ratio']));
      expect(frame.getColumn('note').nullCount()).to.equal(rows.filter((row) => row['note'] === null).length);
      expect(Number(frame.getColumn('bidirectional_bytes').sum())).to.equal(rows.reduce((sum, row) => sum + (row['bidirectional_bytes'] as number), 0));
    });

    it('has record batches of 8,192 rows, whatever came', async () => {
      expect(tableFromIPC(bytes).batches.map((part) => part.numRows)).to.deep.equal([8192, 8192, 3616]);
      for (const lengths of [[1000], [8192], [8192, 1, 3], [8191, 2], [20_000]]) {
        expect((await encode(format, cut(batch, lengths))).equals(bytes), lengths.join()).to.equal(true);
      }
    });

    it('has Int64, Float64 and Utf8, units and meanings, and what is known of the run', async () => {
      const schema = new Schema(
        fields.map((field) => sized(field, 3)),
        { damage: null },
        { 'nfstream.version': '1.2.3' },
      );
      const none = new FlowBatch(
        schema,
        0,
        schema.fields.map((field) => buildColumn(field, [])),
      );
      const read = tableFromIPC(await encode(format, [none])).schema;
      expect(read.fields.map((field) => field.name)).to.deep.equal(fields.map((field) => field.name));
      expect(read.metadata.get('nfstream.version')).to.equal('1.2.3');
      read.fields.forEach((field, index) => {
        const { type, unit, meaning, source, nullable } = fields[index]!;
        const isType = { int: DataType.isInt, float: DataType.isFloat, text: DataType.isUtf8, list: DataType.isFixedSizeList }[type];
        expect(isType(field.type), field.name).to.equal(true);
        expect(field.nullable).to.equal(nullable ?? false);
        expect(field.metadata.get('meaning')).to.equal(meaning);
        expect(field.metadata.get('unit')).to.equal(unit === '' ? undefined : unit);
        expect(field.metadata.get('source')).to.equal(source === '' ? undefined : source);
      });
    });

    it('is a file of its schema without flows', async () => {
      const none = await encode(format, [batch.slice(0, 0)]);
      expect(tableFromIPC(none).numRows).to.equal(0);
      expect(readPolars(format, none).columns).to.deep.equal(batch.schema.fields.map((field) => field.name));
    });

    it('is a file without columns when not even a schema came', async () => {
      const encoder = new ArrowEncoder(withDefaults('arrow', { format }));
      const none = Buffer.concat([encoder.start(new Schema([])), joinBytes(await encoder.finish())]);
      expect(tableFromIPC(none).schema.fields).to.deep.equal([]);
    });

    it('refuses a null where the field has none', async () => {
      const error = await failureOf(encode(format, [FlowBatch.from([{ src_port: null }])]));
      expect(error).to.have.property('code', 'ERR_NFSTREAM_COLUMN');
      expect(error.message).to.match(/Column src_port has a null/);
    });

    for (const compression of ['lz4', 'zstd'] as const) {
      it(`is read by polars when compressed with ${compression}, and smaller`, async () => {
        const compressed = await encode(format, [batch], { compression });
        expect(compressed.length).to.be.lessThan(bytes.length / 2);
        const frame = readPolars(format, compressed);
        expect(frame.toRecords()).to.deep.equal(readPolars(format, bytes).toRecords());
        expect((await encode(format, cut(batch, [3000, 1]), { compression })).equals(compressed)).to.equal(true);
      });
    }

    it('has dictionaries of closed sets, whole before the first row', async () => {
      const ends = endReasons(['idle', 'end', 'capacity']);
      const table = tableFromIPC(await encode(format, [ends, ends.slice(1)], { dictionary: true }));
      const column = table.getChild('end_reason')!;
      expect(DataType.isDictionary(column.type)).to.equal(true);
      expect([...column]).to.deep.equal(['idle', 'end', 'capacity', 'end', 'capacity']);
      expect([...column.data[0]!.dictionary!]).to.deep.equal(closedSet);
      expect(DataType.isUtf8(table.getChild('note')!.type)).to.equal(true);
      for (const compression of ['none', 'lz4', 'zstd'] as const) {
        const frame = readPolars(format, await encode(format, [ends, ends.slice(1)], { dictionary: true, compression }));
        expect([...frame.getColumn('end_reason').cast(polars.Utf8)]).to.deep.equal([...column]);
      }
    });

    it('refuses a text that is not of the closed set', async () => {
      const error = await failureOf(encode(format, [endReasons(['bored'])], { dictionary: true }));
      expect(error).to.have.property('code', 'ERR_NFSTREAM_COLUMN');
      expect(error.message).to.equal('Column end_reason has "bored", which is not of its closed set; leave out dictionary.');
    });

    it('has narrow integers when they are asked for', async () => {
      const wide = [
        { src_port: 65535, protocol: 255, expiration_id: -1, id: 2 ** 40 },
        { src_port: 0, protocol: 0, expiration_id: 127, id: 1 },
      ];
      const table = tableFromIPC(await encode(format, [FlowBatch.from(wide)], { compact: true }));
      expect(table.schema.fields.map((field) => String(field.type))).to.deep.equal(['Uint16', 'Uint8', 'Int8', 'Int64']);
      expect(table.toArray().map((row) => ({ ...(row as object) }))).to.deep.equal(wide.map((row) => ({ ...row, id: BigInt(row.id) })));
    });

    it('refuses an integer that its narrow type does not hold', async () => {
      for (const [field, value, type] of [
        ['src_port', 65536, 'uint16'],
        ['src_port', -1, 'uint16'],
        ['protocol', 2 ** 40, 'uint8'],
        ['expiration_id', -129, 'int8'],
      ] as const) {
        const error = await failureOf(encode(format, [FlowBatch.from([{ [field]: value }])], { compact: true }));
        expect(error).to.have.property('code', 'ERR_NFSTREAM_COLUMN');
        expect(error.message).to.equal(`Column ${field} has ${value}, which does not fit into ${type}; leave out compact.`);
      }
    });

    it('has timestamps in UTC where the run asks for them', async () => {
      const units = { ms: TimeUnit.MILLISECOND, us: TimeUnit.MICROSECOND, ns: TimeUnit.NANOSECOND };
      for (const time of ['ms', 'us', 'ns'] as const) {
        const field = { ...fields.find(({ name }) => name === 'dst2src_first_seen_ms')!, time, nullable: true, timestamp: true } as const;
        const values = [1_714_000_000_000n, null, 0n];
        const times = new FlowBatch(new Schema([field]), 3, [buildColumn(field, values)]);
        const column = tableFromIPC(await encode(format, [times])).getChild(field.name)!;
        expect([column.type.unit, column.type.timezone]).to.deep.equal([units[time], 'UTC']);
        expect([...column.data[0]!.values].map((value, row) => (column.isValid(row) ? value : null))).to.deep.equal(values);
      }
    });
  });
}

describe('Arrow', () => {
  it('leaves bytes alone that it gave away', async () => {
    const encoder = new ArrowEncoder(withDefaults('arrow'));
    encoder.start(batch.schema);
    const first = joinBytes(await encoder.encode(batch, 0, 8192));
    const copy = Buffer.from(first);
    await encoder.encode(sampleBatch(8192), 0, 8192);
    expect(copy.equals(first)).to.equal(true);
  });

  it('has smaller record batches where texts are very long', async () => {
    const long = FlowBatch.from([60, 1, 2, 1, 70, 0, 0].map((megabytes) => ({ text: 'x'.repeat(megabytes << 20) })));
    const bytes = await encode('stream', [long]);
    expect(tableFromIPC(bytes).batches.map((part) => part.numRows)).to.deep.equal([4, 1, 2]);
    expect((await encode('stream', cut(long, [1, 2]))).equals(bytes)).to.equal(true);
  });

  it('is what Arquero reads', async () => {
    const table = fromArrow(await encode('file', [batch]));
    expect(table.numRows()).to.equal(count);
    expect(table.columnNames()).to.deep.equal(batch.schema.fields.map((field) => field.name));
    expect(table.array('requested_server_name')).to.deep.equal(rows.map((row) => row['requested_server_name']));
    expect(table.array('note')).to.deep.equal(rows.map((row) => row['note']));
  });
});
