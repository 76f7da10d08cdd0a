import { DuckDBInstance, type DuckDBConnection } from '@duckdb/node-api';
import { expect } from 'chai';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { fileURLToPath } from 'node:url';
import { aggregate, captureFile, FlowBatch, registerFlows, toReport, type AggregateOptions } from '../../lib/index.js';
import { cubes, type CubeName } from '../../lib/report/gather/cubes.js';
import { edges } from '../../lib/report/gather/scale.js';
import { streamOf } from '../samples.js';
import { contentOf, type PageContent } from './page-content.js';

const office = fileURLToPath(new URL('../../fixtures/office.pcap', import.meta.url));
const figures = { tls: true, dns: true, risks: true, tcpState: true, tcpQuality: true } as const;

const traffic = 'sum(bidirectional_bytes), sum(bidirectional_packets), count(*)';
const application = 'application_name';
const classSql = (value: string): string => `list_sum([case when ${value} >= e then 1 else 0 end for e in [${edges.join()}]])`;

/** The sums of each figure in SQL: its keys, and then amount, packets, flows and, of risks, the least score. */
const inSql: Readonly<Record<CubeName, string>> = {
  applications: `select ${application}, application_category_name, ${traffic} from flows group by all`,
  hosts: `with ends as (select src_ip as host, * from flows union all select dst_ip as host, * from flows where src_ip <> dst_ip)
    select host, ${application}, ${traffic} from ends group by all`,
  pairs: `select src_ip, dst_ip, ${application}, ${traffic} from flows group by all`,
  protocols: `select protocol, ${application}, ${traffic} from flows group by all`,
  ports: `select protocol, dst_port, ${application}, ${traffic} from flows group by all`,
  durations: `select ${classSql('bidirectional_duration_ms')}, ${application}, ${traffic} from flows group by all`,
  sizes: `select ${classSql('bidirectional_bytes')}, ${application}, ${traffic} from flows group by all`,
  rates: `select ${classSql('bidirectional_bytes * 1000 / bidirectional_duration_ms')}, ${application}, ${traffic} from flows
    where bidirectional_duration_ms > 0 group by all`,
  tcpStates: `select tcp_state, ${application}, ${traffic} from flows where protocol = 6 group by all`,
  retransmissions: `select ${application}, sum(src2dst_retransmissions + dst2src_retransmissions), sum(bidirectional_packets), count(*)
    from flows where src2dst_retransmissions + dst2src_retransmissions is not null group by all`,
  tlsVersions: `select tls_version, ${application}, ${traffic} from flows where tls_version <> '' group by all`,
  ja4s: `select ja4, ${application}, ${traffic} from flows where ja4 <> '' group by all`,
  serverNames: `select requested_server_name, ${application}, ${traffic} from flows where requested_server_name <> '' group by all`,
  dnsNames: `select dns_query, coalesce(dns_response_code, -1), ${application}, ${traffic} from flows where dns_query <> '' group by all`,
  dnsCodes: `select dns_response_code, ${application}, ${traffic} from flows where dns_response_code is not null group by all`,
  risks: `with each as (select unnest(string_split(risks, ';')) as risk, * from flows where risks <> '')
    select risk, ${application}, ${traffic}, min(risk_score) from each group by all`,
};

let connection: DuckDBConnection;
let page: PageContent;
const folder = mkdtempSync(join(tmpdir(), 'nfstream-report-sums-'));

async function flowsOf(options: AggregateOptions): Promise<FlowBatch[]> {
  const batches: FlowBatch[] = [];
  for await (const batch of captureFile(office).pipe(aggregate(options)) as AsyncIterable<FlowBatch>) batches.push(batch);
  return batches;
}

async function reportOf(batches: readonly FlowBatch[], options?: Parameters<typeof toReport>[1]): Promise<PageContent> {
  await pipeline(streamOf(batches), toReport(join(folder, 'page.html'), options));
  return contentOf(readFileSync(join(folder, 'page.html'), 'utf8'));
}

async function rowsOf(sql: string): Promise<string[]> {
  const rows = (await connection.runAndReadAll(sql)).getRows() as unknown[][];
  return rows.map((row) => row.map((value) => (typeof value === 'string' ? value : Number(value))).join('|')).sort();
}

