import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** What one run of a program cost. */
export interface Cost {
  /** Seconds from start to exit. */
  wall: number;
  /** Seconds of processor time in user mode and in the kernel, of the program and its children. */
  user: number;
  system: number;
  /** Largest resident size of one process, in bytes. */
  resident: number;
  output: string;
}

/** What is measured has no certificates of a user's own: Node.js reads them when it starts, which takes longer than all else of a start. */
export const environment = { ...process.env };
delete environment['NODE_EXTRA_CA_CERTS'];

/**
 * Runs a program under /usr/bin/time and waits for it.
 * @throws {Error} when it does not exit with 0; its last output is in the message
 */
export async function measure(command: readonly string[]): Promise<Cost> {
  const folder = mkdtempSync(join(tmpdir(), 'bench-'));
  try {
    const report = join(folder, 'time');
    const started = process.hrtime.bigint();
    const child = spawn('/usr/bin/time', ['-q', '-o', report, '-f', '%U %S %M', ...command], { stdio: ['ignore', 'pipe', 'pipe'], env: environment });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (output = (output + chunk.toString('latin1')).slice(-4000)));
    const code = await new Promise<number | null>((resolve, reject) => child.on('error', reject).on('close', resolve));
    const wall = Number(process.hrtime.bigint() - started) / 1e9;
    if (code !== 0) throw new Error(`${command.join(' ')} exited with ${code}: ${output}`);
    const [user, system, kilobytes] = readFileSync(report, 'latin1').trim().split(' ').map(Number);
    return { wall, user: user!, system: system!, resident: kilobytes! * 1024, output };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** The value in the middle; of an even number, the lower of the two. */
export function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[(values.length - 1) >> 1]!;
}

/** Aligns rows of text under their heads: the first column to the left, the others to the right. */
export function table(rows: readonly (readonly string[])[]): string {
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  return rows.map((row) => row.map((cell, column) => (column === 0 ? cell.padEnd(widths[0]!) : cell.padStart(widths[column]!))).join('  ')).join('\n');
}
