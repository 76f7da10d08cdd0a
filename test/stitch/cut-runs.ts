import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { pipeline } from 'node:stream';
import { aggregate, captureFile, stitch, type AggregateOptions, type FlowBatch, type StitchOptions, type StitchReport } from '../../lib/index.js';
import { exactAt } from '../../lib/flows/columns.js';
import { cutCapture, packetsIn } from './cut-capture.js';

/** Flows by column. */
export type Table = Readonly<Record<string, readonly unknown[]>>;

/** A generator of numbers from 0 to 1 that gives the same for the same seed (mulberry32). */
export function random(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Cuts a capture at random packets into so many files, and gives their paths to `work`. */
export async function withPieces<Result>(capture: string, pieces: number, next: () => number, work: (paths: string[]) => Promise<Result>): Promise<Result> {
  const bytes = readFileSync(capture);
  const packets = packetsIn(bytes);
  const cuts = Array.from({ length: pieces - 1 }, () => Math.floor(next() * (packets + 1))).sort((a, b) => a - b);
  const folder = mkdtempSync(join(tmpdir(), 'nfstream-cut-'));
  try {
    const paths = cutCapture(bytes, cuts).map((part, index) => {
      const path = join(folder, `${index}-${basename(capture)}`);
      writeFileSync(path, part);
      return path;
    });
    return await work(paths);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** The flows of one run over all files. */
export async function wholeRun(paths: readonly string[], options: AggregateOptions): Promise<Table> {
  return tableOf(pipeline([captureFile(paths), aggregate({ ...options, activeTimeout: Infinity })], () => {}) as never);
}

/** The flows of a run for each file, stitched; or with `perFile` off those of one run over all files, whose means are rounded as those of pieces. */
export async function stitchedRun(
  paths: readonly string[],
  options: AggregateOptions,
  { perFile = true, ...how }: StitchOptions & { perFile?: boolean } = {},
): Promise<{ table: Table; report: StitchReport }> {
  const stage = stitch(how);
  const table = await tableOf(pipeline([captureFile(paths, { perFile }), aggregate({ ...options, partial: true }), stage], () => {}) as never);
  return { table, report: stage.report() };
}

/** All flows of a stage, by column, with all their digits. */
export async function tableOf(batches: AsyncIterable<FlowBatch>): Promise<Table> {
  const table: Record<string, unknown[]> = {};
  for await (const batch of batches) {
    batch.schema.fields.forEach(({ name }, index) => {
      const values = (table[name] ??= []);
      for (let row = 0; row < batch.length; row++) values.push(exactAt(batch.columns[index]!, row));
    });
  }
  return table;
}
