import { expect } from 'chai';
import { writtenRows } from '../../lib/encode/parquet/written-rows.js';

/** The end of a file with these metadata. */
function end(...metadata: number[]): Uint8Array {
  const length = Buffer.alloc(4);
  length.writeUInt32LE(metadata.length);
  return Buffer.concat([Buffer.from(metadata), length, Buffer.from('PAR1')]);
}

describe('the rows that a Parquet file says it has', () => {
  const known: readonly [what: string, bytes: Uint8Array, rows: number][] = [
    ['behind a number', end(0x25, 0x02, 0x16, 0xd0, 0x0f), 1000],
    ['in a field that tells its own number', end(0x06, 0x06, 0x03), -2],
    ['of more than 32 bits', end(0x36, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x10), 2 ** 52],
    ['behind a text', end(0x18, 0x02, 0x16, 0x16, 0x26, 0x06), 3],
    ['behind structures in a list', end(0x19, 0x2c, 0x15, 0x02, 0x11, 0x18, 0x01, 0x61, 0x00, 0x1c, 0x00, 0x00, 0x26, 0x06), 3],
    ['behind a long list of truth values', end(0x19, 0xf2, 0x10, ...Array<number>(16).fill(1), 0x26, 0x06), 3],
    ['behind a set of bytes, a double and a truth value', end(0x1a, 0x23, 7, 7, 0x17, 0, 0, 0, 0, 0, 0, 0, 0, 0x12, 0x06, 0x06, 0x06), 3],
    ['behind bytes of the file', Buffer.concat([Buffer.alloc(100_000), end(0x25, 0x02, 0x16, 0xd0, 0x0f)]), 1000],
  ];
  for (const [what, bytes, expected] of known) {
    it(`are told ${what}, however the bytes are divided`, () => {
      expect(writtenRows([bytes])).to.equal(expected);
      expect(writtenRows([bytes.subarray(0, -9), bytes.subarray(-9, -3), new Uint8Array(0), bytes.subarray(-3)])).to.equal(expected);
    });
  }

  const unknown: readonly [what: string, pieces: Uint8Array[], message: string][] = [
    ['nothing', [], 'it does not end as Parquet does'],
    ['other bytes', [Buffer.alloc(20)], 'it does not end as Parquet does'],
    ['less than its metadata', [end(0x36, 0x06).subarray(1)], 'its metadata are not whole'],
    ['no rows', [end(0x15, 0x02, 0x00)], 'its metadata have no number of rows'],
    ['metadata that break off', [end(0x18, 0x7f)], 'its metadata are not whole'],
    ['a map', [end(0x1b, 0x00)], 'its metadata have a map'],
  ];
  for (const [what, pieces, message] of unknown) it(`are not told by ${what}`, () => expect(() => writtenRows(pieces)).to.throw(RangeError, message));
});
