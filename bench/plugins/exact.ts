import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { packetsOf, proveCuts, proveOrder, proveStatistics } from '../../test/plugins/proofs.js';

const help = `Holds what hooks are told of captures against the engine's columns: statistics and first packets that are counted in JavaScript, the order of packets and ends, and captures that are cut.
  --captures FOLDER   captures (default: fixtures)
  --cuts N            packets of each at which it is cut (default 4)
  --only NAME         only this capture (repeatable)`;

const { values } = parseArgs({
  options: {
    captures: { type: 'string', default: 'fixtures' },
    cuts: { type: 'string', default: '4' },
    only: { type: 'string', multiple: true },
    help: { type: 'boolean', default: false },
  },
});

async function main(): Promise<number> {
  const names = readdirSync(values.captures).filter((name) => /\.(pcap|pcapng|cap)$/.test(name) && (values.only?.includes(name) ?? true));
  const looked = { captures: 0, flows: 0, packets: 0, cuts: 0 };
  let wrong = 0;
  for (const name of names) {
    const packets = await packetsOf(join(values.captures, name));
    if (packets.length === 0) continue;
    const [statistics, order, cuts] = [await proveStatistics(packets), await proveOrder(packets), await proveCuts(packets, Number(values.cuts))];
    looked.captures++;
    looked.flows += statistics.looked;
    looked.packets += order.looked;
    looked.cuts += cuts.looked;
    const faults = [...statistics.faults, ...order.faults, ...cuts.faults];
    wrong += faults.length;
    if (faults.length > 0) console.log(`${name}: ${faults.length} differences\n  ${faults.slice(0, 5).join('\n  ')}`);
  }
  console.log(`${looked.captures} captures, ${looked.flows} flows, ${looked.packets} packets, ${looked.cuts} cuts: ${wrong} differences`);
  return wrong === 0 ? 0 : 1;
}

if (values.help) console.log(help);
else process.exitCode = await main();
