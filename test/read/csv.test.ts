import { parse } from 'csv-parse/sync';
import { expect } from 'chai';
import { fromCsv } from '../../lib/read/readers.js';
import type { CsvReadOptions } from '../../lib/read/csv/csv-rows.js';
import { nastyNames } from '../samples.js';
import { piecesOf, readAll } from './read-all.js';

const read = (text: string, options: CsvReadOptions & { types?: Record<string, 'int' | 'float' | 'text'> } = {}, size = 5) =>
  readAll(fromCsv(piecesOf(Buffer.from(text), size), options));

describe('fromCsv()', () => {
  const good: [what: string, text: string, rows: unknown[], types: Record<string, string>, options?: CsvReadOptions][] = [
    [
      'LF',
      'id,note\n1,a\n2,b\n',
      [
        { id: 1, note: 'a' },
        { id: 2, note: 'b' },
      ],
      { id: 'int', note: 'text?' },
    ],
    [
      'CRLF',
      'id,note\r\n1,a\r\n2,b\r\n',
      [
        { id: 1, note: 'a' },
        { id: 2, note: 'b' },
      ],
      { id: 'int', note: 'text?' },
    ],
    ['a header alone', 'id,note\n', [], { id: 'int', note: 'text?' }],
    ['nothing', '', [], {}],
    ['a mark of byte order', '\ufeffid\n1\n', [{ id: 1 }], { id: 'int' }],
    [
      'quotes',
      'x,y\n"a,b","say ""hi"""\n"two\nlines","\r\n"\n"","a"\n',
      [
        { x: 'a,b', y: 'say "hi"' },
        { x: 'two\nlines', y: '\r\n' },
        { x: '', y: 'a' },
      ],
      { x: 'text?', y: 'text?' },
    ],
    ['quoted names', '"a,""b""",c\n1,2\n', [{ 'a,"b"': 1, c: 2 }], { 'a,"b"': 'int?' }],
    ['quoted numbers', 'x\n"5"\n', [{ x: 5 }], { x: 'int?' }],
    ['a quote inside a field', 'x,y\na"b,5" disk\n', [{ x: 'a"b', y: '5" disk' }], {}],
    ['a CR inside a field', 'x,y\na\rb,c\n', [{ x: 'a\rb', y: 'c' }], {}],
    ['semicolons', 'x;y\n1,5;2\n', [{ x: '1,5', y: 2 }], {}],
    ['tabs', 'x\ty\n1\t2\n', [{ x: 1, y: 2 }], {}],
    ['a delimiter that it is told', 'x#y,z\n1#2\n', [{ x: 1, 'y,z': 2 }], {}, { delimiter: '#' }],
    [
      'a file without a header',
      '1,a\n2,b\n',
      [
        { n: 1, t: 'a' },
        { n: 2, t: 'b' },
      ],
      { n: 'int?', t: 'text?' },
      { columns: ['n', 't'] },
    ],
    [
      'empty lines',
      'x,y\n\n1,2\n\r\n\n3,4\n\n',
      [
        { x: 1, y: 2 },
        { x: 3, y: 4 },
      ],
      {},
    ],
    [
      'empty fields',
      'id,x,note,requested_server_name\n1,,,\n2,3,a,b\n',
      [
        { id: 1, x: null, note: '', requested_server_name: '' },
        { id: 2, x: 3, note: 'a', requested_server_name: 'b' },
      ],
      { id: 'int', x: 'int?', note: 'text?', requested_server_name: 'text' },
    ],
    [
      'floats',
      'x,y\n58.0,1e-05\n-0.0,2\n',
      [
        { x: 58, y: 1e-5 },
        { x: -0, y: 2 },
      ],
      { x: 'float?', y: 'float?' },
    ],
    [
      'numbers whose zeros may mean something, which are text',
      'a,b,c\n007,1.10,0.12345678901234567890\n',
      [{ a: '007', b: '1.10', c: '0.12345678901234567890' }],
      { a: 'text?', b: 'text?', c: 'text?' },
    ],
    ['integers of a known column in any form', 'src_port,dst_port\n0443,443.0\n', [{ src_port: 443, dst_port: 443 }], { src_port: 'int', dst_port: 'int' }],
    ['lists', 'splt_direction,own\n"[0, 1, -1]","[1,2]"\n', [{ splt_direction: [0, 1, -1], own: [1, 2] }], { splt_direction: 'list', own: 'list?' }],
    ['a column without values, which is text', 'x,y\n,1\n', [{ x: '', y: 1 }], { x: 'text?' }],
    ['a known name with other values', 'protocol\ntcp\n', [{ protocol: 'tcp' }], { protocol: 'text?' }],
    ['an unnamed column', ',id\n0,5\n', [{ '': 0, id: 5 }], {}],
    ['formulas and spaces as they are', 'x,y\n=1+1, a \n', [{ x: '=1+1', y: ' a ' }], {}],
  ];
  for (const [what, text, rows, types, options] of good) {
    it(`reads ${what}`, async () => {
      for (const size of [1, 5, 1000]) {
        const { error, ...got } = await read(text, options, size);
        expect(error).to.equal(null);
        expect(got.rows).to.deep.equal(rows);
        expect(got.types).to.deep.include(types);
      }
    });
  }

  it('reads every nasty name as csv-parse does', async () => {
    const quoted = nastyNames.map((name) => `x,"${name.replaceAll('"', '""')}",${/[",\r\n]/.test(name) ? '' : name}\n`).join('');
    const text = `a,b,c\n${quoted}`;
    const { rows } = await read(text, { types: { a: 'text', b: 'text', c: 'text' } }, 1000);
    expect(rows).to.deep.equal(parse(text, { columns: true, relax_quotes: true }));
    expect(rows.map((row) => row['b'])).to.deep.equal(nastyNames);
  });

  it('takes the types that it is told', async () => {
    const { rows, types } = await read('a,b,c,src_port\n1,2,3.50,\n', { types: { a: 'text', b: 'float', c: 'float', src_port: 'int' } });
    expect(rows).to.deep.equal([{ a: '1', b: 2, c: 3.5, src_port: null }]);
    expect(types).to.deep.equal({ a: 'text?', b: 'float?', c: 'float?', src_port: 'int?' });
  });

  it('replaces what is no UTF-8', async () => {
    const { rows } = await readAll(fromCsv(piecesOf(Buffer.from('x,y\na\xff,\xe2\x82\n\x82,z\n', 'latin1'), 2)));
    expect(rows).to.deep.equal([
      { x: 'a\ufffd', y: '\ufffd' },
      { x: '\ufffd', y: 'z' },
    ]);
  });

  const head = 'x,y\n1,a\n';
  const wrong: [what: string, text: string, code: string, message: RegExp, rows: number][] = [
    ['a header without an end', 'id,src', 'ERR_NFSTREAM_TRUNCATED', /line of column names has no end/, 0],
    ['a name twice', 'x,x\n1,2\n', 'ERR_NFSTREAM_COLUMN', /two columns named "x"/, 0],
    ['too few fields', `${head}2\n`, 'ERR_NFSTREAM_CORRUPT', /in row 2 \(at byte 8\) there is 1 field where 2 belong/, 1],
    ['too many fields', `${head}2,b,c,d\n`, 'ERR_NFSTREAM_CORRUPT', /there are 4 fields where 2 belong/, 1],
    ['text behind a quote', `${head}2,"b"c\n`, 'ERR_NFSTREAM_CORRUPT', /in row 2 \(at byte 13\) there is text after the quote/, 1],
    ['a last line without an end', `${head}2,b`, 'ERR_NFSTREAM_TRUNCATED', /in row 2 \(at byte 8\) the line has no end/, 1],
    ['a quote without its partner', `${head}2,"b\n`, 'ERR_NFSTREAM_TRUNCATED', /in row 2/, 1],
    ['a quote that never ends', `${head}2,"${'b\n'.repeat(3 << 20)}`, 'ERR_NFSTREAM_CORRUPT', /a quote may lack its partner/, 1],
    [
      'text in a column of integers',
      `${head.slice(4).repeat(1001).replace(/^/, 'x,y\n')}b,b\n`,
      'ERR_NFSTREAM_COLUMN',
      /in row 1002 .* x is "b", which is not a whole number/,
      1001,
    ],
    ['no value in a column that is never null', `id,y\n${'1,a\n'.repeat(1001)},b\n`, 'ERR_NFSTREAM_COLUMN', /id has no value/, 1001],
    ['NaN', `x,y\n${'1.5,a\n'.repeat(1001)}nan,b\n`, 'ERR_NFSTREAM_COLUMN', /x is "nan", which is not a finite number/, 1001],
  ];
  for (const [what, text, code, message, count] of wrong) {
    it(`tells ${what}, after the rows in front of it`, async () => {
      const { error, rows } = await read(text, {}, 60_000);
      expect(error?.message).to.match(message);
      expect([error?.code, rows.length]).to.deep.equal([code, count]);
    });
  }

  it('refuses types of a column that is not there', async () => {
    for (const name of ['z', '__proto__', 'toString']) {
      const { error } = await read(head, { types: Object.fromEntries([[name, 'int']]) });
      expect([error?.code, error?.message]).to.deep.equal([
        'ERR_NFSTREAM_COLUMN',
        `The input: the option types names the column "${name}", which is not there.`,
      ]);
    }
  });

  it('refuses a delimiter that can be none', () => {
    for (const delimiter of ['', ',,', '"', '\n', 'é']) expect(() => fromCsv('x.csv', { delimiter })).to.throw(/for delimiter but received/);
  });
});
