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

/**
 * Runs Debian's ndpiReader on one capture: every flow, known or not, tunnels not opened. Label and server name come from its CSV, category,
 * confidence and risks from its text, which has the same flows in the same order.
 */
export async function readerFlows(path: string): Promise<ReaderFlows> {
  const folder = mkdtempSync(join(tmpdir(), 'parity-'));
  try {
    const csv = join(folder, 'flows.csv');
    const text = join(folder, 'flows.txt');
    const child = spawn('ndpiReader', ['-q', '-v', '2', '-w', text, '-C', csv, '-i', path], {
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: secondsAllowed * 1000,
      killSignal: 'SIGKILL',
    });
    let said = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (said += chunk.toString('latin1')));
    const [code, signal] = await new Promise<[number | null, NodeJS.Signals | null]>((resolve, reject) => {
      child.on('error', reject).on('close', (...ended) => resolve(ended));
    });
    if (signal !== null) return { flows: [], refused: `ended by ${signal}` };
    if (code !== 0) return { flows: [], refused: said.trim().split('\n').at(-1) ?? `exit code ${code}` };
    if (!existsSync(csv)) return { flows: [], refused: null };
    return { flows: joinReaderText(parseReaderCsv(readFileSync(csv)), readFileSync(text)), refused: null };
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

// A flow's line: number, protocol, ends, label, confidence, category, packets. What follows holds text from the network.
const textLine =
  /^\t\d+\t\S* \[?([^\s\]]+?)\]?:(\d+) <?-> \[?([^\s\]]+?)\]?:(\d+) (?:\[VLAN: \d+\])?\[proto: [^\]]*\]\[\w+\]\[Confidence: ([^\]]*)\](?:\[cat: ([^\]]*)\/\d+\])?\[(\d+) pkts\/\d+ bytes <?-> (\d+) pkts/;
const riskPart = /\[Risk: ((?:\*\* [^*[\]]+ \*\*)+)\]\[Risk Score: (\d+)\]/;

/**
 * Adds to the flows of ndpiReader's CSV what only its text says: category, confidence, risks.
 * @throws {Error} when the text does not have the CSV's flows in the CSV's order
 */
export function joinReaderText(flows: readonly Row[], text: Buffer): Row[] {
  const lines = text
    .toString('latin1')
    .split('\n')
    .map((line) => [line, textLine.exec(line)] as const)
    .filter(([, found]) => found !== null);
  if (lines.length !== flows.length) throw new Error(`ndpiReader's text has ${lines.length} flows, its CSV ${flows.length}.`);
  return flows.map((flow, i) => {
    const [line, found] = lines[i]! as [string, RegExpExecArray];
    const ends = [readerAddress(found[1]!), Number(found[2]), readerAddress(found[3]!), Number(found[4]), Number(found[7]) + Number(found[8])];
    const expected = [flow['src_ip'], flow['src_port'], flow['dst_ip'], flow['dst_port'], flow['bidirectional_packets']];
    if (ends.join() !== expected.join()) throw new Error(`ndpiReader's text has ${ends.join()} where its CSV has ${expected.join()}.`);
    const risk = riskPart.exec(line);
    return {
      ...flow,
      application_confidence_name: found[5]!,
      application_category_name: found[6] ?? 'Unspecified',
      risks: risk === null ? '' : risk[1]!.slice(3, -3).replaceAll(' **** ', ';'),
      risk_score: risk === null ? 0 : Number(risk[2]),
    };
  });
}

/** ndpiReader replaces `:0:` by `::` in IPv6 text, once or several times: both sides get it done until nothing is left to replace. */
export function readerAddress(address: string): string {
  let text = address;
  while (text.includes(':0:')) text = text.replaceAll(':0:', '::');
  return text;
}
