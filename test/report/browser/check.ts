// The page of a report in a real browser. Run: test/report/browser/setup.sh && npx mocha test/report/browser/check.ts
// With SCREENSHOTS=folder it leaves pictures of the page there.
import { DuckDBInstance, type DuckDBConnection } from '@duckdb/node-api';
import { expect } from 'chai';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { fileURLToPath } from 'node:url';
import { aggregate, captureFile, FlowBatch, registerFlows, toReport } from '../../../lib/index.js';
import { nastyNames, streamOf } from '../../samples.js';
import { chips, choose, closeBrowser, expectNoFaults, namedColumns, openReport, seriousFaults, type Watched } from './open-page.js';
import { expectTablesOf, rowsOfSql, tables } from './page-tables.js';

const office = fileURLToPath(new URL('../../../fixtures/office.pcap', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'nfstream-report-page-'));
const path = (name: string): string => join(folder, name);
const figures = { tls: true, dns: true, risks: true, tcpState: true, tcpQuality: true } as const;

const titles = [
  'Over time',
  'Applications by category',
  'Who talks to whom',
  'Protocols',
  'Server ports',
  'Durations',
  'Sizes',
  'Rates',
  'TCP states',
  'TCP retransmissions',
  'TLS versions',
  'TLS clients (JA4)',
  'Server names',
  'DNS names',
  'DNS answers',
  'DNS failures',
  'Risks by severity',
  'Flows',
];

const names = [
  '</script><script>alert(1)</script>',
  '<img src=x onerror=alert(2)>',
  '"><svg onload=alert(3)>',
  'javascript:alert(4)',
  '{marker|x} {a|b}',
  '\u202egnp.exe\u202c and \u2066more',
  'x'.repeat(10_000),
  '__proto__',
  'constructor',
  ...nastyNames,
];

let connection: DuckDBConnection;
let startMs = 0;

const sql = (text: string): Promise<string[]> => rowsOfSql(connection, text);
const expectTables = (watched: Watched, conditions: Readonly<Record<string, string>>, captions?: readonly string[]): Promise<void> =>
  expectTablesOf(connection, watched, conditions, captions);

