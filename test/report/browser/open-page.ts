import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import { expect } from 'chai';

// The types of what setup.sh installs are not there where it was not run: what is used of them is written down here.

/** Columns of what a page shows by name, most of which the network writes. */
export const namedColumns = [
  ...['src_ip', 'dst_ip', 'application_name', 'application_category_name', 'requested_server_name'],
  ...['tls_version', 'ja4', 'dns_query', 'risks', 'tcp_state'],
];

/** A page of the browser. */
export interface BrowserPage {
  goto(url: string): Promise<unknown>;
  evaluate<Result, Given = undefined>(run: string | ((given: Given) => Result | Promise<Result>), given?: Given): Promise<Result>;
  waitForSelector(selector: string, options?: object): Promise<unknown>;
  locator(selector: string): Locator;
  keyboard: { press(key: string): Promise<void> };
  mouse: {
    click(x: number, y: number): Promise<void>;
    move(x: number, y: number, options?: object): Promise<void>;
    down(): Promise<void>;
    up(): Promise<void>;
  };
  waitForEvent(name: 'download'): Promise<{ path(): Promise<string>; suggestedFilename(): string }>;
  on(name: string, listen: (event: any) => void): void;
  screenshot(options: object): Promise<Buffer>;
  pdf(options: object): Promise<Buffer>;
  emulateMedia(options: object): Promise<void>;
  setViewportSize(size: { width: number; height: number }): Promise<void>;
  close(): Promise<void>;
}

/** Some elements of it. */
export interface Locator {
  click(options?: object): Promise<void>;
  fill(text: string): Promise<void>;
  focus(): Promise<void>;
  count(): Promise<number>;
  first(): Locator;
  filter(options: object): Locator;
  locator(selector: string): Locator;
  textContent(): Promise<string | null>;
  allTextContents(): Promise<string[]>;
  getAttribute(name: string): Promise<string | null>;
  boundingBox(): Promise<{ x: number; y: number; width: number; height: number } | null>;
  scrollIntoViewIfNeeded(): Promise<void>;
  evaluate<Result>(run: (element: any, given: any) => Result, given?: unknown): Promise<Result>;
}

interface Browser {
  newContext(options: object): Promise<{ newPage(): Promise<BrowserPage>; close(): Promise<void> }>;
  close(): Promise<void>;
}

const require = createRequire(import.meta.url);

let browser: Browser | null = null;

/** What a page has done that it should not. */
export interface Watched {
  readonly page: BrowserPage;
  /** Errors and warnings of its console, requests besides that for itself, dialogs, exceptions. */
  readonly faults: readonly string[];
}

/** Opens a report, and waits until all of it is there. */
export async function openReport(path: string, options: object = {}): Promise<Watched> {
  const url = pathToFileURL(path).href;
  const watched = await openPage(url, [url, 'blob:'], options);
  await watched.page.waitForSelector('html[data-ready]', { timeout: 60_000 });
  return watched;
}

/** Opens a page. @param asked what its requests may begin with */
export async function openPage(url: string, asked: readonly string[], options: object = {}): Promise<Watched> {
  browser ??= (await require('playwright-core').chromium.launch({
    executablePath: process.env['CHROMIUM'] ?? '/usr/bin/chromium',
    args: ['--no-sandbox', '--enable-precise-memory-info', '--js-flags=--expose-gc'],
  })) as Browser;
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, acceptDownloads: true, ...options });
  const page = await context.newPage();
  const faults: string[] = [];
  page.on('console', (message) => faults.push(`console ${message.type()}: ${message.text()}`));
  page.on('pageerror', (error) => faults.push(`exception: ${error.message}`));
  page.on('dialog', (dialog) => {
    faults.push(`dialog: ${dialog.message()}`);
    void dialog.dismiss();
  });
  page.on('request', (request) => {
    if (!asked.some((start) => request.url().startsWith(start))) faults.push(`request: ${request.url()}`);
  });
  await page.goto(url);
  return { page, faults };
}

/** Ends the browser. */
export async function closeBrowser(): Promise<void> {
  await browser?.close();
  browser = null;
}

/** What axe finds that is serious or worse. */
export async function seriousFaults(page: BrowserPage): Promise<string[]> {
  const { AxeBuilder } = require('@axe-core/playwright');
  const { violations } = await new AxeBuilder({ page }).analyze();
  const serious = violations.filter(({ impact }: { impact: string }) => impact === 'serious' || impact === 'critical');
  return serious.map(
    ({ id, nodes }: { id: string; nodes: { target: string[]; failureSummary: string }[] }) => `${id}: ${nodes[0]!.target.join()} ${nodes[0]!.failureSummary}`,
  );
}

/** The rows of a table by its caption: the name, and the exact numbers behind it. */
export function rowsOf(page: BrowserPage, caption: string): Promise<string[]> {
  return page.evaluate((wanted: string) => {
    const dom = globalThis as any;
    const table = [...dom.document.querySelectorAll('table')].find((one: any) => one.caption?.textContent.split(',')[0] === wanted);
    if (table === undefined) throw new Error(`There is no table ${wanted}.`);
    return [...table.tBodies[0].rows].map((row: any) =>
      [...row.cells].map((cell: any, at: number) => (at === 0 ? cell.textContent : cell.title.replaceAll(',', ''))).join('|'),
    );
  }, caption);
}

/** Clicks a name in a table, which is unfolded for that. */
export async function choose(page: BrowserPage, caption: string, name: string): Promise<void> {
  await page.evaluate(
    ({ caption: wanted, name: text }: { caption: string; name: string }) => {
      const dom = globalThis as any;
      const table = [...dom.document.querySelectorAll('table')].find((one: any) => one.caption?.textContent.split(',')[0] === wanted);
      const details = table.closest('details');
      if (details !== null) details.open = true;
      [...table.querySelectorAll('button')].find((button: any) => button.textContent === text).click();
    },
    { caption, name },
  );
}

/** The filters that the page shows. */
export async function chips(page: BrowserPage): Promise<string[]> {
  return (await page.locator('.chips button').allTextContents()).map((text) => text.replace(/ ✕$/, ''));
}

/** Holds that a page did nothing that it should not. */
export function expectNoFaults({ faults }: Watched): void {
  expect(faults).to.deep.equal([]);
}
