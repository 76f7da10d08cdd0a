// The page of a run that goes on, in a real browser. Run: test/report/browser/setup.sh && npx mocha test/report/browser/dashboard-check.ts
// With SCREENSHOTS=folder it leaves pictures of the page there.
import { expect } from 'chai';
import { join } from 'node:path';
import { FlowBatch } from '../../../lib/index.js';
import { nastyNames } from '../../samples.js';
import { thorough } from '../../thorough.js';
import { until } from '../../waiting.js';
import { LivePage, officeFlows } from './live-page.js';
import { chips, choose, closeBrowser, expectNoFaults, namedColumns, openPage, rowsOf, seriousFaults, type Watched } from './open-page.js';

const shots = process.env['SCREENSHOTS'];

describe('the page of a run that goes on', function () {
  this.timeout(60_000);
  let office: FlowBatch[];
  const open: LivePage[] = [];

  /** A page that has seen half a minute of the office's flows. */
  async function watch(batches = office, options: object = {}, title = 'eth0'): Promise<{ live: LivePage; watched: Watched }> {
    const live = await LivePage.open(title);
    open.push(live);
    const { origin } = new URL(live.server.url);
    const watched = await openPage(live.server.url, [origin], options);
    await until(() => live.server.pages === 1);
    await live.seconds(15, batches);
    await watched.page.waitForSelector('html[data-ready]');
    await seen(live, watched);
    return { live, watched };
  }

  /** Waits until the page shows the last second. */
  async function seen(live: LivePage, { page }: Watched): Promise<void> {
    const clock = new Date(live.nowMs).toISOString().slice(11, 19);
    await page.waitForSelector(`.state:has-text("${clock}")`);
  }

  before(async () => {
    office = await officeFlows();
  });
  afterEach(() => Promise.all(open.splice(0).map((live) => live.server.close())));
  after(closeBrowser);

  for (const theme of ['light', 'dark'] as const)
    it(`draws every figure, ${theme}, without a fault or a request but its own`, async () => {
      const { watched } = await watch(office, { colorScheme: theme });
      const { page } = watched;
      const titles = await page.locator('section.panel:not([hidden]) h2').allTextContents();
      expect(titles).to.include.members([
        'Over time',
        'Applications by category',
        'Who talks to whom',
        'Durations',
        'TCP states',
        'DNS names',
        'Risks by severity',
      ]);
      expect(titles).to.not.include('Flows');
      expect(await page.locator('.state').textContent()).to.match(
        /^Packets1\.23 k\/sBytes5\.6 MB\/sOpen flows12\.3 k \(12\.3 % of the table\)Dropped packets0As of/,
      );
      expect(await page.locator('.sliders').count()).to.equal(0);
      expect(await seriousFaults(page)).to.deep.equal([]);
      if (shots !== undefined) await page.screenshot({ path: join(shots, `dashboard-${theme}.png`), fullPage: true });
      expectNoFaults(watched);
      await page.close();
    });

  it('shows what comes, as it comes, and filters by what is clicked', async () => {
    const { live, watched } = await watch();
    const { page } = watched;
    const ssh = async (): Promise<string> => (await rowsOf(page, 'Applications')).find((row) => row.startsWith('SSH'))!;
    const [, before] = (await ssh()).split('|');
    await live.seconds(5, office);
    await seen(live, watched);
    const [, after] = (await ssh()).split('|');
    expect(Number(after)).to.be.above(Number(before));
    await choose(page, 'Applications', 'SSH');
    expect(await chips(page)).to.deep.equal(['application: SSH']);
    await live.seconds(5, office);
    await seen(live, watched);
    expect((await rowsOf(page, 'Server ports')).map((row) => row.split('|')[0])).to.deep.equal(['TCP 22']);
    expectNoFaults(watched);
    await page.close();
  });

  it('changes the window, and stands still while it is paused', async () => {
    const { live, watched } = await watch();
    const { page } = watched;
    await page.locator('button').filter({ hasText: 'Last hour' }).click();
    await until(() => live.server.pages === 1);
    await live.seconds(2, office);
    await page.waitForSelector('.totals:has-text("3.6e+3 s"), .totals:has-text("60 min"), .totals:has-text("1 h")');
    await page.locator('button').filter({ hasText: 'Pause' }).click();
    await until(() => live.server.pages === 0);
    const clock = await page.locator('.state').textContent();
    await live.seconds(3, office);
    expect(await page.locator('.state').textContent()).to.equal(clock);
    await page.locator('button').filter({ hasText: 'Go on' }).click();
    await until(() => live.server.pages === 1);
    await live.seconds(1, office);
    await seen(live, watched);
    expectNoFaults(watched);
    await page.close();
  });

  it('says what was dropped, which devices are away, that figures are estimated, and that the table is nearly full', async () => {
    const { live, watched } = await watch();
    live.state = { ...live.state, dropped: { kernel: 5, credit: 7, interface: 0 }, away: ['eth1'], openFlows: 95_000 };
    live.figures.add(
      office.find(({ length }) => length > 0)!,
      1e6,
    );
    await live.seconds(1, office);
    await seen(live, watched);
    const bad = await watched.page.locator('.fact.bad').allTextContents();
    expect(bad).to.deep.equal(['Open flows95 k (95.0 % of the table)', 'Dropped packets12', 'Awayeth1']);
    expect(await watched.page.locator('.state').textContent()).to.include('Figuresestimated');
    expect(await seriousFaults(watched.page)).to.deep.equal([]);
    if (shots !== undefined) await watched.page.screenshot({ path: join(shots, 'dashboard-trouble.png') });
    await watched.page.close();
  });

  it('says that the run has ended, and that a token is wrong', async () => {
    const { live, watched } = await watch();
    await live.server.close();
    await watched.page.waitForSelector('[role=status]:has-text("The run has ended")');
    expectNoFaults(watched);
    await watched.page.close();
    const other = await LivePage.open();
    open.push(other);
    const wrong = await openPage(`${new URL(other.server.url).origin}/#wrong`, [new URL(other.server.url).origin]);
    await wrong.page.waitForSelector('[role=status]:has-text("The token in the address of this page is wrong")');
    await wrong.page.close();
  });

  it('shows hostile names as text only', async () => {
    const names = ['</script><script>alert(1)</script>', '<img src=x onerror=alert(2)>', '\u202egnp.exe', 'x'.repeat(10_000), '__proto__', ...nastyNames];
    const hostile = names.map((name, n) => ({
      ...{ protocol: 6, dst_port: n, bidirectional_packets: 1, bidirectional_bytes: 100, new_packets: 1, new_bytes: 100 + n, risk_score: 10 },
      ...Object.fromEntries(namedColumns.map((column) => [column, name])),
    }));
    const { watched } = await watch([FlowBatch.from(hostile)], {}, names[0]);
    const { page } = watched;
    const made = await page.evaluate(
      () => (globalThis as any).document.querySelectorAll('#report img, #report svg, #report script, #report a').length as number,
    );
    expect(made).to.equal(0);
    const text = await page.evaluate(() => (globalThis as any).document.querySelector('#report').textContent as string);
    for (const name of names.slice(0, 2)) expect(text).to.include(name);
    expect(text).to.include('\\u202egnp.exe').and.not.include('\u202e');
    expectNoFaults(watched);
    await page.close();
  });

  it('fits a narrow window', async () => {
    const { watched } = await watch(office, { viewport: { width: 400, height: 800 } });
    const { page } = watched;
    expect(await page.evaluate(() => (globalThis as any).document.documentElement.scrollWidth as number)).to.be.at.most(400);
    if (shots !== undefined) await page.screenshot({ path: join(shots, 'dashboard-narrow.png'), fullPage: true });
    expectNoFaults(watched);
    await page.close();
  });

  it('keeps its memory while it is open for long', async function () {
    this.timeout(600_000);
    const { live, watched } = await watch();
    const { page } = watched;
    const heap = (): Promise<number> =>
      page.evaluate(() => {
        const dom = globalThis as any;
        dom.gc?.();
        return dom.performance.memory.usedJSHeapSize as number;
      });
    await live.seconds(60, office);
    await seen(live, watched);
    const before = await heap();
    await live.seconds(thorough ? 1800 : 60, office);
    await seen(live, watched);
    expect((await heap()) / before).to.be.below(1.6);
    expectNoFaults(watched);
    await page.close();
  });
});
