import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { expect } from 'chai';
import { FlowBatch } from '../../lib/flows/flow-batch.js';
import { aggregate, captureFile, fields, label, Streamer, toCsv, where, type LabelOptions, type LabelRule } from '../../lib/index.js';
import { fileURLToPath } from 'node:url';
import { failureOf } from '../files/file-folder.js';
import { streamOf } from '../samples.js';

const noon = Date.UTC(2017, 6, 5, 12);
const office = fileURLToPath(new URL('../../fixtures/office.pcap', import.meta.url));

/** A flow that begins so many seconds behind noon, and ends a minute later. */
function flow(src: string, dst: string, seconds: number, more: object = {}): Record<string, unknown> {
  const seen = noon + 1000 * seconds;
  return {
    src_ip: src,
    src_port: 40_000,
    dst_ip: dst,
    dst_port: 80,
    protocol: 6,
    bidirectional_first_seen_ms: seen,
    bidirectional_last_seen_ms: seen + 60_000,
    ...more,
  };
}

const rows = [
  flow('10.0.0.1', '192.168.10.50', 0),
  flow('192.168.10.50', '10.0.0.1', 60, { src_port: 80, dst_port: 40_000 }),
  flow('10.0.0.2', '192.168.10.51', 3600, { dst_port: 22 }),
  flow('2001:db8::1', '2001:db8:1::2', 120, { protocol: 17, dst_port: 53 }),
  flow('0a1b2c', 'a digest', 0, { protocol: 58, src_port: 0, dst_port: 0 }),
];
const batch = FlowBatch.from(rows);

async function labels(rules: readonly LabelRule[], options: Omit<LabelOptions, 'rules'> = {}, from = batch): Promise<unknown[]> {
  const batches = (await streamOf([from])
    .pipe(label({ rules, ...options }))
    .toArray()) as FlowBatch[];
  return batches.flatMap((one) => [...one].map((row) => row['label']));
}

const matches: [what: string, rule: Omit<LabelRule, 'label'>, flows: number[], options?: Omit<LabelOptions, 'rules'>][] = [
  ['everything', {}, [0, 1, 2, 3, 4]],
  ['an address at either end', { src_ip: '10.0.0.1' }, [0, 1]],
  ['an address as the destination of the rule, at either end', { dst_ip: '10.0.0.1' }, [0, 1]],
  ['an address at its own end', { src_ip: '10.0.0.1', direction: 'forward' }, [0]],
  ['a network', { src_ip: '10.0.0.0/30' }, [0, 1, 2]],
  ['a network whose text has more bits', { src_ip: '10.0.0.77/24', direction: 'forward' }, [0, 2]],
  ['all of IPv4', { src_ip: '0.0.0.0/0' }, [0, 1, 2]],
  ['all of IPv6', { src_ip: '::/0' }, [3]],
  ['a network of IPv6, written otherwise', { dst_ip: '2001:0db8:0001::/48' }, [3]],
  ['both ends', { src_ip: '192.168.10.50', dst_ip: '10.0.0.1' }, [0, 1]],
  ['both ends the right way', { src_ip: '192.168.10.50', dst_ip: '10.0.0.1', direction: 'forward' }, [1]],
  ['ends of two flows', { src_ip: '10.0.0.1', dst_ip: '192.168.10.51' }, []],
  ['a port at either end', { dst_port: 80 }, [0, 1]],
  ['a port as text', { dst_port: '80', direction: 'forward' }, [0]],
  ['ports', { dst_port: '1-79', direction: 'forward' }, [2, 3]],
  ['ports with blanks', { src_port: '39999 - 40001', direction: 'forward' }, [0, 2, 3]],
  ['the highest port', { dst_port: '81-65535', direction: 'forward' }, [1]],
  ['port 0', { dst_port: 0 }, [4]],
  ['ports and addresses of one end', { src_ip: '10.0.0.1', src_port: 40_000 }, [0, 1]],
  ['ports of the other end', { src_ip: '10.0.0.1', src_port: 80 }, []],
  ['a protocol by name', { protocol: 'TCP' }, [0, 1, 2]],
  ['a protocol by number', { protocol: 17 }, [3]],
  ['times', { from: '2017-07-05 12:00:00', to: '2017-07-05 12:01:00' }, [0, 4]],
  ['a time that is the begin', { from: '2017-07-05T12:01:00Z' }, [1, 2, 3]],
  ['a time that is the end', { to: '2017-07-05 12:01' }, [0, 4]],
  ['the last of a flow', { from: '2017-07-05 12:03', to: '2017-07-05 12:04' }, []],
  ['the last packet of a flow, where any time will do', { from: '2017-07-05 12:03', to: '2017-07-05 12:04' }, [3], { overlap: true }],
  ['times in a flow, where any time will do', { from: '2017-07-05 12:01:30', to: '2017-07-05 12:01:31' }, [1], { overlap: true }],
  ['the first packet behind the end, where any time will do', { from: '2017-07-05 12:01:00', to: '2017-07-05 13:00:00' }, [0, 1, 3, 4], { overlap: true }],
  ['milliseconds', { from: noon + 60_000, to: noon + 60_001 }, [1]],
  ['milliseconds as text', { from: String(noon + 60_000), to: String(noon + 60_001) }, [1]],
  ['a Date', { from: new Date(noon + 3_600_000) }, [2]],
  ['an offset of its own', { from: '2017-07-05T10:00:00-03:00' }, [2]],
  ['a day', { from: '2017-07-05', to: '2017-07-06' }, [0, 1, 2, 3, 4]],
  ['the zone of the rules', { from: '2017-07-05 09:00', to: '2017-07-05 9:01' }, [0, 4], { zone: '-03:00' }],
  ['the zone of the rules by name, in summer', { from: '2017-07-05 09:00', to: '2017-07-05 09:01' }, [0, 4], { zone: 'America/Moncton' }],
  ['empty cells', { from: '', src_ip: '', src_port: '', protocol: '', direction: '', note: 'for people' }, [0, 1, 2, 3, 4]],
];

