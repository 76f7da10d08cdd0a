import { inspect } from 'node:util';
import { expect } from 'chai';
import { intColumn } from '../../lib/flows/columns.js';
import { FlowBatch } from '../../lib/flows/flow-batch.js';
import { FlowError } from '../../lib/errors.js';
import { Schema } from '../../lib/schema/schema.js';

const rows = [
  { id: 0, src_ip: '10.0.0.1', src_port: 1000, src2dst_bytes: 2 ** 40 + 7, requested_server_name: 'café.example', score: 0.5 },
  { id: 1, src_ip: '10.0.0.2', src_port: 2000, src2dst_bytes: 0, requested_server_name: '', score: null },
  { id: 2, src_ip: '::1', src_port: 65535, src2dst_bytes: -1, requested_server_name: 'x'.repeat(300), score: 1e-5 },
];

function codeOf(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    expect(error).to.be.instanceOf(FlowError);
    return (error as FlowError).code;
  }
  return 'nothing was thrown';
}

describe('FlowBatch', () => {
  const batch = FlowBatch.from(rows);

  it('gives back the rows it was made of, under the names of files', () => {
    expect([...batch].map((flow) => flow.toJSON())).to.deep.equal(rows);
    expect(batch.length).to.equal(3);
  });

  it('has flows with camelCase properties, except for the names that users gave', () => {
    const flow = batch.at(0)!;
    expect([flow.srcIp, flow.srcPort, flow.src2dstBytes, flow.requestedServerName, flow['score']]).to.deep.equal([
      '10.0.0.1',
      1000,
      2 ** 40 + 7,
      'café.example',
      0.5,
    ]);
    expect(flow.keys()).to.deep.equal(['id', 'srcIp', 'srcPort', 'src2dstBytes', 'requestedServerName', 'score']);
    expect(flow.values()).to.deep.equal(Object.values(rows[0]!));
    expect(flow.toObject()).to.have.property('srcIp', '10.0.0.1');
    expect(flow.dstIp).to.equal(undefined);
  });

  it('counts rows from the end, and has none beyond its ends', () => {
    expect(batch.at(-1)!.id).to.equal(2);
    expect(batch.at(3)).to.equal(undefined);
    expect(batch.at(-4)).to.equal(undefined);
  });

  it('has immutable flows that print readably', () => {
    const flow = batch.at(1)!;
    expect(() => Object.assign(flow, { srcPort: 1 })).to.throw(TypeError);
    expect(inspect(flow))
      .to.match(/^Flow \{/)
      .and.to.include("srcIp: '10.0.0.2'");
  });

  it('detaches a flow from its memory', () => {
    const flow = batch.at(2)!.detach();
    expect(flow.toJSON()).to.deep.equal(rows[2]);
    expect(flow.srcIp).to.equal('::1');
  });

  const views: [name: string, made: FlowBatch, ids: number[]][] = [
    ['filter', batch.filter((flow) => flow.srcPort > 1500), [1, 2]],
    ['filter with nothing left', batch.filter(() => false), []],
    ['filter by row', batch.filter((_, row) => row === 0), [0]],
    ['slice', batch.slice(1, 2), [1]],
    ['slice beyond the end', batch.slice(2, 99), [2]],
    ['slice of a slice', batch.slice(1).slice(1), [2]],
    ['slice that is empty', batch.slice(2, 1), []],
    ['slice from the end', batch.slice(-2, -1), [1]],
    ['slice to Infinity', batch.slice(1, Infinity), [1, 2]],
    ['filter of a slice', batch.slice(1).filter((flow) => flow.id === 2), [2]],
  ];
  for (const [name, made, ids] of views) {
    it(`${name} keeps whole rows and the schema`, () => {
      expect(made.schema).to.equal(batch.schema);
      expect([...made].map((flow) => flow.toJSON())).to.deep.equal(ids.map((id) => rows[id]));
    });
  }

  it('select keeps columns in the order asked for, by either name, and the same schema for every batch', () => {
    const selected = batch.select(['srcPort', 'src_ip']);
    expect([...selected][0]!.toJSON()).to.deep.equal({ src_port: 1000, src_ip: '10.0.0.1' });
    expect(batch.slice(1).select(['src_port', 'srcIp']).schema).to.equal(selected.schema);
    expect(batch.select(['src_port']).schema).not.to.equal(selected.schema);
  });

  it('withColumn adds a column, and the same schema for every batch', () => {
    const more = batch.withColumn('site_name', 'text', ['a', null, 'ü']);
    expect([...more].map((flow) => flow['site_name'])).to.deep.equal(['a', null, 'ü']);
    expect(batch.slice(0, 1).withColumn('site_name', 'text', ['b']).schema).to.equal(more.schema);
    expect(batch.column('id')).to.equal(more.column('id'));
  });

  it('keeps integers of 64 bits', () => {
    const extreme = FlowBatch.from([{ big: 9223372036854775807n }, { big: -9223372036854775808n }]);
    const column = extreme.column('big');
    expect(column.type === 'int' && [...column.values]).to.deep.equal([9223372036854775807n, -9223372036854775808n]);
  });

  const mistakes: [what: string, run: () => unknown][] = [
    ['an unknown column', () => batch.column('nosuch')],
    ['selecting an unknown column', () => batch.select(['id', 'nosuch'])],
    ['selecting a column twice', () => batch.select(['id', 'id'])],
    ['a taken name', () => batch.withColumn('id', 'int', [1, 2, 3])],
    ['a wrong number of values', () => batch.withColumn('x', 'int', [1])],
    ['a fraction for an integer', () => batch.withColumn('x', 'int', [1, 2.5, 3])],
    ['a number for a text', () => batch.withColumn('x', 'text', ['a', 1, 'b'])],
    ['an object without a prototype for a text', () => batch.withColumn('x', 'text', ['a', Object.create(null), 'b'])],
    ['NaN', () => batch.withColumn('x', 'float', [1, NaN, 2])],
    ['infinity', () => batch.withColumn('x', 'float', [1, Infinity, 2])],
    ['half of a surrogate pair', () => batch.withColumn('x', 'text', ['a', 'b\ud83d', 'c'])],
    ['a column that the first row has not', () => FlowBatch.from([{ id: 1 }, { id: 2, note: 'b' }])],
  ];
  for (const [what, run] of mistakes) {
    it(`refuses ${what}`, () => {
      expect(codeOf(run)).to.equal('ERR_NFSTREAM_COLUMN');
    });
  }

  const tooLarge: [type: 'int' | 'list', value: unknown, what: RegExp][] = [
    ['int', 2n ** 63n, /^Column x has a value in row 1 that is not an integer of 64 bits: 9223372036854775808 \(a bigint\)\.$/],
    ['int', -(2n ** 63n) - 1n, /row 1 .* 64 bits: -9223372036854775809 /],
    ['int', 2n ** 64n, /row 1 .* 64 bits: 18446744073709551616 /],
    ['int', 2 ** 53, /row 1 .* 64 bits: 9007199254740992 \(a number\)/],
    ['list', [0, 2n ** 63n], /^Column x has a value in row 1 that is not an array of 2 integers of 64 bits: item 1 is 9223372036854775808 \(a bigint\)\.$/],
    ['list', [-(2n ** 63n) - 1n, 0], /row 1 .* item 0 is -9223372036854775809 /],
    ['list', [0, 2 ** 60], /row 1 .* item 1 is 1152921504606847000 \(a number\)/],
    ['list', [0, NaN], /row 1 .* item 1 is NaN/],
    ['list', [0, null], /row 1 .* item 1 is null/],
    ['list', [0], /row 1 .* 2 integers of 64 bits: it has 1\./],
  ];
  for (const [type, value, message] of tooLarge) {
    it(`refuses ${inspect(value)} in a column of type ${type}, by column and row`, () => {
      const good = type === 'int' ? 0 : [0, 0];
      expect(() => batch.withColumn('x', type, [good, value, good]))
        .to.throw(FlowError, message)
        .with.property('code', 'ERR_NFSTREAM_COLUMN');
    });
  }

  it('from() refuses what does not fit as well', () => {
    for (const [good, value] of [
      [0, 2n ** 63n],
      [[0], [2n ** 63n]],
      [['a'], 1],
    ])
      expect(codeOf(() => FlowBatch.from([{ x: good }, { x: value }]))).to.equal('ERR_NFSTREAM_COLUMN');
  });

  for (const [name, value, bits] of [
    ['splt_direction', 128, 8],
    ['splt_direction', -129, 8],
    ['splt_ps', 2 ** 31, 32],
    ['splt_piat_ms', -(2 ** 31) - 1, 32],
  ] as const) {
    it(`refuses ${value} in ${name}, whose items have ${bits} bits`, () => {
      expect(() => FlowBatch.from([{ [name]: [0] }, { [name]: [value] }])).to.throw(
        FlowError,
        `Column ${name} has a value in row 1 that is not an array of 1 integers of ${bits} bits: item 0 is ${value}`,
      );
    });
  }

  it('says the size and the JavaScript type of a column where the values do not', () => {
    const empty = batch.slice(0, 0);
    const options = { size: 2, bigint: true };
    const lists = batch.withColumn('x', 'list', [[1, 2n ** 53n + 1n], null, [-(2n ** 63n), 2n ** 63n - 1n]], options);
    expect(empty.withColumn('x', 'list', [], options).schema).to.equal(lists.schema);
    expect([...lists].map((flow) => flow['x'])).to.deep.equal([[1n, 2n ** 53n + 1n], null, [-(2n ** 63n), 2n ** 63n - 1n]]);
    expect([...lists.slice(1)].map((flow) => flow.toJSON()['x'])).to.deep.equal([null, ['-9223372036854775808', '9223372036854775807']]);
    expect(
      lists
        .filter((_, row) => row !== 1)
        .at(1)!
        .detach()['x'],
    ).to.deep.equal([-(2n ** 63n), 2n ** 63n - 1n]);
    const integers = batch.withColumn('x', 'int', [1, null, 2n ** 53n + 1n], { bigint: true });
    expect([...integers].map((flow) => flow['x'])).to.deep.equal([1n, null, 2n ** 53n + 1n]);
    expect(codeOf(() => batch.withColumn('x', 'list', [[1], [1], [1]], { size: 2 }))).to.equal('ERR_NFSTREAM_COLUMN');
  });

  it('gives items of 64 bits as numbers', () => {
    const wide = batch.withColumn('t', 'list', [[1_700_000_000_000], [-1_700_000_000_000], [-1]]);
    expect([...wide].map((flow) => flow['t'])).to.deep.equal([[1_700_000_000_000], [-1_700_000_000_000], [-1]]);
  });

  it('takes the flows of another batch', () => {
    expect([...FlowBatch.from(batch)].map((flow) => flow.toJSON())).to.deep.equal(rows);
  });

  it('keeps a column named like a method out of the way', () => {
    const odd = FlowBatch.from([{ id: 1, values: 'x' }]);
    expect([...odd][0]!.values()).to.deep.equal([1, 'x']);
    expect([...odd][0]!.toJSON()).to.deep.equal({ id: 1, values: 'x' });
  });

  describe('with lists and bigints', () => {
    const listed = FlowBatch.from([
      { id: 0, splt_ps: [60, 1500, -1], own: [1], note: 'a' },
      { id: 1, splt_ps: [2 ** 31 - 1, -1, -1], own: null, note: 'b' },
      { id: 2, splt_ps: [0, 1, 2], own: [3], note: 'c' },
    ]);

    it('gives lists as arrays of numbers, which keep their length through every method', () => {
      expect(listed.schema.fields.map((field) => field.list)).to.deep.equal([undefined, { item: 'int32', size: 3 }, { item: 'int64', size: 1 }, undefined]);
      expect(listed.at(1)!.toObject()).to.deep.equal({ id: 1, spltPs: [2 ** 31 - 1, -1, -1], own: null, note: 'b' });
      expect(listed.slice(1, 3).at(1)!['spltPs']).to.deep.equal([0, 1, 2]);
      expect([...listed.filter((flow) => flow.id !== 1)].map((flow) => flow['spltPs'])).to.deep.equal([
        [60, 1500, -1],
        [0, 1, 2],
      ]);
      expect(listed.at(2)!.detach()['own']).to.deep.equal([3]);
      expect(listed.withColumn('more', 'list', [[1, 2], [3, 4], null]).at(1)!['more']).to.deep.equal([3, 4]);
    });

    it('refuses lists of another length, or of anything but integers', () => {
      for (const wrong of [[1, 2], [1, 2, 'x'], [1, 2, 0.5], 'x']) {
        expect(codeOf(() => FlowBatch.from([{ splt_ps: [1, 2, 3] }, { splt_ps: wrong }]))).to.equal('ERR_NFSTREAM_COLUMN');
      }
    });

    it('gives bigints for times in nanoseconds, and their digits to JSON', () => {
      const field = { name: 'seen_ns', type: 'int', unit: 'ns', when: 'always', meaning: 'Seen.', source: '', bigint: true } as const;
      const batch = new FlowBatch(new Schema([field]), 2, [intColumn(BigInt64Array.of(1_704_067_200_000_000_001n, -1n), null, true)]);
      expect([...batch].map((flow) => flow['seenNs'])).to.deep.equal([1_704_067_200_000_000_001n, -1n]);
      expect(
        batch
          .filter(() => true)
          .slice(0, 1)
          .at(0)!['seenNs'],
      ).to.equal(1_704_067_200_000_000_001n);
      expect(JSON.stringify(batch.at(0))).to.equal('{"seen_ns":"1704067200000000001"}');
    });
  });
});