describe('what a report gathers', () => {
  before(async () => {
    connection = await (await DuckDBInstance.create(':memory:', { threads: '1' })).connect();
    const batches = await flowsOf(figures);
    await registerFlows(connection, 'flows', streamOf(batches));
    page = await reportOf(batches);
  });
  after(() => {
    connection.closeSync();
    rmSync(folder, { recursive: true });
  });

  for (const [name, sql] of Object.entries(inSql) as [CubeName, string][]) {
    it(`is what SQL says: ${name}`, async () => {
      const { cells, missing, of } = page.data.told.tables[name];
      const told = cells.map(({ key, amount, packets, flows, least }) =>
        [...cubes[name].keys.map((one) => key[one]), amount, packets, flows, ...(name === 'risks' ? [least] : [])].join('|'),
      );
      expect(told.sort()).to.deep.equal(await rowsOf(sql));
      expect(told).to.have.length.above(0);
      expect([missing, of]).to.deep.equal([0, told.length]);
    });
  }

  it('is what SQL says: totals', async () => {
    const { flows, bytes, packets, firstMs, lastMs } = page.data.told;
    const sql = `select count(*), sum(bidirectional_bytes), sum(bidirectional_packets), min(bidirectional_first_seen_ms), max(bidirectional_last_seen_ms) from flows`;
    expect([[flows, bytes, packets, firstMs, lastMs].join('|')]).to.deep.equal(await rowsOf(sql));
  });

  for (const [name, column] of [
    ['application', 'application_name'],
    ['category', 'application_category_name'],
    ['protocol', 'protocol'],
  ] as const) {
    it(`is what SQL says: new flows over time by ${name}`, async () => {
      const { startMs, widthMs, series } = page.data.told.timelines[name];
      const told = series.flatMap(({ name: of, flows }) => flows.map((count, bin) => ({ of, bin, count }))).filter(({ count }) => count > 0);
      const rows = await rowsOf(
        `select ${column}, (bidirectional_first_seen_ms - ${startMs}) // ${widthMs}, count(*) from flows where bidirectional_first_seen_ms > 0 group by all`,
      );
      expect(told.map(({ of, bin, count }) => [of, bin, count].join('|')).sort()).to.deep.equal(rows);
      const bytes = series.map((one) => one.bytes.reduce((sum, value) => sum + value, 0));
      const totals = new Map(
        (await rowsOf(`select ${column}, sum(bidirectional_bytes) from flows group by all`)).map((row) => row.split('|') as [string, string]),
      );
      series.forEach((one, at) => expect(bytes[at]).to.be.closeTo(Number(totals.get(one.name!)), 0.1));
    });
  }

  it('has every flow inside, as Arrow that others read', async () => {
    expect(page.data.withoutFlows).to.equal(null);
    const names = page.data.columns.map(({ name }) => name);
    expect(page.flows!.schema.fields.map(({ name }) => name)).to.deep.equal(names);
    const told = page.flows!.toArray().map((flow) => names.map((name) => flow![name] as unknown).join('|'));
    const rows = (await connection.runAndReadAll(`select ${names.join()} from flows`)).getRows() as unknown[][];
    expect(told).to.deep.equal(rows.map((row) => row.join('|')));
  });

  const forms: readonly (readonly [what: string, options: AggregateOptions])[] = [
    ['microseconds', { ...figures, timeUnit: 'us' }],
    ['nanoseconds', { ...figures, timeUnit: 'ns' }],
    ['timestamps', { ...figures, timestamps: 'arrow' }],
    ['times as text', { ...figures, timestamps: 'iso' }],
  ];
  for (const [what, options] of forms) {
    it(`is the same of flows with ${what}`, async () => {
      const { told } = (await reportOf(await flowsOf(options))).data;
      for (const name of ['applications', 'hosts', 'risks', 'sizes'] as const) expect(told.tables[name]).to.deep.equal(page.data.told.tables[name]);
      expect(told.firstMs).to.be.closeTo(page.data.told.firstMs!, 1);
      expect(told.timelines.application.series.map(({ name }) => name)).to.have.members(page.data.told.timelines.application.series.map(({ name }) => name));
    });
  }

  it("is the same of the columns of nfstream's first releases, as far as they tell", async () => {
    const { told } = (await reportOf(await flowsOf({ features: 'classic' }))).data;
    for (const name of ['pairs', 'protocols'] as const) expect(told.tables[name].cells.reduce((sum, { amount }) => sum + amount, 0)).to.equal(told.bytes);
    expect([told.flows, told.bytes, told.packets]).to.deep.equal([page.data.told.flows, page.data.told.bytes, page.data.told.packets]);
    expect(told.tables.risks.cells).to.deep.equal([]);
  });

  it('is a report without figures of flows that have none of the columns', async () => {
    const { data, flows } = await reportOf([FlowBatch.from([{ colour: 'red' }, { colour: 'blue' }])], { columns: ['colour'] });
    expect([data.told.flows, data.told.bytes, data.columns.map(({ name }) => name)]).to.deep.equal([2, 0, ['colour']]);
    expect(flows!.getChild('colour')!.toArray()).to.deep.equal(['red', 'blue']);
  });

  it('is the same however the flows come in batches', async () => {
    const batches = await flowsOf(figures);
    const single = batches.flatMap((batch) => Array.from({ length: batch.length }, (_, row) => batch.slice(row, row + 1)));
    expect((await reportOf(single)).html).to.equal(page.html);
  });
});
