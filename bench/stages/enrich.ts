// How many flows a second enrich() names. Run: npx tsx bench/stages/enrich.ts
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { enrich, type EnrichOptions } from '../../lib/index.js';
import { makeMmdb } from '../../test/enrich/make-mmdb.js';
import { median, table } from '../measure.js';
import { makeBatches, timed } from './flows.js';

const help = `Adds names to the addresses of flows, by files that know every /16, and tells how many a second.
  --flows N       flows (default 1000000)
  --addresses N   different addresses of each side (default 20000; the stage remembers 65,536 of each)
  --times N       runs of each, of which the median counts (default 3)`;

const { values } = parseArgs({
  options: {
    flows: { type: 'string', default: '1000000' },
    addresses: { type: 'string', default: '20000' },
    times: { type: 'string', default: '3' },
    help: { type: 'boolean', default: false },
  },
});

if (values.help) console.log(help);
else {
  const [flows, addresses, runs] = [values.flows, values.addresses, values.times].map(Number) as [number, number, number];
  const folder = mkdtempSync(join(tmpdir(), 'bench-enrich-'));
  try {
    const networks = Array.from({ length: 224 * 256 }, (_, index) => `${index >> 8}.${index & 255}.0.0/16`);
    writeFileSync(
      join(folder, 'asn.mmdb'),
      makeMmdb(
        Object.fromEntries(
          networks.map((network, index) => [network, { autonomous_system_number: index, autonomous_system_organization: `Organisation of number ${index}` }]),
        ),
      ),
    );
    writeFileSync(join(folder, 'country.mmdb'), makeMmdb(Object.fromEntries(networks.map((network) => [network, { country: { iso_code: 'DE' } }]))));
    const batches = makeBatches(flows, addresses);
    const [asn, country] = [join(folder, 'asn.mmdb'), join(folder, 'country.mmdb')];
    const kinds: Readonly<Record<string, EnrichOptions>> = { asn: { asn }, country: { country }, 'asn and country': { asn, country } };
    const rows = [];
    for (const [kind, options] of Object.entries(kinds)) {
      const measured = [];
      for (let run = 0; run <= runs; run++) {
        const taken = await timed(batches, enrich(options));
        if (run > 0) measured.push(taken); // the first one warms up
      }
      const processor = median(measured.map((one) => one.processor));
      rows.push([kind, median(measured.map((one) => one.wall)).toFixed(3), processor.toFixed(3), Math.round(flows / processor).toLocaleString('en')]);
    }
    console.log(`${flows.toLocaleString('en')} flows of ${addresses.toLocaleString('en')} addresses a side`);
    console.log(table([['', 'seconds', 'of processors', 'flows/s of one processor'], ...rows]));
  } finally {
    rmSync(folder, { recursive: true });
  }
}
