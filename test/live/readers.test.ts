import { execFile } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { captureLive } from '../../lib/live/index.js';
import { programArgs } from '../program.js';
import { ticksUntil, until } from '../waiting.js';
import { needsCapture, needsNamespaces } from './rights.js';
import { Traffic } from './traffic.js';

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

interface Told {
  received: number;
  bytes: number;
  dropped: number;
  packets: number;
  latePackets: number;
  rows: string[];
}

/** Threads of this process that read for a capture. */
function lanes(): number {
  const names = readdirSync('/proc/self/task').flatMap((thread) => {
    try {
      return [readFileSync(`/proc/self/task/${thread}/comm`, 'utf8').trim()];
    } catch {
      return []; // it has ended meanwhile
    }
  });
  return names.filter((name) => name === 'nfstream lane').length;
}

describe('several readers of a device', () => {
  it('give the flows that one gives, of both directions, fragments, tags and tunnels', async function () {
    needsNamespaces(this);
    const captures = ['office', 'fragments', 'ipv6', 'vxlan', 'traceroute', 'dhcp', 'tls'].map((name) => here(`../../fixtures/${name}.pcap`));
    const program = [process.execPath, ...(await programArgs(here('programs/beside-each-other.ts'))), '1,2,5', ...captures];
    const { stdout } = await promisify(execFile)('unshare', ['--net', ...program], { maxBuffer: 1 << 26, cwd: here('../..') });
    const { sent, told } = JSON.parse(stdout) as { sent: number; told: Told[] };
    const [one, ...others] = told;
    expect(one).to.include({ received: sent, dropped: 0 });
    expect(one!.rows.length).to.be.above(100);
    expect(one!.rows.filter((row) => (JSON.parse(row) as { dst2src_packets: number }).dst2src_packets > 0).length).to.be.above(50);
    for (const other of others) expect(other).to.deep.equal(one);
  });

  it('end when they are stopped, left or destroyed, and leave no thread', async function () {
    await needsCapture(this);
    const traffic = await Traffic.open();
    try {
      for (const end of ['stop', 'destroy'] as const) {
        const source = captureLive('lo', { filter: traffic.filter, readers: 3 });
        source.resume();
        await source.open();
        expect(lanes()).to.equal(3);
        await traffic.send(50);
        await until(() => source.report().received === 50);
        const closed = new Promise<void>((resolve) => source.once('close', resolve));
        source[end]();
        expect(await ticksUntil(closed)).to.be.below(30);
        expect(lanes()).to.equal(0);
        traffic.sent = 0;
      }
      const left = captureLive('lo', { filter: traffic.filter, readers: 2 });
      await left.open();
      await traffic.send(1);
      for await (const batch of left) {
        expect(batch.length).to.equal(1);
        break;
      }
      await until(() => lanes() === 0);
    } finally {
      traffic.close();
    }
  });
});
