import { copyFileSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { nfstream } from '../cli/in-process.js';
import { thorough } from '../thorough.js';
import { codeBlocks, root } from './code-blocks.js';

/** Fixtures under the names that captures have in the documentation. */
const captures: Readonly<Record<string, string>> = {
  'office.pcap': 'office.pcap',
  'monday.pcap': 'office.pcap',
  'tuesday.pcap.gz': 'dns.pcap.gz',
  'wednesday.pcap': 'http.pcap',
  'friday.pcap': 'office.pcap',
  'eth0.pcap': 'office.pcap',
  'eth1.pcap': 'dns.pcap',
  'cloud.pcap': 'vxlan.pcap',
  '0900.pcap': 'office.pcap',
  'captures/0900.pcap': 'office.pcap',
  'captures/0901.pcap': 'dns.pcap',
};

/** Logs of other programs. */
const logs: Readonly<Record<string, string>> = {
  'conn.log':
    '#separator \\x09\n#unset_field\t-\n#path\tconn\n#fields\tts\tuid\tid.orig_h\tid.orig_p\tid.resp_h\tid.resp_p\tproto\tservice\n' +
    '#types\ttime\tstring\taddr\tport\taddr\tport\tenum\tstring\n1704164645.123456\tCa1\t192.0.2.1\t40000\t198.51.100.2\t443\ttcp\tssl\n',
  'eve.json': `${JSON.stringify({ event_type: 'flow', src_ip: '192.0.2.1', src_port: 40000, dest_ip: '198.51.100.2', dest_port: 443, proto: 'TCP', flow: { pkts_toserver: 8, pkts_toclient: 7, bytes_toserver: 1012, bytes_toclient: 3398, start: '2024-01-02T03:04:05.123456+0000', end: '2024-01-02T03:04:06.624156+0000' } })}\n`,
};

const flowFiles: readonly string[][] = [
  ...['parquet', 'csv', 'jsonl', 'arrow'].map((format) => ['office.pcap', '-o', `flows.${format}`]),
  ['office.pcap', '--partial', '--statistics', '-o', '0900.parquet'],
  ['eth1.pcap', '--partial', '--statistics', '-o', '0901.parquet'],
];

/** Files of flows under other names. */
const same: Readonly<Record<string, string>> = {
  'monday.parquet': 'flows.parquet',
  'tuesday.parquet': 'flows.parquet',
  'a.parquet': '0900.parquet',
  'b.parquet': '0901.parquet',
};

/**
 * Makes a folder with the files that blocks of the documentation take (files of flows only where blocks are carried out), and works in it until the end of the tests around. It is one of the project's, since
 * threads of sources find their loader from the working folder.
 * @returns its path
 */
export function flowFolder(name: string): string {
  const folder = join(root, 'build', name);
  const left = process.cwd();
  before(async () => {
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder, { recursive: true });
    process.chdir(folder);
    await fillFolder();
  });
  after(() => {
    process.chdir(left);
    rmSync(folder, { recursive: true, force: true });
  });
  return folder;
}

async function fillFolder(): Promise<void> {
  for (const folder of ['captures', 'out']) mkdirSync(folder);
  symlinkSync(join(root, 'fixtures'), 'fixtures');
  for (const [name, fixture] of Object.entries(captures)) symlinkSync(join(root, 'fixtures', fixture), name);
  writeFileSync('key', Buffer.alloc(32, 7), { mode: 0o600 });
  for (const [name, text] of Object.entries(logs)) writeFileSync(name, text);
  for (const name of ['truth.csv', 'attacks.csv']) writeFileSync(name, 'src_ip,label\n192.168.1.0/24,inside\n');
  const { text } = codeBlocks().find(({ page, language }) => page === 'docs/config.md' && language === 'toml')!;
  writeFileSync('probe.toml', text.replace('/var/captures', 'captures'));
  if (!thorough) return;
  for (const args of flowFiles) {
    const { code, stderr } = await nfstream(...args, '-q');
    if (code !== 0) throw new Error(`nfstream ${args.join(' ')}: ${stderr}`);
  }
  for (const [name, other] of Object.entries(same)) copyFileSync(other, name);
  writeFileSync('flows.csv.gz', gzipSync(readFileSync('flows.csv')));
}
