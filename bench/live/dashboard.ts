import { setTimeout as pause } from 'node:timers/promises';
import { table } from '../measure.js';
import { lastReport, startOurs } from './probes.js';
import type { Program, Wire } from './wire.js';

/** How a run is looked at. */
const ways = ['without a dashboard', 'nobody has it open', 'one page is open'] as const;

/**
 * What the dashboard costs: processor time of the same load without one, with one that nobody has open, and with one page open, in turns.
 * @param send sends the load for so many seconds, and tells how many packets a second came
 */
export async function dashboardCost(wire: Wire, output: string, rounds: number, send: () => Promise<number>): Promise<void> {
  wire.exec('ip', 'link', 'set', 'lo', 'up');
  const told = new Map<string, { seconds: number; pace: number; dropped: number }[]>(ways.map((way) => [way, []]));
  for (let round = 0; round < rounds; round++) {
    for (const way of ways) {
      const program = await startOurs(wire, ['-o', output, ...(way === ways[0] ? [] : ['--dashboard', '0'])]);
      const page = way === ways[2] ? await openPage(wire, program) : null;
      await send(); // what runs often is compiled by then
      const { cpu: before } = program.look();
      const pace = await send();
      const { cpu } = program.look();
      await page?.kill();
      await program.end('SIGINT');
      const { source } = lastReport(program);
      told.get(way)!.push({ seconds: cpu - before, pace, dropped: source.droppedByKernel + source.droppedByCredit });
    }
  }
  const median = (values: number[]): number => values.sort((one, other) => one - other)[values.length >> 1]!;
  const base = median(told.get(ways[0])!.map(({ seconds }) => seconds));
  const rows = ways.map((way) => {
    const all = told.get(way)!;
    const seconds = median(all.map((one) => one.seconds));
    const spread = all.map((one) => one.seconds.toFixed(2)).join(' ');
    const pace = Math.round(median(all.map((one) => one.pace)));
    return [
      way,
      seconds.toFixed(2),
      `${((100 * (seconds - base)) / base).toFixed(1)} %`,
      String(pace),
      String(all.reduce((sum, one) => sum + one.dropped, 0)),
      spread,
    ];
  });
  console.log(table([['', 'processor s', 'more', 'packets/s', 'dropped', 'each'], ...rows]));
}

/** Reads the events of a page, as a browser does. */
async function openPage(wire: Wire, program: Program): Promise<Program> {
  const address = /The dashboard is at (http:\S+)\/#(\S+)/;
  while (!address.test(program.output)) await pause(20);
  const [, origin, token] = address.exec(program.output)!;
  return wire.start(['curl', '-sN', '-o', '/dev/null', '-H', `Authorization: Bearer ${token}`, `${origin}/events?window=minute`]);
}
