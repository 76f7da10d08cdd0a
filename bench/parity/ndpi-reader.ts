import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Row } from './match.js';

/** Flows that ndpiReader found in a capture, or why there are none. */
export interface ReaderFlows {
  flows: Row[];
  refused: string | null;
}

const secondsAllowed = 60;

/** Runs Debian's ndpiReader on one capture: every flow, known or not, tunnels not opened. */
export async function readerFlows(path: string): Promise<ReaderFlows> {
  const folder = mkdtempSync(join(tmpdir(), 'parity-'));
  try {
    const csv = join(folder, 'flows.csv');
    const child = spawn('ndpiReader', ['-q', '-v', '2', '-w', '/dev/null', '-C', csv, '-i', path], { stdio: ['ignore', 'pipe', 'pipe'], timeout: secondsAllowed * 1000, killSignal: 'SIGKILL' });
    let said = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (said += chunk.toString('latin1')));
    const [code, signal] = await new Promise<[number | null, NodeJS.Signals | null]>((resolve, reject) => {
      child.on('error', reject).on('close', (...ended) => resolve(ended));
    });
    if (signal !== null) return { flows: [], refused: `ended by ${signal}` };
    if (code !== 0) return { flows: [], refused: said.trim().split('\n').at(-1) ?? `exit code ${code}` };
    return { flows: existsSync(csv) ? parseReaderCsv(readFileSync(csv)) : [], refused: null };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

// Nothing is quoted, and names can hold commas: the counters behind the name end it.
const line = /^\d+,(\d+),[\d.]+,[\d.]+,[\d.]+,([^,]*),(\d+),([^,]*),(\d+),[\d.]+,([^,]*),(.*?),(\d+),\d+,\d+,(\d+),\d+,\d+,-?[\d.]+,[A-Za-z]+,/;

/**
 * Reads ndpiReader's CSV, in the column names of ours.
 * @throws {Error} on a line that is not understood
 */
export function parseReaderCsv(csv: Buffer): Row[] {
  const rows: Row[] = [];
  for (const text of csv.toString('latin1').split('\n')) {
    if (text === '' || text.startsWith('#')) continue;
    const found = line.exec(text);
    if (found === null) throw new Error(`A line of ndpiReader's CSV is not understood: ${text}`);
    const [protocol, sourcePort, destinationPort, forward, backward] = [1, 3, 5, 8, 9].map((i) => Number(found[i]));
    rows.push({
      protocol,
      src_ip: readerAddress(found[2]!),
      src_port: sourcePort,
      dst_ip: readerAddress(found[4]!),
      dst_port: destinationPort,
      application_name: found[6]!,
      requested_server_name: Buffer.from(found[7]!, 'latin1').toString('utf8'),
      bidirectional_packets: forward! + backward!,
    });
  }
  return rows;
}

/** ndpiReader replaces `:0:` by `::` in IPv6 text, once or several times: both sides get it done until nothing is left to replace. */
export function readerAddress(address: string): string {
  let text = address;
  while (text.includes(':0:')) text = text.replaceAll(':0:', '::');
  return text;
}
