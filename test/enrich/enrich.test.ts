import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { FlowBatch } from '../../lib/flows/flow-batch.js';
import { anonymize, enrich, Streamer, where, type EnrichOptions } from '../../lib/index.js';
import { failureOf } from '../files/file-folder.js';
import { streamOf } from '../samples.js';
import { makeMmdb } from './make-mmdb.js';

const office = fileURLToPath(new URL('../../fixtures/office.pcap', import.meta.url));
const long = 'x'.repeat(400);

const asns = makeMmdb({
  '192.0.2.0/24': { autonomous_system_number: 64500, autonomous_system_organization: 'Example, "Inc." ä' },
  '198.51.100.128/25': { autonomous_system_number: 4294967295 },
  '2001:db8::/32': { autonomous_system_number: 64501, autonomous_system_organization: long },
  '203.0.113.0/28': { asn: 'AS64502', as_name: 'As IPinfo', country: 'FR' },
  '203.0.113.16/28': { autonomous_system_number: 'many', autonomous_system_organization: 5 },
});
const countries = makeMmdb({
  '192.0.2.0/24': { country: { iso_code: 'DE', geoname_id: 1 } },
  '203.0.113.0/28': { country_code: 'FR' },
  '203.0.113.16/28': { country: { iso_code: '<script>' } },
  '2001:db8:1::/48': { country: 'JP' },
});

