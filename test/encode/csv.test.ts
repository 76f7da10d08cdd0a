import { expect } from 'chai';
import { stringify } from 'csv-stringify/sync';
import { FlowBatch } from '../../lib/flows/flow-batch.js';
import { FlowError } from '../../lib/errors.js';
import { CsvEncoder, type CsvOptions } from '../../lib/encode/csv.js';
import { Schema } from '../../lib/schema/schema.js';
import { bothWays } from './both-ways.js';
import { cut, nastyNames, sampleBatch, sampleRows, withDefaults } from '../samples.js';

const batch = sampleBatch(1000);

/** Texts of the cells, for the oracle: floats have their point. */
const cells = sampleRows(1000).map((row) =>
  Object.entries(row).map(([name, value]) =>
    value === null
      ? ''
      : Array.isArray(value)
        ? `[${value.join(', ')}]`
        : name === 'ratio' && Number.isInteger(value)
          ? `${String(value as number)}.0`
          : String(value as string | number | bigint),
  ),
);

async function text(options: CsvOptions = {}, batches = [batch]): Promise<string> {
  return (await bothWays((makeWriter) => new CsvEncoder(withDefaults('csv', options), makeWriter), batches)).toString();
}

function oracle(delimiter: string, header: boolean): string {
  const names = batch.schema.fields.map((field) => field.name);
  // Line breaks are given by hand: with a record_delimiter of its own the oracle leaves other line breaks unquoted.
  return stringify(header ? [names, ...cells] : cells, { delimiter, quoted_match: /[\r\n]/ });
}

describe('CSV', () => {
  for (const delimiter of [',', ';', '\t', '|', ' ', ':', '_']) {
    for (const header of [true, false]) {
      it(`is csv-stringify's with delimiter ${JSON.stringify(delimiter)} ${header ? 'and' : 'without'} header`, async () => {
        expect(await text({ delimiter, header })).to.equal(oracle(delimiter, header));
      });
    }
  }

  it('ends lines with CRLF, and quotes a lone CR or LF then too', async () => {
    const names = FlowBatch.from(['a\rb', 'a\nb', 'a\r\nb', 'ab'].map((name) => ({ name, id: 1 })));
    expect(await text({ newline: '\r\n' }, [names])).to.equal('name,id\r\n"a\rb",1\r\n"a\nb",1\r\n"a\r\nb",1\r\nab,1\r\n');
  });

  it('puts an apostrophe before formulas when asked, inside the quotes', async () => {
    const risky = FlowBatch.from(["=cmd|' /C calc'!A0", '+1', '-1', '@a', '\tx', '\rx', '=a,b', 'a=b', '', ' =1'].map((name) => ({ name, id: -1 })));
    const lines = ["'=cmd|' /C calc'!A0", "'+1", "'-1", "'@a", "'\tx", `"'\rx"`, `"'=a,b"`, 'a=b', '', ' =1'];
    expect(await text({ escapeFormulas: true, header: false }, [risky])).to.equal(lines.map((line) => `${line},-1\n`).join(''));
    expect((await text({ header: false }, [risky])).split('\n')[1]).to.equal('+1,-1');
  });

  it('quotes a formula whose apostrophe is the delimiter', async () => {
    const risky = FlowBatch.from(['=1+1', "it's", 'plain'].map((name) => ({ name, id: 1 })));
    expect(await text({ delimiter: "'", escapeFormulas: true, header: false }, [risky])).to.equal(`"'=1+1"'1\n"it's"'1\nplain'1\n`);
  });

  it('keeps a row that is nothing but an empty text', async () => {
    expect(await text({}, [FlowBatch.from([{ note: 'a' }, { note: '' }, { note: null }])])).to.equal('note\na\n""\n""\n');
  });

  it('quotes column names where they need it', async () => {
    expect(await text({}, [FlowBatch.from([{ 'a,"b"': 1, c: 2 }])])).to.equal('"a,""b""",c\n1,2\n');
  });

  it('has only a header without flows, and nothing without columns', async () => {
    expect(await text({}, [batch.slice(0, 0)])).to.match(/^id,src_ip,[a-z_,]+\n$/);
    expect(await text({}, [new FlowBatch(new Schema([]), 0, [])])).to.equal('');
  });

  it('does not depend on how flows were divided', async () => {
    for (const lengths of [[1], [7, 300, 1], [999], [256]]) expect(await text({}, cut(batch, lengths))).to.equal(await text());
  });

  it('leaves bytes alone that it gave away', async () => {
    const encoder = new CsvEncoder(withDefaults('csv'));
    encoder.start(batch.schema);
    const [few, many] = [await encoder.encode(batch, 0, 10), await encoder.encode(batch, 0, 1000)];
    const copies = [few, many].map((bytes) => Buffer.from(bytes));
    for (let i = 0; i < 200; i++) await encoder.encode(batch, 0, i % 2 === 0 ? 1000 : 20);
    expect(copies[0]!.equals(few)).to.equal(true);
    expect(copies[1]!.equals(many)).to.equal(true);
  });

  for (const delimiter of ['', ',,', '"', '\n', '\r', 'a', '5', '-', '.', '+', 'é', '😀']) {
    it(`refuses the delimiter ${JSON.stringify(delimiter)}`, () => {
      expect(() => new CsvEncoder(withDefaults('csv', { delimiter })))
        .to.throw(FlowError, /for delimiter but received/)
        .with.property('code', 'ERR_NFSTREAM_OPTION_RANGE');
    });
  }

  it('has every nasty name among its samples', () => {
    expect(new Set(cells.flat())).to.include.all.keys(nastyNames);
  });
});
