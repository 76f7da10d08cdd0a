import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { RecordBatchReader } from 'apache-arrow';
import type { Encoder } from '../../lib/encode/encoder.js';
import { encoderOf, formatOf } from '../../lib/encode/by-format.js';
import { checkOptions } from '../../lib/options.js';
import { nameOfPart } from '../../lib/files/sink/parts.js';
import type { FileOptions } from '../../lib/files/to-file.js';
import { programArgs } from '../program.js';
import { encodeAll, sampleBatch } from '../samples.js';

/** The flows that the killed program writes, and how often they make a file. */
export const repeated = sampleBatch(1000).select(['id', 'src_ip', 'requested_server_name', 'bidirectional_bytes', 'ratio', 'note']);
const times = 9;

/** One way to write, with what a killed run leaves. */
export interface KillCase {
  readonly path: string;
  readonly options: FileOptions;
}

/** Every format, in files that follow one another and in one that never ends. */
export const killCases: readonly KillCase[] = [
  ...(['csv', 'json', 'jsonl', 'arrow', 'arrows', 'parquet'] as const).map((extension) => ({
    path: `f-{n}.${extension}`,
    options: { rotate: { flows: times * repeated.length } },
  })),
  ...(['csv', 'jsonl', 'arrows'] as const).map((extension) => ({ path: `f.${extension}`, options: {} })),
];

const program = fileURLToPath(new URL('programs/write-forever.ts', import.meta.url));

/** Runs the program and kills it at a random moment after it began to write. */
export async function writeAndKill(folder: string, { path, options }: KillCase, mostMs: number): Promise<void> {
  const child = spawn(process.execPath, [...(await programArgs(program)), join(folder, path), JSON.stringify(options)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = once(child, 'close');
  await Promise.race([once(child.stdout, 'data'), ended]);
  await pause(Math.random() * mostMs);
  child.kill('SIGKILL');
  const [, signal] = (await ended) as [number | null, string | null];
  if (signal !== 'SIGKILL') throw new Error('the program ended by itself');
}

/** What a killed run left. */
export interface Left {
  /** Files under their final names, and parts. */
  whole: number;
  parts: number;
  /** Bytes of the parts. */
  partBytes: number;
}

/**
 * Looks at what a killed run left: files with final names must be whole, parts the beginning of a file, in which every row or record batch but the last is whole.
 * @throws {Error} that names the file and what is wrong
 */
export async function checkLeft(folder: string, { path, options }: KillCase): Promise<Left> {
  const format = formatOf(path, undefined);
  const rotated = options.rotate !== undefined;
  const whole = await fileOf(encoderOf(format, checkOptions(format.options, undefined)), times);
  const left: Left = { whole: 0, parts: 0, partBytes: 0 };
  for (const name of readdirSync(folder)) {
    const bytes = readFileSync(join(folder, name));
    const target = nameOfPart(name);
    const complain = (what: string): never => {
      throw new Error(`${name} (${bytes.length} bytes) ${what}`);
    };
    if (target === null) {
      left.whole++;
      if (!rotated) complain('has a final name, but its run never ended');
      if (!bytes.equals(whole)) complain('has a final name and is not whole');
      continue;
    }
    left.parts++;
    left.partBytes += bytes.length;
    if (formatOf(target, undefined) !== format) complain('does not tell its format');
    const expected = rotated
      ? whole
      : await fileOf(encoderOf(format, checkOptions(format.options, undefined)), Math.ceil((bytes.length / whole.length) * times) + 20);
    if (!bytes.equals(expected.subarray(0, bytes.length))) complain('is not the beginning of its file');
    if (format.name === 'arrows') await checkRecordBatches(bytes, complain);
  }
  return left;
}

/** A file with the repeated flows so many times. */
async function fileOf(encoder: Encoder, count: number): Promise<Buffer> {
  const bytes = await encodeAll(
    encoder,
    Array.from({ length: count }, () => repeated),
  );
  await encoder.close?.();
  return bytes;
}

/** Reads the record batches that are whole, as a reader of a stream that broke off does. */
async function checkRecordBatches(bytes: Buffer, complain: (what: string) => never): Promise<void> {
  if (bytes.length === 0) return;
  let rows = 0;
  try {
    for (const batch of RecordBatchReader.from(bytes)) {
      rows += batch.numRows;
      if (batch.numRows > 0 && Number(batch.getChild('id')!.get(0)) !== (rows - batch.numRows) % repeated.length) complain('has a record batch out of order');
    }
  } catch (error) {
    if (!/Expected to read|Invalid|unexpected/i.test((error as Error).message)) throw error;
  }
  if (rows === 0 && bytes.length > 4 << 20) complain('has no record batch that can be read');
}
