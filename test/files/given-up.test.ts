import { expect } from 'chai';
import { readFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import type { Encoder } from '../../lib/encode/encoder.js';
import { FileLedger } from '../../lib/files/file-ledger.js';
import type { Layout } from '../../lib/files/layout.js';
import { NamePattern } from '../../lib/files/name-pattern.js';
import type { FileMaking } from '../../lib/files/output-file.js';
import { PartitionedFiles } from '../../lib/files/partitioned-files.js';
import { RotatingFiles } from '../../lib/files/rotating-files.js';
import { noLimits } from '../../lib/files/rotation.js';
import { SingleFile } from '../../lib/files/single-file.js';
import { Turn } from '../../lib/stage/turn.js';
import { testFolder } from './file-folder.js';
import { sampleBatch } from '../samples.js';

const batch = sampleBatch(300);

/** Counts the encoders that hold something, as one with a thread of its own does between `start` and `close`. */
class Holding {
  readonly open = new Set<Encoder>();

  encoder(): Encoder {
    const { open } = this;
    return {
      stride: 50,
      start() {
        open.add(this);
        return Buffer.from('(');
      },
      encode: (_batch, from, to) => Buffer.from(`${to - from} `),
      finish: () => Buffer.from(')'),
      async close() {
        open.delete(this);
      },
    };
  }
}

describe('files that are given up', () => {
  const { path } = testFolder();

  const layouts: [what: string, make: (making: FileMaking, turn: number) => Layout][] = [
    ['one', (making, turn) => new SingleFile(path(`${turn}`), making)],
    [
      'rotated ones',
      (making, turn) => new RotatingFiles(new NamePattern(path(`${turn}-{n}`)), Infinity, { ...noLimits, flows: 7 }, making, new FileLedger(Infinity)),
    ],
    ['partitions', (making, turn) => new PartitionedFiles(path(`${turn}`), ['src_port'], '.x', 5, Infinity, noLimits, making, new FileLedger(Infinity))],
  ];
  for (const [what, make] of layouts) {
    it(`leave no encoder open, whenever that is: ${what}`, async () => {
      for (let turn = 0; turn < 40; turn++) {
        const holding = new Holding();
        const cancel = new AbortController();
        const layout = make({ encoder: () => holding.encoder(), clobber: true, cancelled: cancel.signal, turn: new Turn() }, turn);
        await layout.open();
        const written = Promise.allSettled([layout.write(batch).then(() => layout.finish(batch.schema))]);
        await pause(turn / 4);
        cancel.abort();
        await layout.abort();
        await written;
        expect(holding.open.size).to.equal(0);
        for (const file of layout.files ?? []) expect(readFileSync(file.path, 'utf8')).to.match(/^\(.*\)$/);
      }
    });
  }

  it('close their encoders when they are whole', async () => {
    const holding = new Holding();
    const layout = layouts[1]![1]({ encoder: () => holding.encoder(), clobber: true, cancelled: new AbortController().signal, turn: new Turn() }, 0);
    await layout.write(batch);
    await layout.finish(batch.schema);
    expect([layout.files!.length, holding.open.size]).to.deep.equal([43, 0]);
  });
});