describe('label/label', () => {
  for (const [what, rule, flows, options] of matches) {
    it(`matches ${what}`, async () => {
      expect(await labels([{ ...rule, label: 'x' }], options)).to.deep.equal(rows.map((_, index) => (flows.includes(index) ? 'x' : null)));
    });
  }

  it('takes the first rule of several, or all of them, each label once', async () => {
    const rules = [
      { src_ip: '10.0.0.2', label: 'ü, "scan"' },
      { src_ip: '10.0.0.0/8', label: 'inside' },
      { dst_port: 22, label: 'inside' },
      { protocol: 'tcp', label: 'tcp' },
    ];
    expect(await labels(rules)).to.deep.equal(['inside', 'inside', 'ü, "scan"', null, null]);
    expect(await labels(rules, { all: true, default: 'BENIGN' })).to.deep.equal(['inside|tcp', 'inside|tcp', 'ü, "scan"|inside|tcp', 'BENIGN', 'BENIGN']);
  });

  it('finds the same as a scan of all rules', async () => {
    let state = 5;
    const random = (below: number): number => Math.floor(((state = (Math.imul(state, 1664525) + 1013904223) >>> 0) / 2 ** 32) * below);
    const address = (): string => `10.${random(2)}.${random(2)}.${random(4)}`;
    const maybe = <T>(value: T): T | undefined => (random(2) === 0 ? value : undefined);
    const flows = Array.from({ length: 3000 }, () =>
      flow(address(), address(), random(500), { src_port: random(6), dst_port: random(6), protocol: random(2) === 0 ? 6 : 17 }),
    );
    const rules = Array.from({ length: 300 }, (_, index) => {
      const from = random(400);
      const prefix = [8, 15, 16, 24, 31, 32][random(6)]!;
      return {
        from,
        to: from + 1 + random(200),
        src: maybe(address()),
        prefix,
        dst: maybe(address()),
        port: maybe(random(5)),
        protocol: maybe(6),
        forward: random(2) === 0,
        label: `${index}`,
      };
    });
    const bits = (text: string): number => text.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);
    const inNetwork = (text: string, network: string | undefined, prefix: number): boolean =>
      network === undefined || Math.floor(bits(text) / 2 ** (32 - prefix)) === Math.floor(bits(network) / 2 ** (32 - prefix));
    const expected = flows.map((one) => {
      const holds = (rule: (typeof rules)[number], src: string, dst: string, dstPort: string): boolean =>
        inNetwork(String(one[src]), rule.src, rule.prefix) &&
        inNetwork(String(one[dst]), rule.dst, 32) &&
        (rule.port === undefined || Number(one[dstPort]) <= rule.port);
      const found = rules.filter((rule) => {
        const seconds = (Number(one['bidirectional_first_seen_ms']) - noon) / 1000;
        if (seconds < rule.from || seconds >= rule.to || (rule.protocol !== undefined && rule.protocol !== one['protocol'])) return false;
        return holds(rule, 'src_ip', 'dst_ip', 'dst_port') || (!rule.forward && holds(rule, 'dst_ip', 'src_ip', 'src_port'));
      });
      return found.map((rule) => rule.label).join('|') || null;
    });
    const given = rules.map((rule): LabelRule => ({
      from: noon + 1000 * rule.from,
      to: noon + 1000 * rule.to,
      ...(rule.src !== undefined && { src_ip: `${rule.src}/${rule.prefix}` }),
      ...(rule.dst !== undefined && { dst_ip: rule.dst }),
      ...(rule.port !== undefined && { dst_port: `0-${rule.port}` }),
      ...(rule.protocol !== undefined && { protocol: rule.protocol }),
      ...(rule.forward && { direction: 'forward' as const }),
      label: rule.label,
    }));
    expect(await labels(given, { all: true }, FlowBatch.from(flows))).to.deep.equal(expected);
  });

  it('reports rules that matched nothing, and flows that several matched', async () => {
    const stage = label({
      rules: [
        { src_ip: '10.0.0.1', label: 'a' },
        { dst_port: 80, label: 'b' },
        { src_ip: '172.16.0.0/12', label: 'c' },
        { src_ip: '10.0.0.0/8', label: 'a' },
      ],
    });
    await streamOf([batch]).pipe(stage).toArray();
    expect(stage.report()).to.deep.equal({
      flows: 5,
      labelled: 3,
      rules: [
        { rule: 1, label: 'a', flows: 2 },
        { rule: 2, label: 'b', flows: 2 },
        { rule: 3, label: 'c', flows: 0 },
        { rule: 4, label: 'a', flows: 3 },
      ],
      unmatched: [{ rule: 3, label: 'c' }],
      several: {
        flows: 2,
        differing: 2,
        examples: [
          { flow: 0, rules: [1, 2, 4] },
          { flow: 1, rules: [1, 2, 4] },
        ],
      },
    });
  });

  const mistakes: [what: string, rule: object, message: RegExp, options?: object][] = [
    ['no label', {}, /^Rule 1 of rules: it has no label\.$/],
    ['an empty label', { label: ' ' }, /it has no label/],
    ['a column that there is not', { src_prot: 5, label: 'x' }, /^Rule 1 of rules: there is no column src_prot of rules; did you mean src_port\.$/],
    ['an address that is none', { src_ip: '10.0.0', label: 'x' }, /src_ip "10\.0\.0" is neither an address nor a network such as 10\.0\.0\.0\/8/],
    ['a prefix that is too long', { src_ip: '10.0.0.0/33', label: 'x' }, /neither an address nor a network/],
    ['a port that is none', { dst_port: 65_536, label: 'x' }, /dst_port "65536" is neither a port nor ports such as/],
    ['ports the wrong way', { dst_port: '9-8', label: 'x' }, /neither a port nor ports/],
    ['a protocol that is none', { protocol: 'tpc', label: 'x' }, /protocol "tpc" is neither the number/],
    ['a direction that is none', { direction: 'back', label: 'x' }, /direction "back" is neither forward nor both/],
    ['a time that is none', { from: 'noon', label: 'x' }, /from "noon" is no time such as/],
    ['a day that there is not', { from: '2017-02-30 10:00', label: 'x' }, /is a time that no clock shows/],
    ['an hour that there is not', { from: '2017-02-03 24:01', label: 'x' }, /is a time that no clock shows/],
    ['seconds for milliseconds', { from: 1_499_248_020, label: 'x' }, /taken for milliseconds since 1970.*three zeros more/],
    ['times the wrong way', { from: '2017-07-05 10:00', to: '2017-07-05 10:00', label: 'x' }, /from is not before to/],
    ['an hour that was left out', { from: '2017-03-12 02:30', label: 'x' }, /left out when the clocks/, { zone: 'America/Moncton' }],
    ['an hour that was twice', { from: '2017-11-05 01:30', label: 'x' }, /showed twice; give it with its offset/, { zone: 'America/Moncton' }],
    ['half of a character', { label: '\ud800' }, /half of a character/],
    ['a value of another type', { src_ip: {}, label: 'x' }, /src_ip is an object \(Object\), and no text or number/],
  ];
  for (const [what, rule, message, options] of mistakes) {
    it(`refuses a rule with ${what}`, async () => {
      const error = await failureOf(labels([rule as LabelRule], options));
      expect(error).to.have.property('code', 'ERR_NFSTREAM_LABEL');
      expect(error).to.have.property('message').that.matches(message);
    });
  }

  it('refuses a zone that there is not, at once', () => {
    expect(() => label({ rules: [], zone: 'Europe/Atlantis' })).to.throw('for zone but received "Europe/Atlantis"');
    for (const zone of ['+02:00', '-0330', '+2', 'utc', 'UTC-3', 'Asia/Kolkata', 'Etc/GMT+5']) label({ rules: [], zone });
  });

  it('needs the columns of addresses, ports, protocol and time, under the names of any preset', async () => {
    const needs: [rule: object, column: string, options?: object][] = [
      [{ src_ip: '::1' }, 'src_ip'],
      [{ dst_port: 5 }, 'src_port'],
      [{ protocol: 5 }, 'protocol'],
      [{ to: '2000-01-01' }, 'bidirectional_first_seen_ms'],
    ];
    for (const [rule, column] of needs) {
      const error = await failureOf(labels([{ ...rule, label: 'x' }], {}, FlowBatch.from([{ id: 1 }])));
      expect(error).to.have.property('code', 'ERR_NFSTREAM_COLUMN');
      expect(error).to.have.property('message', `label() needs the column ${column}, but these flows have none; keep it among the columns.`);
    }
    expect(await labels([{ label: 'x' }], {}, FlowBatch.from([{ id: 1 }]))).to.deep.equal(['x']);
    const twice = await failureOf(
      labels(
        [],
        {},
        batch.withColumn(
          'label',
          'text',
          rows.map(() => 'x'),
        ),
      ),
    );
    expect(twice)
      .to.have.property('message')
      .that.matches(/two columns named label/);
    const rules = [{ src_ip: '192.168.1.10', protocol: 'udp', from: '1971-01-01', label: 'mine' }];
    const counts = [];
    for (const options of [{}, { features: 'classic' }, { timeUnit: 'ns' }, { timeUnit: 'us' }, { timestamps: 'iso' }] as const) {
      let count = 0;
      for await (const one of new Streamer({ source: office, dissections: 0, ...options, label: { rules } }))
        count += Number((one as unknown as { label: unknown }).label === 'mine');
      counts.push(count);
    }
    expect(counts[0]).to.be.above(3);
    expect(new Set(counts)).to.have.property('size', 1);
  });

  it('stands in front of where(), and in every format', async () => {
    const csv = toCsv();
    const chunks: Buffer[] = [];
    csv.on('data', (chunk: Buffer) => chunks.push(chunk));
    const rules = [{ dst_port: 443, label: 'web, "s"' }];
    await pipeline(
      captureFile(office),
      aggregate({ dissections: 0, features: ['src_ip', 'dst_ip', 'src_port', 'dst_port', 'protocol', 'bidirectional_first_seen_ms'] }),
      label({ rules }),
      where('label != null'),
      csv,
    );
    const [header, ...lines] = Buffer.concat(chunks).toString().trimEnd().split('\n');
    expect(header).to.equal('src_ip,dst_ip,src_port,dst_port,protocol,bidirectional_first_seen_ms,label');
    expect(lines).to.have.length.above(3);
    for (const line of lines) expect(line).to.match(/,443,\d+,\d+,"web, ""s"""$/);
    expect(fields.some(({ name }) => name === 'label')).to.equal(false); // no option of aggregate() brings it
  });
});

