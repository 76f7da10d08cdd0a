import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { closeBrowser, openPage } from '../../test/report/browser/open-page.js';
import { lastReport, startOurs } from './probes.js';
import type { Wire } from './wire.js';

/**
 * A page of the dashboard that stays open: what the probe and the page hold, told minute by minute. It takes test/report/browser/setup.sh.
 * @param folder for files, @param send sends the load for so many seconds
 */
export async function watchDashboard(wire: Wire, folder: string, minutes: number, send: (seconds: number) => Promise<unknown>): Promise<void> {
  wire.exec('ip', 'link', 'set', 'lo', 'up');
  const program = await startOurs(wire, ['-o', join(folder, 'watch.csv'), '--fields', 'protocol', '--idle-timeout', '15', '--dashboard', '0']);
  const url = /The dashboard is at (\S+)/;
  while (!url.test(program.output)) await pause(20);
  const [, address] = url.exec(program.output)!;
  // The page lives where the probe does, as the address is one of the loopback.
  const browser = join(folder, 'chromium.sh');
  writeFileSync(browser, `#!/bin/sh\nexec ip netns exec ${wire.name} ${process.env['CHROMIUM'] ?? '/usr/bin/chromium'} "$@"\n`);
  chmodSync(browser, 0o755);
  process.env['CHROMIUM'] = browser;
  const { page, faults } = await openPage(address!, [new URL(address!).origin]);
  await page.waitForSelector('html[data-ready]', { timeout: 60_000 });
  const sending = send(minutes * 60);
  for (let minute = 1; minute <= minutes; minute++) {
    await pause(60_000);
    const heap = await page.evaluate<number>('globalThis.gc(), performance.memory.usedJSHeapSize');
    const { resident, threads, descriptors } = program.look();
    const asOf = await page.locator('.state').textContent();
    console.log(
      `${minute} min: probe ${(resident / 1e6).toFixed(0)} MB, ${threads} threads, ${descriptors} descriptors; page ${(heap / 1e6).toFixed(1)} MB, ${asOf?.slice(-14)}`,
    );
  }
  await sending;
  await page.close();
  await closeBrowser();
  await program.end('SIGINT');
  const { source } = lastReport(program);
  console.log(`received ${source.received}, dropped ${source.droppedByKernel + source.droppedByCredit}; faults of the page: ${faults.join('; ') || 'none'}`);
}
