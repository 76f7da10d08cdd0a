// How many flows a second label() labels. Run: npx tsx bench/stages/label.ts
import { parseArgs } from 'node:util';
import { label, type LabelRule } from '../../lib/index.js';
import { median, table } from '../measure.js';
import { firstMs, hoursMs, makeBatches, pseudoRandom, timed } from './flows.js';

const help = `Labels flows by rules of several kinds, and tells how many a second.
  --flows N       flows (default 1000000)
  --addresses N   different addresses of each side (default 20000)
  --rules N       rules (default 1000)
  --times N       runs of each, of which the median counts (default 3)`;

const { values } = parseArgs({
  options: {
    flows: { type: 'string', default: '1000000' },
    addresses: { type: 'string', default: '20000' },
    rules: { type: 'string', default: '1000' },
    times: { type: 'string', default: '3' },
    help: { type: 'boolean', default: false },
  },
});

type Random = (below: number) => number;

function times(random: Random): Pick<LabelRule, 'from' | 'to'> {
  const from = firstMs + random(hoursMs);
  return { from, to: from + 1 + random(1_800_000) };
}

const client = (random: Random): string => `10.0.${random(80)}.${random(256)}`;

/** Kinds of rules: as ground truth has them, and such as an index could fail at. */
const kinds: Readonly<Record<string, (random: Random, rule: number) => LabelRule>> = {
  'an address, times': (random, rule) => ({ ...times(random), src_ip: client(random), label: `attack ${rule % 20}` }),
  'a network, a port, times': (random, rule) => ({
    ...times(random),
    src_ip: `10.0.${random(80)}.0/24`,
    dst_port: [53, 80, 443][random(3)]!,
    label: `attack ${rule % 20}`,
  }),
  'an address, a network, ports, protocol': (random, rule) => ({
    src_ip: client(random),
    dst_ip: `${1 + random(223)}.0.0.0/8`,
    dst_port: '1-1023',
    protocol: 'tcp',
    label: `attack ${rule}`,
  }),
  'ports alone': (random, rule) => ({ src_port: `${1024 + 60 * (rule % 1000)}-${1024 + 60 * (rule % 1000) + 59}`, label: `ports ${rule}` }),
  'times alone': (random, rule) => ({
    from: firstMs + Math.floor((hoursMs * rule) / 1000),
    to: firstMs + Math.floor((hoursMs * (rule + 1)) / 1000),
    label: `time ${rule}`,
  }),
};

if (values.help) console.log(help);
else {
  const [flows, addresses, count, runs] = [values.flows, values.addresses, values.rules, values.times].map(Number) as [number, number, number, number];
  const batches = makeBatches(flows, addresses);
  const rows = [];
  for (const [kind, make] of Object.entries(kinds)) {
    const random = pseudoRandom(7);
    const rules = Array.from({ length: count }, (_, rule) => make(random, rule));
    const measured = [];
    let labelled = 0;
    for (let run = 0; run <= runs; run++) {
      const stage = label({ rules, default: 'BENIGN' });
      const taken = await timed(batches, stage);
      labelled = stage.report().labelled;
      if (run > 0) measured.push(taken); // the first one warms up
    }
    const processor = median(measured.map((one) => one.processor));
    const wall = median(measured.map((one) => one.wall));
    rows.push([kind, wall.toFixed(3), processor.toFixed(3), Math.round(flows / processor).toLocaleString('en'), labelled.toLocaleString('en')]);
  }
  console.log(`${flows.toLocaleString('en')} flows of ${addresses.toLocaleString('en')} addresses a side, ${count.toLocaleString('en')} rules`);
  console.log(table([['rules with', 'seconds', 'of processors', 'flows/s of one processor', 'labelled'], ...rows]));
}