describe('enrich/enrich', () => {
  let folder: string;
  const path = (name: string): string => join(folder, name);
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'nfstream-enrich-'));
    writeFileSync(path('asn.mmdb'), asns);
    writeFileSync(path('country.mmdb'), countries);
  });
  after(() => rmSync(folder, { recursive: true }));

  async function enriched(rows: Record<string, unknown>[], options: EnrichOptions): Promise<FlowBatch> {
    const [batch] = (await streamOf([FlowBatch.from(rows)])
      .pipe(enrich(options))
      .toArray()) as [FlowBatch];
    return batch;
  }

  const known: [address: string, asn: number | null, name: string | null, country: string | null][] = [
    ['192.0.2.77', 64500, 'Example, "Inc." ä', 'DE'],
    ['192.0.3.1', null, null, null],
    ['198.51.100.128', 4294967295, null, null],
    ['198.51.100.127', null, null, null],
    ['2001:db8:1::5', 64501, `${'x'.repeat(200)}…`, 'JP'],
    ['2001:db8:2::5', 64501, `${'x'.repeat(200)}…`, null],
    ['203.0.113.3', 64502, 'As IPinfo', 'FR'],
    ['203.0.113.20', null, null, null],
    ['10.0.0.1', null, null, null],
    ['255.255.255.255', null, null, null],
    ['ff02::1', null, null, null],
    ['a digest', null, null, null],
    ['', null, null, null],
  ];

  it('tells autonomous systems and countries of both ends', async () => {
    const rows = known.map(([address], index) => ({ src_ip: address, dst_ip: known[(index + 1) % known.length]![0] }));
    const batch = await enriched(rows, { asn: path('asn.mmdb'), country: path('country.mmdb') });
    expect(batch.schema.fields.map(({ name }) => name)).to.deep.equal([
      'src_ip',
      'dst_ip',
      'src_asn',
      'src_as_name',
      'src_country',
      'dst_asn',
      'dst_as_name',
      'dst_country',
    ]);
    expect([...batch].map((row) => [row['srcIp'], row['srcAsn'], row['srcAsName'], row['srcCountry']])).to.deep.equal(known);
    expect([...batch].map((row) => [row['dstIp'], row['dstAsn'], row['dstAsName'], row['dstCountry']])).to.deep.equal([...known.slice(1), known[0]]);
  });

  it('tells one of them', async () => {
    const rows = [{ src_ip: '192.0.2.1', dst_ip: '10.0.0.1' }];
    const named = async (options: EnrichOptions): Promise<object> => (await enriched(rows, options)).at(0)!.toJSON();
    expect(await named({ country: path('country.mmdb') })).to.deep.equal({ ...rows[0], src_country: 'DE', dst_country: null });
    expect(await named({ asn: path('asn.mmdb') })).to.deep.equal({
      ...rows[0],
      src_asn: 64500,
      src_as_name: 'Example, "Inc." ä',
      dst_asn: null,
      dst_as_name: null,
    });
  });

  it('takes the columns of the classic preset', async () => {
    const batch = await enriched([{ ip_src: '192.0.2.1', ip_dst: '10.0.0.1' }], { country: path('country.mmdb') });
    expect(batch.at(0)!['srcCountry']).to.equal('DE');
  });

  it('tells many addresses apart', async () => {
    const rows = Array.from({ length: 70_000 }, (_, n) => ({
      src_ip: `${n % 2 === 0 ? '192.0.2' : '10.9'}.${n % 250}${n % 2 === 0 ? '' : `.${n >> 9}`}`,
      dst_ip: `10.${n >> 16}.${(n >> 8) & 255}.${n & 255}`,
    }));
    const batches = Array.from({ length: 9 }, (_, part) => FlowBatch.from(rows.slice(part * 8000, part * 8000 + 8000)));
    const given = batches.map((batch) => new FlowBatch(batches[0]!.schema, batch.length, batch.columns));
    const told = (await streamOf(given)
      .pipe(enrich({ country: path('country.mmdb') }))
      .toArray()) as FlowBatch[];
    expect(told.flatMap((batch) => [...batch].map((row) => row['srcCountry']))).to.deep.equal(rows.map((_, n) => (n % 2 === 0 ? 'DE' : null)));
  });

  it("names manufacturers by IEEE's list, the longest prefix first", async () => {
    const macs = [
      ['00:1b:21:3c:4d:5e', /^Intel/],
      ['3c:5a:b4:00:00:01', /^Google/],
      ['02:00:00:00:01:10', null],
      ['ff:ff:ff:ff:ff:ff', null],
      ['', null],
    ] as const;
    const whole = await enriched(
      macs.map(([mac]) => ({ src_mac: mac, dst_mac: mac })),
      { oui: true },
    );
    const part = await enriched(
      macs.map(([mac]) => ({ src_oui: mac.slice(0, 8), dst_oui: mac.slice(0, 8) })),
      { oui: true },
    );
    for (const batch of [whole, part]) {
      for (const [row, [, name]] of macs.entries()) {
        for (const end of ['srcOuiName', 'dstOuiName'] as const) {
          const found = batch.at(row)![end];
          if (name === null) expect(found).to.equal(null);
          else expect(found).to.be.a('string').that.matches(name).and.not.matches(/\n/);
        }
      }
    }
    // Of a block that IEEE gives in parts, the name is that of the part.
    const [parts] = (await enriched([{ src_mac: '70:b3:d5:00:00:01', dst_mac: '70:b3:d5:7f:f0:01' }], { oui: true })) as unknown as [Record<string, string>];
    expect(new Set([parts!['srcOuiName'], parts!['dstOuiName']]).size).to.equal(2);
  });

  it('counts as telling: what anonymises addresses hides or refuses it', async () => {
    const run = (columns: string[], options: EnrichOptions): Promise<FlowBatch[]> =>
      streamOf([FlowBatch.from([{ src_ip: '192.0.2.1', dst_ip: '10.0.0.1', src_mac: '00:1b:21:3c:4d:5e', dst_mac: '' }])])
        .pipe(enrich(options))
        .pipe(anonymize(columns))
        .toArray() as Promise<FlowBatch[]>;
    const [hidden] = await run(['src_ip', 'src_mac'], { country: path('country.mmdb'), oui: true });
    expect(hidden!.at(0)!['srcCountry']).to.match(/^[0-9a-f]{128}$/);
    expect(hidden!.at(0)!['srcOuiName']).to.match(/^[0-9a-f]{128}$/);
    expect(await failureOf(run(['src_ip'], { asn: path('asn.mmdb') })))
      .to.have.property('message')
      .that.matches(/The column src_asn would tell src_ip/);
  });

  it('stands in front of label() and where(), also in a Streamer', async () => {
    const condition = where('src_country == "DE"');
    const [batch] = (await streamOf([
      FlowBatch.from([
        { src_ip: '192.0.2.1', dst_ip: '' },
        { src_ip: '10.0.0.1', dst_ip: '' },
      ]),
    ])
      .pipe(enrich({ country: path('country.mmdb') }))
      .pipe(condition)
      .toArray()) as FlowBatch[];
    expect(batch!.length).to.equal(1);
    const found = [];
    for await (const flow of new Streamer({
      source: office,
      dissections: 0,
      enrich: { country: path('country.mmdb'), oui: true },
      where: 'dst_country == "FR"',
    }))
      found.push(flow.dstIp);
    expect(found.length).to.be.above(0);
    expect(found.every((address) => /^203\.0\.113\.([0-9]|1[0-5])$/.test(address))).to.equal(true);
  });

  const broken: [what: string, bytes: Buffer][] = [
    ['nothing', Buffer.alloc(0)],
    ['another format', Buffer.from('id,src_ip\n1,2\n')],
    ['metadata that was cut off', asns.subarray(0, -20)],
    ['a tree that points out of the file', Buffer.concat([Buffer.alloc(6 * 97, 0x7f), asns.subarray(asns.indexOf('abcdef4d61784d696e642e636f6d', 0, 'hex'))])],
  ];
  for (const [what, bytes] of broken) {
    it(`refuses a file with ${what}`, async () => {
      writeFileSync(path('broken.mmdb'), bytes);
      const error = await failureOf(enriched([{ src_ip: '192.0.2.1', dst_ip: '2001:db8::1' }], { asn: path('broken.mmdb') }));
      expect(error).to.have.property('code', 'ERR_NFSTREAM_ENRICH');
      expect(error)
        .to.have.property('message')
        .that.matches(/broken\.mmdb is no database in MaxMind's format/);
    });
  }

  it('adds nothing when asked for nothing, and refuses what it can do nothing with', async () => {
    expect((await enriched([{ id: 1 }], {})).schema.fields).to.have.length(1);
    expect(await failureOf(enriched([{ id: 1 }], { oui: true }))).to.have.property(
      'message',
      'enrich() needs the column src_mac as text, but these flows have none; keep it among the columns.',
    );
    expect(await failureOf(enriched([{ src_ip: '', dst_ip: '' }], { asn: path('none.mmdb') }))).to.have.property('code', 'ERR_NFSTREAM_NO_SUCH_FILE');
    expect(await failureOf(enriched([{ src_ip: '', dst_ip: '' }], { asn: folder }))).to.have.property('code', 'ERR_NFSTREAM_IS_DIRECTORY');
    expect(await failureOf(enriched([{ src_ip: '', dst_ip: '', src_country: 'X' }], { country: path('country.mmdb') }))).to.have.property(
      'code',
      'ERR_NFSTREAM_COLUMN',
    );
  });
});
