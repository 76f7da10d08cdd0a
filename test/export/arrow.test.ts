import { tableFromIPC, DataType } from 'apache-arrow';
import { expect } from 'chai';
import polars from 'nodejs-polars';
import { FlowBatch } from '../../lib/aggregate/flow-batch.js';
import { FlowError } from '../../lib/errors.js';
import { ArrowEncoder } from '../../lib/export/arrow.js';
import { fields, sized } from '../../lib/schema/fields.js';
import { Schema } from '../../lib/schema/schema.js';
import { buildColumn } from '../../lib/aggregate/columns.js';
import { cut, encodeAll, sampleBatch, sampleRows, type Row } from './samples.js';

const count = 20_000;
const rows = sampleRows(count);
const batch = FlowBatch.from(rows);
const formats = ['stream', 'file'] as const;

function encode(format: 'stream' | 'file', batches: readonly FlowBatch[]): Buffer {
  return encodeAll(new ArrowEncoder({ format }), batches);
}

/** The rows of sample as an Arrow reader gives them: integers as bigint. */
function asArrow(row: Row): Row {
  const whole = (value: unknown): unknown => (typeof value === 'number' ? BigInt(value) : value);
  return Object.fromEntries(Object.entries(row).map(([name, value]) => [name, name === 'ratio' ? value : whole(value)]));
}

/** A row with its lists as arrays. */
function plain(row: Row): Row {
  return Object.fromEntries(Object.entries(row).map(([name, value]) => [name, typeof value === 'object' && value !== null ? [...(value as Iterable<unknown>)] : value]));
}

function readPolars(format: 'stream' | 'file', bytes: Buffer): ReturnType<typeof polars.readIPC> {
  return format === 'file' ? polars.readIPC(bytes) : polars.readIPCStream(bytes);
}

for (const format of formats) {
  describe(`Arrow, ${format} format`, () => {
    const bytes = encode(format, [batch]);

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

    it('has record batches of 8,192 rows, whatever came', () => {
      expect(tableFromIPC(bytes).batches.map((part) => part.numRows)).to.deep.equal([8192, 8192, 3616]);
      for (const lengths of [[1000], [8192], [8192, 1, 3], [8191, 2], [20_000]]) {
        expect(encode(format, cut(batch, lengths)).equals(bytes), lengths.join()).to.equal(true);
      }
    });

    it('has Int64, Float64 and Utf8, units and meanings, and what is known of the run', () => {
      const schema = new Schema(fields.map((field) => sized(field, 3)), { damage: null }, { 'nfstream.version': '1.2.3' });
      const none = new FlowBatch(schema, 0, schema.fields.map((field) => buildColumn(field, [])));
      const read = tableFromIPC(encode(format, [none])).schema;
      expect(read.fields.map((field) => field.name)).to.deep.equal(fields.map((field) => field.name));
      expect(read.metadata.get('nfstream.version')).to.equal('1.2.3');
      read.fields.forEach((field, index) => {
        const { type, unit, meaning, nullable } = fields[index]!;
        const isType = { int: DataType.isInt, float: DataType.isFloat, text: DataType.isUtf8, list: DataType.isFixedSizeList }[type];
        expect(isType(field.type), field.name).to.equal(true);
        expect(field.nullable).to.equal(nullable ?? false);
        expect(field.metadata.get('meaning')).to.equal(meaning);
        expect(field.metadata.get('unit')).to.equal(unit === '' ? undefined : unit);
      });
    });

    it('is a file of its schema without flows', () => {
      const none = encode(format, [batch.slice(0, 0)]);
      expect(tableFromIPC(none).numRows).to.equal(0);
      expect(readPolars(format, none).columns).to.deep.equal(batch.schema.fields.map((field) => field.name));
    });

    it('is a file without columns when not even a schema came', () => {
      const encoder = new ArrowEncoder({ format });
      const none = Buffer.concat([encoder.start(new Schema([])), encoder.finish()]);
      expect(tableFromIPC(none).schema.fields).to.deep.equal([]);
    });

    it('refuses a null where the field has none', () => {
      expect(() => encode(format, [FlowBatch.from([{ src_port: null }])])).to.throw(FlowError, /Column src_port has a null/).with.property('code', 'ERR_NFSTREAM_COLUMN');
    });
  });
}

describe('Arrow', () => {
  it('leaves bytes alone that it gave away', () => {
    const encoder = new ArrowEncoder();
    encoder.start(batch.schema);
    const first = encoder.encode(batch, 0, 8192);
    const copy = Buffer.from(first);
    encoder.encode(sampleBatch(8192), 0, 8192);
    expect(copy.equals(first)).to.equal(true);
  });
});