describe('examples/cic-ids2017.csv', () => {
  const attacks: [begin: string, src: string, dst: string, port: number, label: string | null][] = [
    ['2017-07-04T12:20:00Z', '172.16.0.1', '192.168.10.50', 21, 'FTP-Patator'],
    ['2017-07-05T13:43:00Z', '172.16.0.1', '192.168.10.50', 80, 'DoS Hulk'],
    ['2017-07-05T13:42:59.999Z', '172.16.0.1', '192.168.10.50', 80, null],
    ['2017-07-05T14:00:59.999Z', '172.16.0.1', '192.168.10.50', 80, 'DoS Hulk'],
    ['2017-07-05T13:43:00Z', '192.168.10.8', '192.168.10.50', 80, null],
    ['2017-07-06T18:10:00Z', '192.168.10.8', '192.168.10.15', 445, 'Infiltration'],
    ['2017-07-07T13:30:00Z', '192.168.10.15', '205.174.165.73', 8080, 'Bot'],
    ['2017-07-07T17:00:00Z', '172.16.0.1', '192.168.10.50', 9999, 'PortScan'],
    ['2017-07-07T19:00:00Z', '172.16.0.1', '192.168.10.50', 80, 'DDoS'],
  ];

  it('labels flows of the published times and translated addresses', async () => {
    const flows = attacks.map(([begin, src_ip, dst_ip, dst_port]) => ({
      src_ip,
      dst_ip,
      src_port: 40_000,
      dst_port,
      bidirectional_first_seen_ms: Date.parse(begin),
    }));
    const rules = fileURLToPath(new URL('../../examples/cic-ids2017.csv', import.meta.url));
    const batches = (await streamOf([FlowBatch.from(flows)])
      .pipe(label({ rules, zone: 'America/Moncton' }))
      .toArray()) as FlowBatch[];
    expect(batches.flatMap((one) => [...one].map((row) => row['label']))).to.deep.equal(attacks.map(([, , , , name]) => name));
  });
});

