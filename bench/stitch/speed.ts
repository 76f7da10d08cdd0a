import { Readable, Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { parseArgs } from 'node:util';
import { fromFile, stitch, toFile } from '../../lib/index.js';
import { madeUpCaptures } from './made-up-pieces.js';

// Stitches made-up pieces: captures of a minute, in each so many pieces of which some go on in the next one. Tells pieces a second and the most resident memory.

const { values } = parseArgs({
  options: {
    captures: { type: 'string', default: '1000' },
    pieces: { type: 'string', default: '10000' },
    /** Share of pieces that end with their capture. */
    open: { type: 'string', default: '0.2' },
    /** Share of those that go on in the next one. */
    joining: { type: 'string', default: '0.5' },
    idle: { type: 'string', default: '15' },
    statistics: { type: 'boolean', default: false },
    splt: { type: 'string', default: '0' },
    features: { type: 'string', default: 'nfstream' },
    /** Writes the pieces to this file, instead of stitching them. */
    write: { type: 'string' },
    /** Reads these files of pieces, in place of made-up ones. */
    read: { type: 'string', multiple: true },
    /** Where flows go; nowhere by default. */
    out: { type: 'string' },
  },
});

let most = 0;
const watch = setInterval(() => (most = Math.max(most, process.memoryUsage.rss())), 50);
const made = { seconds: 0 };
const source =
  values.read === undefined
    ? Readable.from(
        madeUpCaptures(
          {
            captures: Number(values.captures),
            perCapture: Number(values.pieces),
            open: Number(values.open),
            joining: Number(values.joining),
            idleMs: Number(values.idle) * 1000,
            statistics: values.statistics,
            splt: Number(values.splt),
            features: values.features,
          },
          made,
        ),
        { objectMode: true, highWaterMark: 1 },
      )
    : fromFile(values.read);
const nowhere = (): Writable => new Writable({ objectMode: true, highWaterMark: 1, write: (_, __, done) => done() });
const began = performance.now();
const usage = process.cpuUsage();
if (values.write !== undefined) await pipeline(source, toFile(values.write));
else {
  const stage = stitch();
  await pipeline(source, stage, values.out === undefined ? nowhere() : toFile(values.out));
  const seconds = (performance.now() - began) / 1000;
  const rate = (time: number): string => `${Math.round(stage.report().pieces / time)} pieces a second`;
  console.log(stage.report(), `${seconds.toFixed(1)} s, ${rate(seconds)}, ${rate(seconds - made.seconds)} without making them up`);
}
clearInterval(watch);
const { user, system } = process.cpuUsage(usage);
const spent = (user + system) / 1e6;
console.log(`at most ${Math.round(most / 1e6)} MB resident, ${spent.toFixed(1)} s of processor time`);
