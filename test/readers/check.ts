// What Python's readers make of our files, and whether our CSV is nfstream's to the byte. Run: test/readers/setup.sh && npx tsx test/readers/check.ts [PYTHON]
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { fileURLToPath } from 'node:url';
import { aggregate, captureFile, FlowBatch, toFile, type FileOptions } from '../../lib/index.js';
import { sampleRows, streamOf } from '../samples.js';

const fixtures = fileURLToPath(new URL('../../fixtures/', import.meta.url));
const program = (name: string): string => fileURLToPath(new URL(name, import.meta.url));

/** The same flows in every format. */
const outputs: [name: string, options: FileOptions][] = [
  ['flows.arrows', {}],
  ['flows.arrow', {}],
  ['lz4.arrow', { compression: 'lz4' }],
  ['lz4.arrows', { compression: 'lz4' }],
  ['zstd.arrow', { compression: 'zstd' }],
  ['zstd.arrows', { compression: 'zstd' }],
  ['dictionary.arrow', { dictionary: true, compression: 'zstd' }],
  ['dictionary.arrows', { dictionary: true }],
  ['compact.arrow', { compact: true }],
  ['snappy.parquet', { rowGroupRows: 100 }],
  ['none.parquet', { compression: 'none' }],
  ['zstd.parquet', { compression: 'zstd' }],
  ['lz4.parquet', { compression: 'lz4' }],
  ['gzip.parquet', { compression: 'gzip' }],
  ['compact.parquet', { compact: true }],
  ['flows.csv', {}],
  ['crlf.csv', { newline: '\r\n' }],
  ['flows.json', {}],
  ['flows.jsonl', {}],
];

/** Captures that nfstream 6.6.0 and we tell alike (docs/differences.md says what it tells otherwise of others). */
const alike = [
  'cooked-sll',
  'dhcp',
  'dns',
  'fragments',
  'ftp',
  'http',
  'iperf',
  'ipv6',
  'loopback',
  'mdns',
  'nanosecond',
  'ntp',
  'office',
  'ping',
  'portscan',
  'quic',
  'smtp',
  'ssh',
  'stun',
  'tls',
  'traceroute',
  'vxlan',
];

function readAll(python: string, folder: string): void {
  execFileSync(python, [program('read_all.py'), folder], { stdio: 'inherit' });
}

async function captureInEveryFormat(python: string, folder: string): Promise<void> {
  for (const [name, options] of outputs) {
    const flows = aggregate({ features: 'full', statistics: true, splt: 5, endReason: true });
    await pipeline(captureFile(`${fixtures}office.pcap`), flows, toFile(join(folder, name), options));
  }
  readAll(python, folder);
}

async function namesInEveryFormat(python: string, folder: string): Promise<void> {
  // CSV has no way to write NUL that its readers know, and Python's universal newlines are none of ours.
  const rows = sampleRows(300).filter((row) => !String(row['requested_server_name']).includes('\0'));
  const batch = FlowBatch.from(rows);
  for (const [name, options] of outputs) if (!name.endsWith('.csv')) await pipeline(streamOf([batch]), toFile(join(folder, name), options));
  readAll(python, folder);
}

/** The lines of a CSV without their first column, the id, whose order is another; sorted. */
function lines(path: string): string {
  return readFileSync(path, 'latin1')
    .split('\r\n')
    .map((line) => line.slice(line.indexOf(',') + 1))
    .sort()
    .join('\r\n');
}

async function nfstreamCsv(python: string, folder: string): Promise<void> {
  const path = (name: string, whose: string): string => join(folder, `${name}.${whose}.csv`);
  execFileSync(python, [program('nfstream_csv.py'), ...alike.flatMap((name) => [`${fixtures}${name}.pcap`, path(name, 'nfstream')])], {
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  for (const name of alike) {
    await pipeline(
      captureFile(`${fixtures}${name}.pcap`),
      aggregate({ dissections: 0, statistics: true, splt: 7 }),
      toFile(path(name, 'ours'), { newline: '\r\n' }),
    );
    if (lines(path(name, 'ours')) !== lines(path(name, 'nfstream'))) throw new Error(`The CSV of ${name}.pcap is not nfstream's.`);
    console.log(`nfstream ${`${name}.csv`.padEnd(24)} equal`);
  }
}

const python = process.argv[2] ?? program('venv/bin/python');
if (!existsSync(python)) {
  console.error(`${python} is not there; install Python's readers with test/readers/setup.sh.`);
  process.exit(1);
}
const folder = mkdtempSync(join(tmpdir(), 'nfstream-readers-'));
try {
  for (const check of [captureInEveryFormat, namesInEveryFormat, nfstreamCsv]) {
    const own = join(folder, check.name);
    mkdirSync(own);
    await check(python, own);
  }
} finally {
  rmSync(folder, { recursive: true });
}