describe('label/rule-file', () => {
  let folder: string;
  before(() => (folder = mkdtempSync(join(tmpdir(), 'nfstream-truth-'))));
  after(() => rmSync(folder, { recursive: true }));

  async function fromFile(text: string | Buffer): Promise<unknown[]> {
    const path = join(folder, 'truth.csv');
    writeFileSync(path, text);
    const batches = (await streamOf([batch])
      .pipe(label({ rules: path }))
      .toArray()) as FlowBatch[];
    return batches.flatMap((one) => [...one].map((row) => row['label']));
  }

  const files: [what: string, text: string, labels: unknown[]][] = [
    ['columns in any order', 'label,dst_port,from\nssh,22,2017-07-05 12:59\nweb,80,\n', ['web', 'web', 'ssh', null, null]],
    ['a last line without an end', 'label,dst_port\nweb,80', ['web', 'web', null, null, null]],
    ['ports that look like numbers at first', `label,dst_port\n${'web,80\n'.repeat(1500)}low,1-79\n`, ['web', 'web', 'low', 'low', null]],
    ['quotes, and lines ended by CRLF', 'label,src_ip\r\n"a ""b"", c",10.0.0.1\r\n', ['a "b", c', 'a "b", c', null, null, null]],
    ['semicolons', 'src_ip;label\n10.0.0.2;x\n', [null, null, 'x', null, null]],
    ['labels that are numbers', 'label,src_ip\n007,10.0.0.1\n', ['007', '007', null, null, null]],
    ['no rule', 'label,src_ip\n', [null, null, null, null, null]],
  ];
  for (const [what, text, expected] of files) it(`reads ${what}`, async () => expect(await fromFile(text)).to.deep.equal(expected));

  const broken: [what: string, text: string | Buffer, message: RegExp][] = [
    ['a rule that is none', 'label,src_ip\nx,10.0.0.1\ny,10.0.0\n', /^Rule 2 of .*truth\.csv: src_ip "10\.0\.0" is neither/],
    ['a column that there is not', 'label,scr_ip\nx,10.0.0.1\n', /truth\.csv is no file of rules: there is no column scr_ip of rules; did you mean src_ip\.$/],
    ['a row with too many cells', 'label,src_ip\nx,10.0.0.1,5\n', /truth\.csv is no file of rules: /],
    ['bytes that are no text', Buffer.from([0x6c, 0x61, 0xff, 0xfe, 0x0a, 0x31, 0x0a]), /truth\.csv is no file of rules: /],
    ['nothing', '', /truth\.csv is no file of rules: /],
  ];
  for (const [what, text, message] of broken) {
    it(`refuses ${what}`, async () => {
      const error = await failureOf(fromFile(text));
      expect(error).to.have.property('code', 'ERR_NFSTREAM_LABEL');
      expect(error).to.have.property('message').that.matches(message);
    });
  }

  it('tells of a file that is not there, and of a folder', async () => {
    const run = (rules: string): Promise<unknown> => failureOf(streamOf([batch]).pipe(label({ rules })).toArray());
    expect(await run(join(folder, 'nowhere.csv'))).to.have.property('code', 'ERR_NFSTREAM_NO_SUCH_FILE');
    expect(await run(folder)).to.have.property('code', 'ERR_NFSTREAM_IS_DIRECTORY');
  });
});
