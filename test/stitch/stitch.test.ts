import { existsSync } from 'node:fs';
import { expect } from 'chai';
import type { AggregateOptions } from '../../lib/index.js';
import { fields } from '../../lib/schema/fields.js';
import { thorough } from '../thorough.js';
import { random, stitchedRun, wholeRun, withPieces, type Table } from './cut-runs.js';
import { sharedCaptures } from '../shared.js';

const captures = ['office.pcap', 'interfaces.pcapng', 'iperf.pcap', 'tls.pcap', 'ping.pcap', 'mdns.pcap'];

const options: AggregateOptions = { features: 'full', splt: 10, payloadBytes: 16 };

/** Columns whose values may not be the whole run's in a flow of several pieces, by their rules. */
const mayDiffer = new Set(
  fields.filter(({ merge }) => ['none', 'label', 'fact', 'fact of a hello', 'hello', 'remade'].includes(merge!)).map(({ name }) => name),
);

const rounded = new Set(
  fields.filter(({ merge }) => ['mean', 'deviation', 'mean gap', 'deviation of gaps', 'period'].includes(merge!)).map(({ name }) => name),
);

const stitched = ['pieces', 'source_files', 'stitch_inexact'];

/** The flows that differ in a column, and do not say so. */
function differences(one: Table, other: Table, name: string): unknown[] {
  return one[name]!.flatMap((value, row) =>
    JSON.stringify(value) === JSON.stringify(other[name]![row]) || inexactOf(one, row).includes(name) ? [] : [{ name, row, value, other: other[name]![row] }],
  );
}

function inexactOf({ stitch_inexact }: Table, row: number): string[] {
  return (stitch_inexact![row] as string).split(',').filter((name) => name !== '');
}

function joinedFlows({ pieces }: Table): number {
  return pieces!.filter((count) => Number(count) > 1).length;
}

describe('Pieces of flows that are stitched', () => {
  const next = random(20_241_128);
  for (const capture of captures)
    for (const pieces of thorough ? [2, 3, 5, 9] : [3, 9])
      for (const idleTimeout of thorough ? [0, 1, 15, 120] : [1, 120])
        it(`are the flows of one run: ${capture} in ${pieces}, idle timeout ${idleTimeout} s`, async () => {
          await withPieces(`fixtures/${capture}`, pieces, next, async (paths) => {
            const run = { ...options, idleTimeout };
            const whole = await wholeRun(paths, run);
            const { table, report } = await stitchedRun(paths, run);
            const { table: exact } = await stitchedRun(paths, run, { perFile: false });
            expect(report.captures).to.equal(pieces);
            for (const name of Object.keys(whole).filter((column) => !mayDiffer.has(column))) {
              expect(differences(table, exact, name)).to.deep.equal([]);
              if (!rounded.has(name)) expect(differences(table, whole, name)).to.deep.equal([]);
            }
            for (const name of rounded)
              exact[name]!.forEach((value, row) => expect(Number(value), name).to.be.closeTo(Number(whole[name]![row]), 1e-12 * Math.abs(Number(value))));
            // Packets of this one are out of order also where it is cut.
            if (capture !== 'interfaces.pcapng')
              table['id']!.forEach((_, row) => expect(inexactOf(table, row).filter((name) => !mayDiffer.has(name))).to.deep.equal([]));
            expect(Object.keys(table)).to.deep.equal([...Object.keys(whole), ...stitched]);
          });
        });

  // QUIC by its first packet, the hello after the cut: the dissection is over, and what a hello tells is not.
  it('say what a hello in a later piece tells', async function () {
    const capture = `${sharedCaptures}/quic-forcing-vn-with-data.pcapng`;
    if (!existsSync(capture)) {
      console.log(`      not tried: there is no ${capture}`);
      return this.skip();
    }
    await withPieces(capture, 9, random(3), async (paths) => {
      const run = { ...options, idleTimeout: 1 };
      const { table } = await stitchedRun(paths, run);
      const { table: whole } = await stitchedRun(paths, run, { perFile: false });
      for (const name of ['tls_version', 'tls_alpn', 'ja4']) expect(differences(table, whole, name)).to.deep.equal([]);
      expect(table['tls_version']).to.include('TLSv1.3');
    });
  });

  it('are of two or more captures often enough to mean something', async () => {
    const joined = await withPieces('fixtures/office.pcap', 9, random(1), async (paths) => joinedFlows((await stitchedRun(paths, {})).table));
    expect(joined).to.be.greaterThan(5);
  });
});
