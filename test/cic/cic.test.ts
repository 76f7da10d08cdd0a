import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { aggregate, captureFile, FlowError, flows, label, toCicCsv, type AggregateOptions, type CicDialect } from '../../lib/index.js';
import { nfstream } from '../cli/in-process.js';
import { thorough } from '../thorough.js';
import { publishedHeaders } from './published-headers.js';
import { sharedFiles } from '../shared.js';

const fixture = (name: string): string => fileURLToPath(new URL(`../../fixtures/${name}`, import.meta.url));

const asCic = { features: 'cicflowmeter', expiry: 'cicflowmeter', dissections: 0 } as const;

async function written(file: string, dialect: CicDialect, options: AggregateOptions = asCic, between: NodeJS.ReadWriteStream[] = []): Promise<string[]> {
  const chunks: Buffer[] = [];
  const stages = [captureFile(file, { decodeTunnels: false }), aggregate(options), ...between, toCicCsv({ dialect })];
  await pipeline([
    ...stages,
    async (bytes: AsyncIterable<Buffer>) => {
      for await (const chunk of bytes) chunks.push(chunk);
    },
  ] as never);
  const text = Buffer.concat(chunks).toString();
  expect(text.endsWith('\n')).to.equal(true);
  return text.slice(0, -1).split('\n');
}

type Row = Readonly<Record<string, string>>;

/** Rows by column; only of files whose texts need no quotes. */
async function rowsOf(file: string, options: AggregateOptions = asCic): Promise<Row[]> {
  const [header, ...lines] = await written(file, 'v4', options);
  const names = header!.split(',');
  return lines.map((line) => Object.fromEntries(line.split(',').map((cell, i) => [names[i], cell])));
}

