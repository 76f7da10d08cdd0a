import { expect } from 'chai';
import { fromJson } from '../../lib/read/readers.js';
import { nastyNames } from '../samples.js';
import { piecesOf, readAll } from './read-all.js';

const read = (text: string, types?: Record<string, 'int' | 'float' | 'text'>) =>
  readAll(fromJson(piecesOf(Buffer.from(text), 7), types === undefined ? {} : { types }));

describe('fromJson()', () => {
  const good: [what: string, text: string, rows: unknown[], types: Record<string, string>][] = [
    [
      'JSON Lines',
      '{"id":1,"note":"a"}\n{"id":2,"note":"b"}\n',
      [
        { id: 1, note: 'a' },
        { id: 2, note: 'b' },
      ],
      { id: 'int', note: 'text?' },
    ],
    ['a last line without a line break', '{"x":1}\n{"x":2}', [{ x: 1 }, { x: 2 }], { x: 'int?' }],
    ['an array', '[\n{"x":1},\n{"x":2}\n]', [{ x: 1 }, { x: 2 }], { x: 'int?' }],
    [
      'an array in one line with spaces',
      ' [ {"x" : 1 , "y" : "a"} , { "x":2,"y":"b" } ] \n',
      [
        { x: 1, y: 'a' },
        { x: 2, y: 'b' },
      ],
      { x: 'int?', y: 'text?' },
    ],
    [
      'objects over several lines',
      '{\n  "x": 1,\n  "y": 2\n}\n{\n  "x": 3,\n  "y": 4\n}\n',
      [
        { x: 1, y: 2 },
        { x: 3, y: 4 },
      ],
      { x: 'int?', y: 'int?' },
    ],
    ['a mark of byte order', '\ufeff{"x":1}\n', [{ x: 1 }], { x: 'int?' }],
    ['nothing', '', [], {}],
    ['white space', ' \n\n', [], {}],
    ['an empty array', '[]', [], {}],
    [
      'keys in another order',
      '{"a":1,"b":2}\n{"b":3,"a":4}\n',
      [
        { a: 1, b: 2 },
        { a: 4, b: 3 },
      ],
      { a: 'int?', b: 'int?' },
    ],
    [
      'missing keys',
      '{"a":1,"b":2}\n{"b":3}\n{"a":4}\n{}\n',
      [
        { a: 1, b: 2 },
        { a: null, b: 3 },
        { a: 4, b: null },
        { a: null, b: null },
      ],
      { a: 'int?', b: 'int?' },
    ],
    [
      'a key twice, where the last one counts',
      '{"a":1,"b":5}\n{"a":2,"a":3,"b":6}\n',
      [
        { a: 1, b: 5 },
        { a: 3, b: 6 },
      ],
      { a: 'int?', b: 'int?' },
    ],
    [
      'nulls',
      '{"id":1,"protocol":6,"note":null}\n{"id":2,"protocol":null,"note":"x"}\n',
      [
        { id: 1, protocol: 6, note: null },
        { id: 2, protocol: null, note: 'x' },
      ],
      { id: 'int', protocol: 'int?', note: 'text?' },
    ],
    ['floats among integers', '{"x":1}\n{"x":2.5}\n{"x":-1e-7}\n', [{ x: 1 }, { x: 2.5 }, { x: -1e-7 }], { x: 'float?' }],
    ['booleans', '{"x":true}\n{"x":false}\n', [{ x: 1 }, { x: 0 }], { x: 'int?' }],
    ['mixed values, which are text', '{"x":1}\n{"x":"a"}\n{"x":true}\n', [{ x: '1' }, { x: 'a' }, { x: 'true' }], { x: 'text?' }],
    [
      'lists',
      '{"splt_ps":[1,-1],"own":[ 3 , 4 ]}\n{"splt_ps":[2,70000],"own":[5,6]}\n',
      [
        { splt_ps: [1, -1], own: [3, 4] },
        { splt_ps: [2, 70000], own: [5, 6] },
      ],
      { splt_ps: 'list', own: 'list?' },
    ],
    ['integers as text in a column of integers', '{"dst_port":"443"}\n{"dst_port":"53"}\n', [{ dst_port: 443 }, { dst_port: 53 }], { dst_port: 'int' }],
    ['a known name with other values', '{"protocol":"tcp"}\n', [{ protocol: 'tcp' }], { protocol: 'text?' }],
    ['escapes', '{"x":"\\u0041\\n\\ud83d\\ude00\\/\\\\\\""}\n', [{ x: 'A\n😀/\\"' }], { x: 'text?' }],
    ['half of a surrogate pair', '{"x":"\\ud83d!"}\n', [{ x: '\ufffd!' }], { x: 'text?' }],
    ['an integer that a float became', '{"src_port":443.0}\n', [{ src_port: 443 }], { src_port: 'int' }],
    ['an integer that no column holds, which is text', '{"x":18446744073709551616}\n', [{ x: '18446744073709551616' }], { x: 'text?' }],
    ['a key like a property of objects', '{"__proto__":1,"constructor":2}\n', [JSON.parse('{"__proto__":1,"constructor":2}')], { constructor: 'int?' }],
  ];
  for (const [what, text, rows, types] of good) {
    it(`reads ${what}`, async () => {
      const { error, ...got } = await read(text);
      expect(error).to.equal(null);
      expect(got.rows).to.deep.equal(rows);
      expect(got.types).to.deep.include(types);
    });
  }

  const integers = [
    '0',
    '-1',
    '9007199254740993',
    '-9007199254740993',
    '999999999999999',
    '1000000000000000',
    '4294967296',
    '-4294967296',
    '2147483648',
    '-2147483649',
    '9223372036854775807',
    '-9223372036854775808',
  ];
  for (const layout of [(text: string) => `{"x":${text}}\n`, (text: string) => `{ "x" : ${text} }\n`, (text: string) => `{"x":0,"x":${text}}\n`]) {
    it(`keeps every digit of integers in ${JSON.stringify(layout('N'))}`, async () => {
      const { batches } = await read(integers.map(layout).join(''));
      const column = batches.at(-1)!.column('x');
      expect([...(column as { values: BigInt64Array }).values].map(String)).to.deep.equal(integers);
    });
  }

  it('reads every nasty name', async () => {
    const { rows } = await read(nastyNames.map((name) => `${JSON.stringify({ requested_server_name: name })}\n`).join(''));
    expect(rows.map((row) => row['requested_server_name'])).to.deep.equal(nastyNames);
  });

  it('replaces what is no UTF-8', async () => {
    const { rows } = await readAll(fromJson(piecesOf(Buffer.from('{"x":"a\xffb\xc3"}\n{"x":"\xa9"}\n', 'latin1'), 3)));
    expect(rows).to.deep.equal([{ x: 'a\ufffdb\ufffd' }, { x: '\ufffd' }]);
  });

  it('takes the types that it is told', async () => {
    const { rows, types } = await read('{"a":1,"b":2,"dst_port":3}\n', { a: 'text', b: 'float', dst_port: 'int', c: 'int' });
    expect(rows).to.deep.equal([{ a: '1', b: 2, dst_port: 3, c: null }]);
    expect(types).to.deep.equal({ a: 'text?', b: 'float?', dst_port: 'int?', c: 'int?' });
  });

  const first = '{"x":1,"y":"a"}\n';
  const wrong: [what: string, text: string, code: string, message: RegExp, rows: number][] = [
    ['another format', 'id,src_ip\n', 'ERR_NFSTREAM_INPUT_FORMAT', /not JSON of flows/, 0],
    ['a number on a line', `${first}5\n`, 'ERR_NFSTREAM_CORRUPT', /in row 2 \(at byte 16\) there is "5" where an object belongs/, 1],
    ['text behind the array', '[{"x":1}] {"x":2}', 'ERR_NFSTREAM_CORRUPT', /something after the array/, 1],
    ['two commas', '[{"x":1},,{"x":2}]', 'ERR_NFSTREAM_CORRUPT', /in row 2 \(at byte 9\)/, 1],
    ['no comma', '[{"x":1}{"x":2}]', 'ERR_NFSTREAM_CORRUPT', /in row 2 \(at byte 8\)/, 1],
    ['a comma before the end', '[{"x":1},]', 'ERR_NFSTREAM_CORRUPT', /in row 2/, 1],
    ['a missing value', `${first}{"x":,"y":"b"}\n`, 'ERR_NFSTREAM_CORRUPT', /in row 2 \(at byte 16\) the object is not valid JSON/, 1],
    ['leading zeros', `${first}{"x":007,"y":"b"}\n`, 'ERR_NFSTREAM_CORRUPT', /not valid JSON/, 1],
    ['a point without digits', `${first}{"x":1.,"y":"b"}\n`, 'ERR_NFSTREAM_CORRUPT', /not valid JSON/, 1],
    ['a raw control character', `${first}{"x":1,"y":"a\x01"}\n`, 'ERR_NFSTREAM_CORRUPT', /not valid JSON/, 1],
    ['a wrong escape', `${first}{"x":1,"y":"\\q"}\n`, 'ERR_NFSTREAM_CORRUPT', /not valid JSON/, 1],
    ['NaN', `${first}{"x":NaN,"y":"b"}\n`, 'ERR_NFSTREAM_CORRUPT', /not valid JSON/, 1],
    [
      'a new key',
      `${first.repeat(1001)}{"x":1,"y":"b","z":2}\n`,
      'ERR_NFSTREAM_COLUMN',
      /in row 1002 .*"z" is no column of the rows before; name it in the option types/,
      1001,
    ],
    ['text where integers were', `${first.repeat(1001)}{"x":"a","y":"b"}\n`, 'ERR_NFSTREAM_COLUMN', /x is "a", which is not a whole number/, 1001],
    ['too large an integer', `${first.repeat(1001)}{"x":9223372036854775808,"y":"b"}\n`, 'ERR_NFSTREAM_COLUMN', /x is "9223372036854775808"/, 1001],
    ['a null where none was', `${'{"id":1}\n'.repeat(1001)}{"id":null}\n`, 'ERR_NFSTREAM_COLUMN', /id has no value, but is never null/, 1001],
    ['an object in an object', '{"x":{"y":1}}\n', 'ERR_NFSTREAM_COLUMN', /x is an object/, 0],
    ['a list of texts', '{"x":["a"]}\n', 'ERR_NFSTREAM_COLUMN', /x is a list of other things/, 0],
    ['lists of other lengths', `${'{"x":[1,2]}\n'.repeat(1001)}{"x":[1]}\n`, 'ERR_NFSTREAM_COLUMN', /not a list of 2 integers/, 1001],
    ['an object without an end', `${first}{"x":2,"y":"b"`, 'ERR_NFSTREAM_TRUNCATED', /in row 2 \(at byte 16\).*cut off/, 1],
    ['an array without an end', '[{"x":1},{"x":2}', 'ERR_NFSTREAM_TRUNCATED', /array has no end/, 2],
    ['a deep nest', `${first}${'['.repeat(100_000)}`, 'ERR_NFSTREAM_CORRUPT', /in row 2/, 1],
    ['an object that never ends', `${first}{"x":"${'a'.repeat(5 << 20)}`, 'ERR_NFSTREAM_CORRUPT', /no object ends within/, 1],
  ];
  for (const [what, text, code, message, count] of wrong) {
    it(`tells ${what}, after the rows in front of it`, async () => {
      const { error, rows } = await readAll(fromJson(piecesOf(Buffer.from(text), 60_000)));
      expect(error?.message).to.match(message);
      expect([error?.code, rows.length]).to.deep.equal([code, count]);
    });
  }
});