describe('the page of a report', () => {
  before(async () => {
    connection = await (await DuckDBInstance.create(':memory:', { threads: '1' })).connect();
    const batches: FlowBatch[] = [];
    for await (const batch of captureFile(office).pipe(aggregate(figures)) as AsyncIterable<FlowBatch>) batches.push(batch);
    await registerFlows(connection, 'f', streamOf(batches));
    await connection.run(
      `create table flows as select *, case protocol when 6 then 'TCP' when 17 then 'UDP' when 1 then 'ICMP' else 'ICMPv6' end as name from f`,
    );
    await pipeline(streamOf(batches), toReport(path('office.html'), { title: 'office.pcap' }));
    await pipeline(streamOf(batches), toReport(path('sums.html'), { flowBytes: 0 }));
    const hostile = names.map((name, n) => ({
      protocol: 6,
      dst_port: n,
      bidirectional_first_seen_ms: 1_714_000_000_000 + n,
      bidirectional_last_seen_ms: 1_714_000_000_000 + 50 * n,
      bidirectional_packets: 1,
      bidirectional_bytes: 100 + n,
      risk_score: 10,
      dns_response_code: n % 4,
      ...Object.fromEntries(namedColumns.map((column) => [column, name])),
    }));
    for (const [name, flowBytes] of [
      ['hostile.html', 20_000_000],
      ['hostile-sums.html', 0],
    ] as const)
      await pipeline(streamOf([FlowBatch.from(hostile)]), toReport(path(name), { flowBytes, title: names[0]! }));
    startMs = Number((await sql('select min(bidirectional_first_seen_ms) from flows'))[0]);
  });
  after(async () => {
    await closeBrowser();
    connection.closeSync();
    rmSync(folder, { recursive: true });
  });

  for (const theme of ['light', 'dark'] as const) {
    it(`draws every figure, ${theme}, without a fault or a request`, async () => {
      const watched = await openReport(path('office.html'), { colorScheme: theme });
      const { page } = watched;
      expect(await page.locator('section.panel:not([hidden]) h2').allTextContents()).to.deep.equal(titles);
      const blank: string[] = await page.evaluate(() => {
        const dom = globalThis as any;
        const charts = [...dom.document.querySelectorAll('.chart')].filter((chart: any) => chart.clientWidth > 0);
        if (charts.length < 10) return ['charts'];
        const blankOnes = charts.filter((chart: any) => {
          const canvas = chart.querySelector('canvas');
          if (canvas === null) return true;
          const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
          return new Set(new Uint32Array(data.buffer)).size < 8;
        });
        return blankOnes.map((chart: any) => chart.getAttribute('aria-label') as string);
      });
      expect(blank).to.deep.equal([]);
      expect(await page.evaluate(() => (globalThis as any).document.documentElement.dataset.theme as string)).to.equal(theme);
      expect(await seriousFaults(page)).to.deep.equal([]);
      const shots = process.env['SCREENSHOTS'];
      if (shots !== undefined) await page.screenshot({ path: join(shots, `${theme}.png`), fullPage: true });
      expectNoFaults(watched);
      await page.close();
    });
  }

  it('changes between light and dark, and has patterns when asked', async () => {
    const watched = await openReport(path('office.html'));
    const { page } = watched;
    const background = (): Promise<string> =>
      page.evaluate(() => (globalThis as any).getComputedStyle((globalThis as any).document.body).backgroundColor as string);
    const before = await background();
    await page.locator('button').filter({ hasText: 'Light or dark' }).click();
    expect(await background()).to.not.equal(before);
    const picture = (): Promise<string> => page.evaluate(() => (globalThis as any).document.querySelector('.chart.time canvas').toDataURL() as string);
    const plain = await picture();
    await page.locator('button').filter({ hasText: 'Patterns' }).click();
    expect(await picture()).to.not.equal(plain);
    expectNoFaults(watched);
    await page.close();
  });

  const spanSql = (from: number, to: number): string => `bidirectional_first_seen_ms < ${to} and bidirectional_last_seen_ms >= ${from}`;

  it('filters as SQL does over the same flows, by application, host, time and what else there is', async () => {
    const watched = await openReport(path('office.html'));
    const { page } = watched;
    await expectTables(watched, {});
    await choose(page, 'Applications', 'TLS.Google');
    await expectTables(watched, { application: `application_name = 'TLS.Google'` });
    await choose(page, 'Applications', 'DNS.Google');
    await choose(page, 'Hosts (from and to)', '192.168.1.10');
    const conditions: Record<string, string> = {
      application: `application_name in ('TLS.Google', 'DNS.Google')`,
      host: `'192.168.1.10' in (src_ip, dst_ip)`,
    };
    await expectTables(watched, conditions);
    await page.locator('.chips button').filter({ hasText: 'Remove all' }).click();
    await expectTables(watched, {});
    for (const [caption, name, own, condition] of [
      ['Protocols', 'UDP', 'protocol', 'protocol = 17'],
      ['Server ports', 'TCP 443', 'port', 'dst_port = 443'],
      ['TLS versions', 'TLSv1.3', 'tlsVersion', `tls_version = 'TLSv1.3'`],
      ['Server names', 'www.google.com', 'serverName', `requested_server_name = 'www.google.com'`],
      ['Risks by severity', 'TLS Certificate Validity Too Long', 'risk', `risks like '%TLS Certificate Validity Too Long%'`],
      ['Categories', 'Web', 'category', `application_category_name = 'Web'`],
      ['DNS answers', 'NXDomain', 'dnsCode', 'dns_response_code = 3'],
    ] as const) {
      await choose(page, caption, name);
      await expectTables(watched, { [own]: condition });
      await choose(page, caption, name);
    }
    await page.evaluate(() => {
      const [from, to] = (globalThis as any).document.querySelectorAll('.sliders input');
      [from.value, to.value] = ['50', '99'];
      to.dispatchEvent(new Event('change'));
    });
    // Bins have 200 ms, and begin at a multiple of that.
    const bin = Math.floor(startMs / 200);
    await expectTables(watched, { time: spanSql((bin + 50) * 200, (bin + 100) * 200) });
    await choose(page, 'Protocols', 'TCP');
    await expectTables(watched, { time: spanSql((bin + 50) * 200, (bin + 100) * 200), protocol: 'protocol = 6' });
    expect(await chips(page)).to.have.length(3);
    expectNoFaults(watched);
    await page.close();
  });

  it('filters by a click on an application, a host, or by drawing a span of time', async () => {
    const watched = await openReport(path('office.html'));
    const { page } = watched;
    const at = async (selector: string, x: number, y: number): Promise<[number, number]> => {
      await page.locator(selector).first().scrollIntoViewIfNeeded();
      const box = (await page.locator(selector).first().boundingBox())!;
      return [box.x + x * box.width, box.y + y * box.height];
    };
    await page.mouse.click(...(await at('.chart.tree', 0.1, 0.15)));
    expect(await chips(page)).to.have.length(1);
    expect((await chips(page))[0]).to.match(/^application: /);
    await page.locator('.chips button').first().click();
    await page.mouse.move(...(await at('.chart.time', 0.3, 0.6)));
    await page.mouse.down();
    await page.mouse.move(...(await at('.chart.time', 0.5, 0.6)), { steps: 5 });
    await page.mouse.up();
    await page.waitForSelector('.chips button');
    expect((await chips(page))[0]).to.match(/^time: 2026-\d\d-\d\d /);
    await page.locator('.chips button').first().click();
    await page.mouse.click(...(await at('.chart.bars', 0.3, 0.15)));
    expect((await chips(page))[0]).to.match(/^protocol: TCP/);
    expectNoFaults(watched);
    await page.close();
  });

  it('can be used with the keyboard, and keeps the focus', async () => {
    const watched = await openReport(path('office.html'));
    const { page } = watched;
    await page.locator('section[aria-label="Server names"] button.name').first().focus();
    const focused = (): Promise<string> => page.evaluate(() => (globalThis as any).document.activeElement.textContent as string);
    const name = await focused();
    await page.keyboard.press('Enter');
    expect(await chips(page)).to.deep.equal([`server name: ${name}`]);
    expect(await focused()).to.equal(name);
    await page.keyboard.press('Enter');
    expect(await chips(page)).to.deep.equal([]);
    expectNoFaults(watched);
    await page.close();
  });

  it('sorts, searches and saves the flows that the filters keep', async () => {
    const watched = await openReport(path('office.html'));
    const { page } = watched;
    const column = (at: number): Promise<string[]> => page.locator(`table.flows tbody td:nth-child(${at})`).allTextContents();
    const head = (await page.locator('table.flows th').allTextContents()).map((text) => text.replaceAll(' ', '_'));
    for (const [name, order] of [
      ['requested_server_name', 'desc'],
      ['bidirectional_bytes', 'desc'],
    ] as const) {
      await page
        .locator('table.flows th button')
        .filter({ hasText: new RegExp(`^${name.replaceAll('_', ' ')}$`) })
        .click();
      if (name === 'requested_server_name')
        await page
          .locator('table.flows th button')
          .filter({ hasText: new RegExp(`^${name.replaceAll('_', ' ')}$`) })
          .click();
      const expected = await sql(
        `select src_port from flows order by lower(${name}) ${order}, id limit 50`.replace('lower(bidirectional_bytes)', 'bidirectional_bytes'),
      );
      expect(await column(head.indexOf('src_port') + 1), name).to.deep.equal(expected);
    }
    await page.locator('input[type=search]').fill('GOOGLE');
    const like = ['requested_server_name', 'application_name', 'dns_query', 'application_category_name'].map((one) => `${one} ilike '%google%'`).join(' or ');
    const [found] = await sql(`select count(*) from flows where ${like}`);
    await page.waitForSelector(`.says:text-matches("^${found} of ")`);
    await choose(page, 'Applications', 'TLS.Google');
    const download = page.waitForEvent('download');
    await page.locator('button').filter({ hasText: 'Save as CSV' }).click();
    const saved = await download;
    expect(saved.suggestedFilename()).to.equal('flows.csv');
    const lines = readFileSync(await saved.path(), 'utf8')
      .trim()
      .split('\n');
    expect(lines[0]!.split(',')).to.deep.equal(head);
    const rows = await sql(
      `select ${head.map((name) => `coalesce(${name}::text, '')`).join()} from flows where application_name = 'TLS.Google' order by bidirectional_bytes desc, id`,
    );
    expect(lines.slice(1)).to.deep.equal(
      rows.map((row) =>
        row
          .split('|')
          .map((cell) => (/[",]/.test(cell) ? `"${cell}"` : cell))
          .join(),
      ),
    );
    expectNoFaults(watched);
    await page.close();
  });

  it('finds the longest, the largest and the strangest', async () => {
    const watched = await openReport(path('office.html'));
    const { page } = watched;
    const head = (await page.locator('table.flows th').allTextContents()).map((text) => text.replaceAll(' ', '_'));
    const ports = (): Promise<string[]> => page.locator(`table.flows tbody td:nth-child(${head.indexOf('src_port') + 1})`).allTextContents();
    for (const [order, by] of [
      ['Longest', 'bidirectional_duration_ms'],
      ['Largest', 'bidirectional_bytes'],
      ['Strangest', '(log2(194 / count(*) over (partition by protocol, dst_port, application_name)) + risk_score / 10)'],
    ] as const) {
      await page.locator('button').filter({ hasText: order }).click();
      expect(await ports(), order).to.deep.equal(await sql(`select src_port from flows order by round(${by}, 6) desc, id limit 50`));
    }
    expectNoFaults(watched);
    await page.close();
  });

  it('without flows filters sums along what they have, and says what it can not', async () => {
    const watched = await openReport(path('sums.html'));
    const { page } = watched;
    await expectTables(
      watched,
      {},
      tables.map(([caption]) => caption),
    );
    await choose(page, 'Applications', 'TLS.Google');
    const condition = { application: `application_name = 'TLS.Google'` };
    await expectTables(
      watched,
      condition,
      tables.map(([caption]) => caption),
    );
    expect(await page.locator('.note:not([hidden])').count()).to.equal(0);
    await choose(page, 'Applications', 'TLS.Google');
    await choose(page, 'Hosts (from and to)', '192.168.1.10');
    await expectTables(watched, { host: `'192.168.1.10' in (src_ip, dst_ip)` }, ['Pairs', 'Hosts (from and to)']);
    await expectTables(watched, {}, ['Server ports', 'Protocols', 'Applications']);
    expect(await page.locator('section[aria-label="Server ports"] .note').textContent()).to.match(/^Not filtered by host/);
    expect(await page.locator('.banner').textContent()).to.match(/sums that were made while they came/);
    expect(await seriousFaults(page)).to.deep.equal([]);
    expectNoFaults(watched);
    await page.close();
  });

  for (const file of ['hostile.html', 'hostile-sums.html']) {
    it(`shows hostile names as text only: ${file}`, async () => {
      const watched = await openReport(path(file));
      const { page } = watched;
      const made = await page.evaluate(() => {
        const { document } = globalThis as any;
        return [
          document.querySelectorAll('main img, main svg, main script, main a').length,
          [...document.querySelectorAll('*')].filter((one: any) => [...one.attributes].some(({ name }: any) => name.startsWith('on'))).length,
        ];
      });
      expect(made).to.deep.equal([0, 0]);
      const text = (await page.evaluate(() => (globalThis as any).document.querySelector('main').textContent as string)) ?? '';
      for (const name of names.slice(0, 5)) expect(text).to.include(name);
      expect(text).to.include('\\u202egnp.exe').and.not.include('\u202e');
      for (const caption of ['Applications', 'Server names', 'Hosts (from and to)', 'DNS names']) await choose(page, caption, names[1]!);
      expect(await chips(page)).to.include(`host: ${names[1]}`);
      const box = (await page.locator('.chart.tree').boundingBox())!;
      await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
      const bars = (await page.locator('.chart.bars').first().boundingBox())!;
      await page.mouse.move(bars.x + bars.width / 3, bars.y + 15);
      expectNoFaults(watched);
      await page.close();
    });
  }

  it('fits a narrow window, and paper', async () => {
    const watched = await openReport(path('office.html'), { viewport: { width: 400, height: 800 } });
    const { page } = watched;
    expect(await page.evaluate(() => (globalThis as any).document.documentElement.scrollWidth as number)).to.be.at.most(400);
    const shots = process.env['SCREENSHOTS'];
    if (shots !== undefined) await page.screenshot({ path: join(shots, 'narrow.png'), fullPage: true });
    await page.setViewportSize({ width: 1280, height: 900 });
    const pdf = await page.pdf({ format: 'A4', ...(shots !== undefined && { path: join(shots, 'print.pdf') }) });
    expect(pdf.toString('latin1').match(/\/Type \/Page\b/g)!.length).to.be.within(2, 8);
    expectNoFaults(watched);
    await page.close();
  });
});
