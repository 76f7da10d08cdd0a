import { expect } from 'chai';
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { NativeRowForm } from '../../typings/native.js';
import type { TextColumn } from '../../lib/flows/columns.js';
import { native } from '../../lib/native.js';
import { failureOf } from '../files/file-folder.js';
import { sampleBatch } from '../samples.js';
import { library, programArgs } from '../program.js';

const batch = sampleBatch(1000);
const none = new Uint8Array(0);
const form: NativeRowForm = {
  json: false,
  before: batch.columns.map((_, index) => (index === 0 ? none : Buffer.from(','))),
  plain: batch.columns.map(() => false),
  asText: batch.columns.map(() => false),
  null: none,
  end: Buffer.from('\n'),
  special: Buffer.from(',"\r\n'),
  quotedLists: 2,
  escapeFormulas: false,
};

describe('rows that a thread of the pool writes', () => {
  it('are those that are written on the spot', async () => {
    const writer = new native.NativeRowWriter(form);
    for (const [from, to] of [
      [0, 1000],
      [3, 4],
      [7, 7],
      [999, 1000],
    ] as const) {
      expect(Buffer.from(await writer.writeBeside(batch.columns, from, to)).equals(writer.write(batch.columns, from, to))).to.equal(true);
    }
  });

  it('are asked for once at a time', async () => {
    const writer = new native.NativeRowWriter(form);
    const first = writer.writeBeside(batch.columns, 0, 1000);
    expect(() => writer.write(batch.columns, 0, 1)).to.throw('rows are being written');
    expect(() => void writer.writeBeside(batch.columns, 0, 1)).to.throw('rows are being written');
    const bytes = Buffer.from(await first);
    expect(bytes.equals(writer.write(batch.columns, 0, 1000))).to.equal(true);
  });

  it('are refused where there are not so many, and others written afterwards', async () => {
    const writer = new native.NativeRowWriter(form);
    for (const [from, to] of [
      [0, 1001],
      [2, 1],
    ] as const) {
      expect(() => void writer.writeBeside(batch.columns, from, to)).to.throw(RangeError);
    }
    expect((await failureOf((async () => writer.writeBeside([], 0, 1))())).message).to.equal('the rows have other columns than the file');
    expect((await writer.writeBeside(batch.columns, 0, 10)).length).to.be.greaterThan(100);
  });

  it('keep the columns that nobody else keeps', async () => {
    const writings: Promise<Uint8Array>[] = [];
    const expected = new native.NativeRowWriter(form).write(sampleBatch(1000).columns, 0, 1000);
    for (let i = 0; i < 20; i++) {
      const columns = [...sampleBatch(1000).columns];
      writings.push(new native.NativeRowWriter(form).writeBeside(columns, 0, 1000));
      columns.length = 0;
    }
    // Enough garbage for a collection.
    for (let i = 0; i < 50; i++) Array.from({ length: 100_000 }, (_, at) => ({ at }));
    for (const bytes of await Promise.all(writings)) expect(Buffer.from(bytes).equals(expected)).to.equal(true);
  });

  it('are anything, but of memory of the columns, where somebody writes to these meanwhile', async () => {
    const { offsets, bytes } = sampleBatch(8000).columns[1] as TextColumn;
    const writer = new native.NativeRowWriter({ ...form, before: [none], plain: [false], asText: [false] });
    const untouched = offsets.slice();
    for (let turn = 0; turn < 30; turn++) {
      const column = { type: 'text', valid: null, offsets: untouched.slice(), bytes };
      const writing = writer.writeBeside([column], 0, 8000);
      const until = performance.now() + 1;
      while (performance.now() < until) for (let i = 0; i < 8000; i++) column.offsets[i] = i % 2 === 0 ? 0x7fff_fff0 : -5;
      expect((await writing).length).to.be.greaterThan(7999);
    }
  });

  it('do no harm in worker threads that are terminated in the middle', async () => {
    const program = fileURLToPath(new URL('programs/write-rows.ts', import.meta.url));
    const { stdout, stderr } = await promisify(execFile)(process.execPath, [...(await programArgs(program)), '', library], { timeout: 100_000 });
    expect([stdout, stderr]).to.deep.equal(['terminated\n', '']);
  });
});
