import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import type { AggregateOptions } from '../../lib/index.js';
import { thorough } from '../thorough.js';
import { packetsOf, proveCuts, proveOrder, proveStatistics, type Packets } from './proofs.js';

const folder = fileURLToPath(new URL('../../fixtures/', import.meta.url));
const capturesIn = (path: string): string[] =>
  readdirSync(join(folder, path))
    .filter((name) => /\.(pcap|pcapng)$/.test(name))
    .map((name) => join(path, name));

/** Captures whose link type or file is refused before the first packet. */
const notRead = new Set(['built/gzip-named-pcap.pcap']);
/** Those that are built byte by byte differ in what is around IP, which hooks see little of: a third of them is enough where time matters. */
const built = capturesIn('built').filter((name, index) => thorough || index % 3 === 0 || name === 'built/clock-backwards.pcap');
const captures = [...capturesIn(''), ...built].filter((name) => !notRead.has(name));

/** Where flows end in every way there is. */
const runs: readonly AggregateOptions[] = [
  {},
  { idleTimeout: 1, activeTimeout: 3, capacity: 3 },
  { idleTimeout: 0, accountingMode: 'payload' },
  { idleTimeout: 20, activeTimeout: 0.5, accountingMode: 'ip', tcpExpiry: 'fin', tcpLinger: 0.2 },
  { maxClockStep: 1, tcpExpiry: 'rst' },
];

describe('what hooks are told', () => {
  const packets = new Map<string, Packets>();

  before(async function () {
    this.timeout(120_000);
    for (const name of captures) packets.set(name, await packetsOf(join(folder, name)));
    expect([...packets.values()].filter((list) => list.length > 0)).to.have.length.above(thorough ? 50 : 25);
  });

  for (const [index, options] of runs.entries()) {
    it(`makes the statistics and first packets of every flow of every fixture again, with options ${index + 1}`, async () => {
      let flows = 0;
      for (const [name, list] of packets) {
        const { looked, faults } = await proveStatistics(list, options);
        expect(faults, name).to.deep.equal([]);
        flows += looked;
      }
      expect(flows).to.be.above(500);
    }).timeout(120_000);

    it(`has each packet once, in order, before its flow has ended, with options ${index + 1}`, async () => {
      let seen = 0;
      for (const [name, list] of packets) {
        const { looked, faults } = await proveOrder(list, options);
        expect(faults, name).to.deep.equal([]);
        seen += looked;
      }
      expect(seen).to.be.above(3000);
    }).timeout(120_000);
  }

  for (const name of [
    'office.pcap',
    'tls.pcap',
    'http.pcap',
    'quic.pcap',
    'ssh.pcap',
    'dns.pcap',
    'dhcp.pcap',
    'ipv6.pcap',
    'built/clock-backwards.pcap',
    'fragments.pcap',
  ]) {
    it(`is at each packet what a capture that is cut there gives: ${name}`, async () => {
      const { looked, faults } = await proveCuts(packets.get(name)!, 12);
      expect(faults).to.deep.equal([]);
      expect(looked).to.be.above(4);
    }).timeout(120_000);
  }

  it('is in the units that the run has', async () => {
    for (const timeUnit of ['us', 'ns'] as const) {
      const { faults } = await proveCuts(packets.get('tls.pcap')!, 3, { timeUnit });
      expect(faults, timeUnit).to.deep.equal([]);
    }
    const { faults } = await proveCuts(packets.get('tls.pcap')!, 3, { timestamps: 'iso', accountingMode: 'transport' });
    expect(faults).to.deep.equal([]);
  }).timeout(120_000);
});