describe("CICFlowMeter's columns", () => {
  for (const [dialect, header] of Object.entries(publishedHeaders)) {
    it(`have the header of ${dialect} to the byte, and as many cells in each row`, async () => {
      const [first, ...rows] = await written(fixture('http.pcap'), dialect as CicDialect);
      expect(first).to.equal(header);
      expect(rows.length).to.be.greaterThan(0);
      for (const row of rows) expect(row.split(',').length).to.equal(header.split(',').length);
      expect(rows.join(',')).not.to.match(/,,|NaN|Infinity|null|undefined/);
    });
  }

  it('are the same values in every dialect, and that of two columns with one name stands twice', async () => {
    const [v4, ml, labelled, of2018] = await Promise.all(
      (['v4', '2017', '2017-labelled', '2018'] as const).map((dialect) => written(fixture('office.pcap'), dialect)),
    );
    const cells = (lines: string[], row: number): string[] => lines[row]!.split(',');
    const twice = cells(ml!, 0).lastIndexOf(' Fwd Header Length');
    for (let row = 1; row < v4!.length; row++) {
      const all = cells(v4!, row);
      const once = cells(ml!, row).filter((_, i) => i !== twice);
      expect(cells(ml!, row)[twice]).to.equal(cells(ml!, row)[cells(ml!, 0).indexOf(' Fwd Header Length')]);
      expect(once).to.deep.equal([all[4], ...all.slice(7)]);
      expect(cells(labelled!, row).filter((_, i) => i !== twice + 6)).to.deep.equal(all);
      expect(cells(of2018!, row)).to.deep.equal(all.slice(4));
    }
  });

  it('are in microseconds whatever the unit of the flows is', async () => {
    const [us, ns] = await Promise.all([rowsOf(fixture('office.pcap')), rowsOf(fixture('office.pcap'), { ...asCic, timeUnit: 'ns' })]);
    const near = (one: string, two: string): boolean => one === two || Math.abs(Number(one) - Number(two)) <= 1e-6 * Math.abs(Number(one)) + 1e-6;
    for (const [i, row] of us.entries())
      for (const [name, cell] of Object.entries(row)) expect(near(cell, ns[i]![name]!), `${name}: ${cell}, ${ns[i]![name]}`).to.equal(true);
    const ms = await rowsOf(fixture('office.pcap'), { ...asCic, timeUnit: 'ms' });
    for (const [i, row] of us.entries()) expect(Number(ms[i]!['Flow Duration'])).to.be.closeTo(Number(row['Flow Duration']), 1000);
  });

  it('have the label of the stage before, quoted where it has to be, and say where there is none', async () => {
    const named = label({ rules: [{ dst_port: '53', label: 'a "name", quoted' }] } as never);
    const lines = (await written(fixture('office.pcap'), 'v4', asCic, [named as never])).slice(1);
    expect(lines.filter((line) => line.endsWith(',"a ""name"", quoted"')).length).to.be.greaterThan(0);
    expect(lines.every((line) => line.endsWith(',"a ""name"", quoted"') || line.endsWith(',NeedManualLabel'))).to.equal(true);
  });

  const refused: [what: string, run: () => unknown, code: string, says: RegExp][] = [
    ['flows without the columns', () => written(fixture('dns.pcap'), 'v4', { dissections: 0 }), 'ERR_NFSTREAM_COLUMN', /features: 'cicflowmeter'/],
    [
      'times as text',
      () => written(fixture('dns.pcap'), 'v4', { ...asCic, timestamps: 'iso' }),
      'ERR_NFSTREAM_COLUMN',
      /bidirectional_first_seen_us.*timestamps/,
    ],
    ['another dialect', () => toCicCsv({ dialect: 'v5' as never }), 'ERR_NFSTREAM_OPTION_RANGE', /dialect/],
    ['a timeout beside it', () => aggregate({ expiry: 'cicflowmeter', idleTimeout: 60 }), 'ERR_NFSTREAM_OPTION_RANGE', /idleTimeout \(--idle-timeout\)/],
    ['pieces', () => aggregate({ expiry: 'cicflowmeter', partial: true }), 'ERR_NFSTREAM_OPTION_RANGE', /partial/],
  ];
  for (const [what, run, code, says] of refused) {
    it(`refuse ${what}`, async () => {
      let failure: unknown;
      try {
        await run();
      } catch (error) {
        failure = error;
      }
      expect(failure).to.be.instanceOf(FlowError);
      expect((failure as FlowError).code).to.equal(code);
      expect((failure as FlowError).message).to.match(says);
    });
  }

  it('come out of the command, whose columns are those without being asked for', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'nfstream-cic-'));
    try {
      const output = join(folder, 'flows.csv');
      const args = ['--expiry', 'cicflowmeter', '--format', 'cic', '--dialect', '2018', '--no-decode-tunnels', '--quiet', '-o', output];
      const { code, stderr } = await nfstream(fixture('http.pcap'), ...args);
      expect(code, stderr).to.equal(0);
      expect(readFileSync(output, 'utf8').trimEnd().split('\n')).to.deep.equal(await written(fixture('http.pcap'), '2018'));
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('are not there for the columns of another choice', async () => {
    const { code, stderr } = await nfstream(fixture('http.pcap'), '--format', 'cic', '--fields', 'src_ip', '--quiet');
    expect(code).not.to.equal(0);
    expect(stderr).to.include("features: 'cicflowmeter'");
  });

  it('are told under our names, too', async () => {
    for await (const flow of flows(captureFile(fixture('http.pcap')).pipe(aggregate(asCic)))) {
      expect(Object.keys(flow.toJSON() as object)).to.include.members([
        'src2dst_mean_payload_ps',
        'src2dst_mean_piat_us',
        'src2dst_bulks',
        'subflows',
        'mean_active_us',
      ]);
      break;
    }
  });
});

/**
 * Built captures that the script does not read as we do: link types and tags besides Ethernet, VLANs, loopback, raw IP and Linux' cooked frames; IP in IP; Zstandard; and what is damaged or
 * without a flow.
 */
const unread =
  /^(link-(?!null|loop|raw|sll)|ethernet-(?!padding|prp|qinq|two-vlans|vlan\.)|tunnel-(4in6|6in|ipip)|frame-without|ipv4-lies|empty|not-a|zstd|gzip-(checksum|cut|named|then)|pcap(ng)?-(blocks|captured|corrupt|cut|header-only|length|modified|no-interface|option|then|time-offset|user0))/;
