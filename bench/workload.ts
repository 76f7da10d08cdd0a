import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { parseArgs } from 'node:util';
import { loadCaptures, writeCopies } from './workload/replicate.js';
import { PcapWriter } from './workload/pcap-writer.js';
import { writeBurst, type BurstKind } from './workload/single-packets.js';

const help = `Makes a capture for the benchmarks.
  --out FILE          where to write it (classic pcap, Ethernet, microseconds)
  --mode mix          copies of the captures of a folder, each with its own addresses (default)
  --mode syn|dns      a burst of one-packet TCP flows, or of DNS questions with answers; then a pause, then a trickle
  --captures FOLDER   captures to copy (mix)
  --packets N         at least so many packets (mix; default 2000000)
  --flows N           at least so many flows (default 100000 for mix, 1000000 for bursts)
  --bytes N           at least so large a file (mix; default 0)
  --window SECONDS    copies start within this time (mix; default 600)
  --concurrent N      choose the window so that about N flows are open at once (mix)
  --trickle N         packets after the pause (bursts; default 200000)`;

const { values } = parseArgs({
  options: {
    out: { type: 'string' },
    mode: { type: 'string', default: 'mix' },
    captures: { type: 'string' },
    packets: { type: 'string', default: '2000000' },
    flows: { type: 'string' },
    bytes: { type: 'string', default: '0' },
    window: { type: 'string', default: '600' },
    concurrent: { type: 'string' },
    trickle: { type: 'string', default: '200000' },
    help: { type: 'boolean', default: false },
  },
});

function count(name: string, text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 0) throw new Error(`Expected a whole number for --${name} but received ${text}.`);
  return value;
}

function mix(writer: PcapWriter, folder: string): void {
  const loaded = loadCaptures(folder);
  if (loaded.packets === 0) throw new Error(`No capture in ${folder} has Ethernet frames.`);
  const wanted = [
    count('packets', values.packets) / loaded.packets,
    count('flows', values.flows ?? '100000') / loaded.flows,
    count('bytes', values.bytes) / loaded.bytes,
  ];
  const copies = Math.max(1, Math.ceil(Math.max(...wanted)));
  const openSeconds = loaded.openSeconds * copies;
  const window = values.concurrent === undefined ? count('window', values.window) : Math.ceil(openSeconds / count('concurrent', values.concurrent));
  writeCopies(writer, loaded, copies, window);
  console.error(
    `${copies} copies of ${loaded.captures.length} captures: ${loaded.flows * copies} flows, about ${Math.round(openSeconds / window)} open at once.`,
  );
}

function main(): void {
  if (values.help || values.out === undefined) return console.log(help);
  mkdirSync(dirname(values.out), { recursive: true });
  const writer = new PcapWriter(values.out);
  if (values.mode === 'mix') {
    if (values.captures === undefined) throw new Error('The mode mix needs --captures FOLDER.');
    mix(writer, values.captures);
  } else if (values.mode === 'syn' || values.mode === 'dns') {
    writeBurst(writer, values.mode satisfies BurstKind, count('flows', values.flows ?? '1000000'), count('trickle', values.trickle));
  } else throw new Error(`Expected mix, syn or dns for --mode but received ${values.mode}.`);
  writer.close();
  console.error(`${values.out}: ${writer.packets} packets, ${writer.bytes} bytes.`);
}

main();
