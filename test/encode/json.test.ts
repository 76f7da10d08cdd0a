import { expect } from 'chai';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import streamArray from 'stream-json/streamers/stream-array.js';
import jsonlParser from 'stream-json/jsonl/parser.js';
import { buildColumn } from '../../lib/flows/columns.js';
import { FlowBatch } from '../../lib/flows/flow-batch.js';
import { JsonEncoder } from '../../lib/encode/json.js';
import { Schema, userField } from '../../lib/schema/schema.js';
import { bothWays } from './both-ways.js';
import { cut, nastyNames, sampleBatch, sampleRows, withDefaults } from '../samples.js';

const batch = sampleBatch(1000);
const expected = sampleRows(1000).map((row) => ({ ...row, big: Number(row['big']) }));

function encode(format: 'lines' | 'array', batches = [batch]): Promise<Buffer> {
  return bothWays((makeWriter) => new JsonEncoder(withDefaults('json', { format }), makeWriter), batches);
}

async function collect(bytes: Buffer, reader: NodeJS.ReadWriteStream): Promise<unknown[]> {
  const values: unknown[] = [];
  const pieces = Array.from({ length: Math.ceil(bytes.length / 1000) }, (_, i) => bytes.subarray(1000 * i, 1000 * i + 1000));
  await pipeline(Readable.from(pieces), reader, async (items) => {
    for await (const item of items as AsyncIterable<{ key: number; value: unknown }>) values.push(item.value);
  });
  return values;
}

describe('JSON', () => {
  it('is one object a line that JSON.parse reads', async () => {
    const lines = (await encode('lines')).toString().split('\n');
    expect(lines.pop()).to.equal('');
    expect(lines.map((line) => JSON.parse(line) as unknown)).to.deep.equal(expected);
  });

  it('is one array that JSON.parse reads', async () => {
    const text = (await encode('array')).toString();
    expect(JSON.parse(text)).to.deep.equal(expected);
    expect(text.startsWith('[\n{')).to.equal(true);
    expect(text.endsWith('}\n]')).to.equal(true);
    expect(text.split('\n')).to.have.length(1002);
  });

  it('is read by stream-json, lines and array', async () => {
    // oxlint-disable-next-line typescript/no-deprecated -- what stream-json itself offers for lines until it is gone
    expect(await collect(await encode('lines'), jsonlParser.asStream())).to.deep.equal(expected);
    expect(await collect(await encode('array'), streamArray.withParserAsStream())).to.deep.equal(expected);
  });

  it('is valid UTF-8 without raw control characters', async () => {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(await encode('lines'));
    expect(text).to.not.match(/[\x00-\x09\x0b-\x1f]/);
    for (const escaped of ['\\u0000', '\\u001b', '\\u000a', '\\u000d', '\\"', '\\\\']) expect(text).to.include(escaped);
  });

  it('has floats of any size, of which JSON.parse makes the same again', async () => {
    const bits = new DataView(new ArrayBuffer(8));
    let state = 1;
    const next = (): number => (state = Math.imul(state, 0x6c078965) + 1) >>> 0;
    const floats = Array.from({ length: 20_000 }, (_, at) => {
      if (at % 4 === 0) return next() / 997; // as means are
      bits.setUint32(0, next());
      bits.setUint32(4, next());
      return bits.getFloat64(0);
    }).filter(Number.isFinite);
    const lines = (await encode('lines', [FlowBatch.from(floats.map((x) => ({ x })))])).toString().trimEnd().split('\n');
    expect(lines.map((line) => (JSON.parse(line) as { x: number }).x)).to.deep.equal(floats);
  });

  it('has all digits of integers, and a point in every float', async () => {
    const numbers = FlowBatch.from([
      { big: 2n ** 63n - 1n, x: 0.5 },
      { big: -(2n ** 63n), x: 58 },
      { big: 0n, x: 1e-5 },
      { big: 9007199254740993n, x: 1e16 },
    ]);
    expect((await encode('lines', [numbers])).toString()).to.equal(
      '{"big":9223372036854775807,"x":0.5}\n{"big":-9223372036854775808,"x":58.0}\n{"big":0,"x":1e-05}\n{"big":9007199254740993,"x":1e+16}\n',
    );
  });

  it('writes bigints as strings when asked, whole columns of them', async () => {
    const field = { ...userField('seen_ns', 'int'), time: 'ns', bigint: true } as const;
    const values = [1_714_000_000_123_456_789n, null, 0n];
    const schema = new Schema([field, userField('id', 'int')]);
    const times = new FlowBatch(schema, 3, [buildColumn(field, values), buildColumn(schema.fields[1]!, [2n ** 60n, 1, 0])]);
    const text = await bothWays((makeWriter) => new JsonEncoder(withDefaults('json', { bigints: 'string' }), makeWriter), [times]);
    expect(text.toString()).to.equal('{"seen_ns":"1714000000123456789","id":1152921504606846976}\n{"seen_ns":null,"id":1}\n{"seen_ns":"0","id":0}\n');
    expect((await encode('lines', [times])).toString()).to.include('{"seen_ns":1714000000123456789,');
  });

  it('writes each name as a string that gives the name again', async () => {
    const names = FlowBatch.from(nastyNames.map((name) => ({ name })));
    const read = (await encode('lines', [names]))
      .toString()
      .trimEnd()
      .split('\n')
      .map((line) => (JSON.parse(line) as { name: string }).name);
    expect(read).to.deep.equal(nastyNames);
  });

  it('escapes keys', async () => {
    const odd = FlowBatch.from([{ 'a"b\\\n': 1, 'é😀': 2 }]);
    expect(JSON.parse((await encode('lines', [odd])).toString())).to.deep.equal({ 'a"b\\\n': 1, 'é😀': 2 });
  });

  it('is nothing, or [], without flows', async () => {
    expect((await encode('lines', [batch.slice(0, 0)])).toString()).to.equal('');
    expect((await encode('array', [batch.slice(0, 0)])).toString()).to.equal('[]');
  });

  it('does not depend on how flows were divided', async () => {
    for (const format of ['lines', 'array'] as const) {
      for (const lengths of [[1], [7, 300, 1], [999]]) expect((await encode(format, cut(batch, lengths))).equals(await encode(format))).to.equal(true);
    }
  });
});
