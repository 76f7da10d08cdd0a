import type { DuckDBConnection } from '@duckdb/node-api';
import { expect } from 'chai';
import { rowsOf, type Watched } from './open-page.js';

/** What SQL answers, a text a row. */
export async function rowsOfSql(connection: DuckDBConnection, text: string): Promise<string[]> {
  const rows = (await connection.runAndReadAll(text)).getRows() as unknown[][];
  return rows.map((row) => row.map(String).join('|'));
}

const sums = 'sum(bidirectional_bytes) b, sum(bidirectional_packets) p, count(*) n from flows';

/** A table of the page in SQL, by its caption; each is filtered by everything but what it chooses itself. */
export const tables: readonly (readonly [caption: string, own: string, sql: (condition: string) => string])[] = [
  ['Applications', 'application category', (condition) => `select application_name, ${sums} where ${condition} group by 1`],
  ['Categories', 'application category', (condition) => `select application_category_name, ${sums} where ${condition} group by 1`],
  ['Server ports', 'port', (condition) => `select case when dst_port = 0 then name else name || ' ' || dst_port end, ${sums} where ${condition} group by 1`],
  ['Protocols', 'protocol', (condition) => `select name, ${sums} where ${condition} group by 1`],
  ['TCP states', 'tcpState', (condition) => `select tcp_state, ${sums} where protocol = 6 and ${condition} group by 1`],
  ['TLS versions', 'tlsVersion', (condition) => `select tls_version, ${sums} where tls_version <> '' and ${condition} group by 1`],
  ['TLS clients (JA4)', 'ja4', (condition) => `select ja4, ${sums} where ja4 <> '' and ${condition} group by 1`],
  ['Server names', 'serverName', (condition) => `select requested_server_name, ${sums} where requested_server_name <> '' and ${condition} group by 1`],
  ['DNS names', 'dnsName', (condition) => `select dns_query, ${sums} where dns_query <> '' and ${condition} group by 1`],
  [
    'Hosts (from and to)',
    'host',
    (
      condition,
    ) => `with kept as (select * from flows where ${condition}), ends as (select src_ip as host, * from kept union all select dst_ip, * from kept where src_ip <> dst_ip)
      select host, sum(bidirectional_bytes) b, sum(bidirectional_packets) p, count(*) n from ends group by 1`,
  ],
  ['Pairs', 'none', (condition) => `select src_ip || ' → ' || dst_ip, ${sums} where ${condition} group by 1`],
];

/** Holds that the tables of the page are what SQL says of the flows that these conditions keep, each by the dimension that it filters. @param captions of those that are held; all of them, and the totals, without it */
export async function expectTablesOf(
  connection: DuckDBConnection,
  { page }: Watched,
  conditions: Readonly<Record<string, string>>,
  captions?: readonly string[],
): Promise<void> {
  for (const [caption, own, text] of tables) {
    if (captions !== undefined && !captions.includes(caption)) continue;
    const condition = Object.entries(conditions)
      .filter(([dimension]) => !own.split(' ').includes(dimension))
      .map(([, one]) => `(${one})`)
      .concat('true')
      .join(' and ');
    const rows = await rowsOfSql(connection, text(condition));
    const told = await rowsOf(page, caption);
    expect(told.length, caption).to.equal(Math.min(100, rows.length));
    expect(rows, caption).to.include.members(told);
  }
  const all = captions === undefined ? Object.values(conditions) : [];
  if (all.length === 0) return;
  const [answer] = await rowsOfSql(connection, `select count(*), sum(bidirectional_packets) from flows where ${all.join(' and ')}`);
  const [flows, packets] = answer!.split('|');
  expect(await page.locator('.totals').textContent()).to.match(new RegExp(`^${flows} flows · ${Number(packets).toLocaleString('en-US')} packets · `));
  expect(await page.locator('.says').textContent()).to.match(new RegExp(`^${flows} of `));
}
