import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { expect } from 'chai';
import { thorough } from '../thorough.js';
import { until } from '../waiting.js';
import { needsNamespaces } from './rights.js';
import { lastReport } from './last-report.js';
import { sentBy, Wire, type Running } from './wire.js';

/** Probes on one wire that are interrupted, and that lose it, and how often that is done. */
const [interrupted, cutOff, rounds] = thorough ? [5, 2, 6] : [1, 1, 1];
/** Longest time under load, in milliseconds. */
const longest = thorough ? 1500 : 300;

describe('a capture that ends under load', function () {
  this.timeout(600_000);
  const folder = mkdtempSync(join(tmpdir(), 'nfstream-closing-'));
  let wire: Wire | undefined;

  before(function () {
    needsNamespaces(this);
  });
  afterEach(async () => {
    await wire?.close();
    wire = undefined;
  });
  after(() => rmSync(folder, { recursive: true }));

  const fileOf = (at: number): string => join(folder, `${at}.csv`);

  async function underLoad(): Promise<{ probes: Running[]; load: Running }> {
    wire = new Wire();
    const args = ['--fields', 'bidirectional_packets', '--dissections', '0', '--buffer-size', '1048576', '--report', '0.05'];
    const probes = Array.from({ length: interrupted + cutOff }, (_, at) => wire!.nfstream(['probe', '-o', fileOf(at), ...args]));
    for (const probe of probes) await until(() => probe.stderr.includes('"received"') || probe.child.exitCode !== null);
    const load = wire.send(0, 2000);
    for (const probe of probes) await until(() => lastReport(probe).source.received > 0);
    return { probes, load };
  }

  /** Every packet that the kernel had for the probe is in a flow, ignored, or counted as dropped. */
  function expectWhole(probe: Running, at: number, sent: number): void {
    const { source, flows } = lastReport(probe);
    const inFlows = readFileSync(fileOf(at), 'utf8')
      .trim()
      .split('\n')
      .slice(1)
      .reduce((sum, packets) => sum + Number(packets), 0);
    const ignored = Object.values(flows.ignored).reduce((sum, packets) => sum + packets, 0);
    expect(flows.packets).to.equal(inFlows);
    expect(source.received).to.equal(inFlows + ignored);
    const [device] = source.byDevice;
    expect(inFlows + ignored + source.droppedByKernel + source.droppedByCredit).to.equal(device!.arrived);
    expect(device!.arrived).to.be.most(sent);
    expect(inFlows).to.be.above(0);
  }

  for (let round = 1; round <= rounds; round++) {
    it(`has every packet somewhere, interrupted or without its device, round ${round}`, async () => {
      const { probes, load } = await underLoad();
      await Promise.all(
        probes.slice(0, interrupted).map(async (probe) => {
          await pause(Math.random() * longest);
          probe.child.kill('SIGINT');
          expect(await probe.ended).to.equal(130);
        }),
      );
      wire!.disconnect();
      for (const probe of probes.slice(interrupted)) expect(await probe.ended).to.equal(1);
      await load.ended;
      probes.forEach((probe, at) => expectWhole(probe, at, sentBy(load)));
    });
  }
});