/** Of the built ones the usual run takes those about flows. */
const chosen = thorough ? /./ : /^(clock|hello|ipv|names|protocols|same|transport)/;
const built = readdirSync(fixture('built')).filter((name) => !unread.test(name) && chosen.test(name));
const recorded = [
  ...[
    'office.pcap',
    'http.pcap',
    'tls.pcap',
    'ssh.pcap',
    'ftp.pcap',
    'smtp.pcap',
    'dns.pcap',
    'dns.pcap.gz',
    'dhcp.pcap',
    'mdns.pcap',
    'ntp.pcap',
    'stun.pcap',
    'quic.pcap',
  ],
  ...[
    'iperf.pcap',
    'ipv6.pcap',
    'ping.pcap',
    'portscan.pcap',
    'traceroute.pcap',
    'fragments.pcap',
    'snaplen96.pcap',
    'nanosecond.pcap',
    'loopback.pcap',
    'vxlan.pcap',
  ],
  ...['cooked-sll.pcap', 'interfaces.pcapng', 'interfaces.pcapng.gz'],
];
const more = [
  'instagram.pcap',
  'kafka.pcapng',
  'mongodb.pcap',
  'whois.pcapng',
  'http.pcapng',
  '443-chrome.pcap',
  'KakaoTalk_chat.pcap',
  'bittorrent.pcap',
  'ftp-start-tls.pcap',
  '1kxun.pcap',
];
const compared = [...recorded.map(fixture), ...built.map((name) => fixture(`built/${name}`)), ...(thorough ? sharedFiles(more) : [])];

const python = [process.env['NFSTREAM_TEST_PYTHON'] ?? '', fileURLToPath(new URL('../readers/venv/bin/python', import.meta.url)), 'python3'].find(
  (program) => program !== '' && spawnSync(program, ['-c', 'import dpkt']).status === 0,
);

if (python === undefined) {
  console.warn("Python's dpkt is not there (test/readers/setup.sh installs it): CICFlowMeter's features are not compared with those of another program.");
} else {
  describe("CICFlowMeter's features of packets", () => {
    const theirs = new Map<string, Readonly<Record<string, string | number>>[]>();
    before(() => {
      const script = fileURLToPath(new URL('features.py', import.meta.url));
      const { stdout, stderr, status } = spawnSync(python, [script, ...compared], { encoding: 'utf8', maxBuffer: 2 ** 28 });
      expect(status, stderr).to.equal(0);
      for (const line of stdout.split('\n').filter((text) => text !== '')) {
        const { capture, ...row } = JSON.parse(line) as Record<string, string | number> & { capture: string };
        theirs.set(capture, [...(theirs.get(capture) ?? []), row]);
      }
    });

    const place = (row: Readonly<Record<string, unknown>>): string =>
      ['Flow ID', 'Timestamp', 'Flow Duration', 'Total Fwd Packet', 'Total Bwd packets', 'Total Length of Fwd Packet', 'Flow IAT Max']
        .map((name) => String(row[name]))
        .join(' ');
    const order = (one: string, two: string): number => (one < two ? -1 : one > two ? 1 : 0);

    for (const file of compared) {
      it(`are those of another program, column by column: ${file.split('/').at(-1)!}`, async () => {
        const own = (await rowsOf(file)).toSorted((one, two) => order(place(one), place(two)));
        const other = (theirs.get(file) ?? []).toSorted((one, two) => order(place(one), place(two)));
        expect(own.map(place)).to.deep.equal(other.map(place));
        const names = publishedHeaders.v4.split(',');
        const same = (cell: string, value: string | number | undefined): boolean =>
          typeof value === 'number' ? Math.abs(Number(cell) - value) <= 1e-9 * Math.max(1, Math.abs(value)) : cell === value;
        const differing = own.flatMap((row, i) =>
          names.filter((name) => !same(row[name]!, other[i]![name])).map((name) => [place(row), name, row[name], other[i]![name]]),
        );
        expect(differing.slice(0, 10)).to.deep.equal([]);
        expect(own.length).to.be.greaterThan(0);
      }).timeout(30_000);
    }
  });
}
