import { mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { thorough } from '../thorough.js';
import { aggregate } from '../../lib/aggregate/aggregate.js';
import { FlowBatch } from '../../lib/flows/flow-batch.js';
import { captureFile } from '../../lib/capture/index.js';
import { toFile } from '../../lib/files/to-file.js';
import { fromFile } from '../../lib/read/readers.js';
import { fields } from '../../lib/schema/fields.js';
import { cut, sampleRows, streamOf } from '../samples.js';
import { piecesOf, readAll } from './read-all.js';

const formats = ['csv', 'json', 'jsonl', 'arrow', 'arrows', 'parquet'] as const;

/** Rows with every known column, lists too. */
function knownRows(count: number): Record<string, unknown>[] {
  return Array.from({ length: count }, (_, row) =>
    Object.fromEntries(
      fields.map(({ name, type }, index) => {
        const number = (row * 7919 + index * 104_729) % 1_000_003;
        return [name, type === 'int' ? number : type === 'float' ? number / 7 : type === 'list' ? [row % 100, -1, number % 100] : `${name} ${number}`];
      }),
    ),
  );
}

describe('files that are read back', () => {
  const folder = mkdtempSync(join(tmpdir(), 'nfstream-import-'));
  const path = (name: string): string => join(folder, name);
  const convert = async (from: string, to: string): Promise<void> => pipeline(fromFile(path(from)), toFile(path(to)));
  const samples: [name: string, batch: FlowBatch][] = [
    ['types, nulls and nasty names', FlowBatch.from(sampleRows(3000))],
    ['known columns', FlowBatch.from(knownRows(500))],
    ['one column of text', FlowBatch.from([{ note: 'a' }, { note: '' }, { note: 'b' }])],
    ['no rows', FlowBatch.from(knownRows(1)).slice(0, 0)],
  ];

  after(() => rmSync(folder, { recursive: true }));

  for (const [what, batch] of samples) {
    for (const format of formats) {
      it(`${what}: ${format} is the same when it is written again`, async () => {
        await pipeline(streamOf(batch.length === 0 ? [batch] : cut(batch, [700, 1])), toFile(path(`a.${format}`)));
        await convert(`a.${format}`, `b.${format}`);
        expect(readFileSync(path(`b.${format}`)).equals(readFileSync(path(`a.${format}`)))).to.equal(true);
      });
    }

    it(`${what}: CSV is the same after JSON, JSON Lines, both forms of Arrow and Parquet`, async () => {
      await pipeline(streamOf([batch]), toFile(path('a.csv')));
      const chain = ['a.csv', 'b.json', 'b.arrow', 'b.jsonl', 'b.arrows', 'b.parquet', 'b.csv'];
      // JSON tells nothing of the columns of no rows.
      const stops = batch.length === 0 ? chain.filter((name) => !name.includes('json')) : chain;
      for (const [index, name] of stops.slice(1).entries()) await convert(stops[index]!, name);
      expect(readFileSync(path('b.csv'), 'utf8')).to.equal(readFileSync(path('a.csv'), 'utf8'));
    });
  }

  it('gives the same values and types from every format', async () => {
    const rows = sampleRows(2000).map((row) => ({ ...row, note: row['note'] ?? '' }));
    for (const format of formats) {
      await pipeline(streamOf([FlowBatch.from(rows)]), toFile(path(`c.${format}`)));
      const read = await readAll(fromFile(path(`c.${format}`)));
      expect(read.error).to.equal(null);
      expect(read.rows).to.deep.equal([...FlowBatch.from(rows)].map((flow) => flow.toJSON()));
      expect(read.types).to.deep.equal({
        id: 'int',
        src_ip: 'text',
        src_port: 'int',
        bidirectional_first_seen_ms: 'int',
        bidirectional_bytes: 'int',
        requested_server_name: 'text',
        splt_direction: 'list',
        few: 'list?',
        big: 'int?',
        ratio: 'float?',
        note: 'text?',
        count: 'int?',
      });
    }
  });

  it('keeps timestamps, lists, units of time and the facts of a run', async () => {
    const office = fileURLToPath(new URL('../../fixtures/office.pcap', import.meta.url));
    for (const options of [
      { timestamps: 'arrow', splt: 3 },
      { timeUnit: 'ns', features: 'full', timestamps: 'arrow', statistics: true },
      { timeUnit: 'us', features: 'classic' },
    ] as const) {
      await pipeline(captureFile(office), aggregate({ dissections: 0, ...options }), toFile(path('run.arrow'), { compression: 'zstd' }));
      await pipeline(fromFile(path('run.arrow')), toFile(path('again.arrow'), { compression: 'zstd' }));
      expect(readFileSync(path('again.arrow')).equals(readFileSync(path('run.arrow'))), JSON.stringify(options)).to.equal(true);
      await convert('again.arrow', 'run.jsonl');
      await convert('run.jsonl', 'last.jsonl');
      await convert('again.arrow', 'run.csv');
      await convert('run.csv', 'last.csv');
      expect(readFileSync(path('last.csv'), 'utf8')).to.equal(readFileSync(path('run.csv'), 'utf8'));
      expect(readFileSync(path('last.jsonl')).equals(readFileSync(path('run.jsonl')))).to.equal(true);
    }
  });

  it('keeps what the file says of its run', async () => {
    const batch = new FlowBatch(FlowBatch.from([{ id: 1 }]).schema, 1, FlowBatch.from([{ id: 1 }]).columns);
    await pipeline(streamOf([batch]), toFile(path('m.arrow')));
    const read = await readAll(fromFile(path('m.arrow')));
    expect(read.batches[0]!.schema.metadata).to.deep.equal(batch.schema.metadata);
  });

  describe('cut off at every byte', () => {
    const rows = [
      { id: 1, x: 'a,b' },
      { id: 22, x: '"é"' },
      { id: -333, x: '' },
    ];
    const batches = rows.map((row) => FlowBatch.from([row]));
    for (const format of formats) {
      it(`${format}: the rows in front of the cut, and the damage`, async () => {
        await pipeline(streamOf(batches), toFile(path(`t.${format}`)));
        const whole = readFileSync(path(`t.${format}`));
        const full = await readAll(fromFile(path(`t.${format}`)));
        expect([full.rows, full.error]).to.deep.equal([rows, null]);
        for (let size = whole.length - 1; size >= 0; size -= thorough || size < 20 || size > whole.length - 20 ? 1 : 3) {
          truncateSync(path(`t.${format}`), size);
          for (const source of format === 'parquet' ? [path(`t.${format}`)] : [path(`t.${format}`), piecesOf(whole.subarray(0, size), 3)]) {
            const { rows: got, error } = await readAll(
              fromFile(source, size === 0 ? {} : { format: format === 'jsonl' ? 'json' : format === 'arrows' ? 'arrow' : format }),
            );
            expect(got).to.deep.equal(rows.slice(0, got.length));
            // A text is whole at the end of a line, JSON Lines also without the line break.
            const before = whole.subarray(0, size).toString();
            const lines = format === 'jsonl' && (size === 0 ? typeof source === 'string' : before.endsWith('}') || before.endsWith('\n'));
            const sound = format === 'csv' ? before.endsWith('\n') : lines;
            expect(error === null, `${size} bytes: ${error?.message}`).to.equal(sound);
            if (format === 'csv' && size > 0) expect(got).to.have.length(Math.max(0, before.split('\n').length - 2));
          }
        }
      });
    }

    it('an Arrow stream gives every batch in front of the cut', async () => {
      const batch = FlowBatch.from(sampleRows(20_000));
      await pipeline(streamOf([batch]), toFile(path('big.arrows')));
      const whole = readFileSync(path('big.arrows'));
      writeFileSync(path('.big.arrows.1-0.part'), whole.subarray(0, whole.length - 9));
      const { batches: got, error } = await readAll(fromFile(path('.big.arrows.1-0.part')));
      expect([got.reduce((sum, one) => sum + one.length, 0), error?.code]).to.deep.equal([2 * 8192, 'ERR_NFSTREAM_TRUNCATED']);
    });
  });
});
