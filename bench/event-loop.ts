import { closeSync, existsSync, mkdtempSync, openSync, readSync, rmSync } from 'node:fs';
import { Transform } from 'node:stream';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { aggregate, captureFile, toFile } from '../lib/index.js';
import { table } from './measure.js';
import { usualPlugins } from './plugins/usual.js';

const help = `How late a 10 ms timer is while flows of a capture are written to CSV and to Arrow in the same process, and in an idle process;
and how long a reader of flows waited for a batch, but for the first and the last. With a burst of bench/workload.ts --mode syn, all its flows end at once.
"own" leaves out the time for which the JavaScript thread was ready but had no processor (Linux): what a busy machine does to it.
  --capture FILE     a large capture (bench/workload.ts makes one)
  --dissections N    as the library's option (default 20)
  --capacity N       as the library's option (default 10000000): a small one, beside a burst of flows, for eviction at every packet
  --plugin           with a metric, and a plugin that keeps an object a flow and looks at sizes, flags and times of every packet`;

const { values } = parseArgs({
  options: {
    capture: { type: 'string' },
    dissections: { type: 'string', default: '20' },
    capacity: { type: 'string', default: '10000000' },
    plugin: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});

const period = 10;

interface Tick {
  late: number;
  /** Lateness without the waiting for a processor. */
  own: number;
}

/** Records how late each tick of a timer is, in milliseconds, until it is stopped. */
class Lateness {
  readonly ticks: Tick[] = [];
  readonly #timer = setInterval(() => this.tick(), period);
  readonly #schedule = existsSync('/proc/self/schedstat') ? openSync(`/proc/self/task/${process.pid}/schedstat`, 'r') : null;
  readonly #text = Buffer.alloc(100);
  #before = performance.now();
  #waitedBefore = this.#waited();

  tick(): void {
    const [now, waited] = [performance.now(), this.#waited()];
    const late = Math.max(0, now - this.#before - period);
    this.ticks.push({ late, own: Math.max(0, late - (waited - this.#waitedBefore)) });
    [this.#before, this.#waitedBefore] = [now, waited];
  }

  stop(): void {
    this.tick();
    clearInterval(this.#timer);
    if (this.#schedule !== null) closeSync(this.#schedule);
  }

  /** Milliseconds for which this thread has been ready without a processor. */
  #waited(): number {
    if (this.#schedule === null) return 0;
    const size = readSync(this.#schedule, this.#text, 0, 100, 0);
    return Number(this.#text.toString('latin1', 0, size).split(' ')[1]) / 1e6;
  }
}

/** Records how long each batch of flows but the first and the last was waited for, in milliseconds, from when it was asked for. */
class Waits {
  readonly #waits: number[] = [];
  #asked = 0;
  readonly stage = new Transform({
    objectMode: true,
    highWaterMark: 1,
    transform: (batch, _encoding, callback) => {
      if (this.#asked > 0) this.#waits.push(performance.now() - this.#asked);
      callback(null, batch);
      this.#asked = performance.now();
    },
  });

  row(): string[] {
    const sorted = this.#waits.slice(0, -1).sort((a, b) => a - b);
    const at = (part: number): string => (sorted[Math.min(sorted.length - 1, Math.floor(part * sorted.length))] ?? 0).toFixed(1);
    return ['  reader of flows', String(sorted.length), at(0.5), at(0.99), at(1), '', '', ''];
  }
}

function row(name: string, ticks: readonly Tick[], seconds: string): string[] {
  const at = (part: number, pick: (tick: Tick) => number): string => {
    const sorted = ticks.map(pick).sort((a, b) => a - b);
    return (sorted[Math.min(sorted.length - 1, Math.floor(part * sorted.length))] ?? 0).toFixed(1);
  };
  const [late, own] = [(tick: Tick): number => tick.late, (tick: Tick): number => tick.own];
  return [name, String(ticks.length), at(0.5, late), at(0.99, late), at(1, late), at(0.99, own), at(1, own), seconds];
}

async function write(capture: string, target: string, dissections: number): Promise<string[][]> {
  const started = performance.now();
  const lateness = new Lateness();
  let flushFrom = 0;
  const source = captureFile(capture);
  // A tick that is late because of the last reading still counts as reading.
  source.once('end', () => {
    lateness.tick();
    flushFrom = lateness.ticks.length;
  });
  const waits = new Waits();
  await pipeline(source, aggregate({ dissections, capacity: Number(values.capacity), ...(values.plugin && usualPlugins()) }), waits.stage, toFile(target));
  lateness.stop();
  const { ticks } = lateness;
  const seconds = ((performance.now() - started) / 1000).toFixed(2);
  return [
    row(target.slice(target.lastIndexOf('.') + 1), ticks, seconds),
    row('  reading and aggregating', ticks.slice(0, flushFrom), ''),
    row('  flush at the end', ticks.slice(flushFrom), ''),
    waits.row(),
  ];
}

async function idle(seconds: number): Promise<string[]> {
  const lateness = new Lateness();
  await sleep(seconds * 1000);
  lateness.stop();
  return row('idle', lateness.ticks, seconds.toFixed(2));
}

async function main(): Promise<void> {
  if (values.help || values.capture === undefined) return console.log(help);
  const folder = mkdtempSync(join(tmpdir(), 'bench-'));
  try {
    const rows = [['phase', 'ticks', 'p50 ms', 'p99 ms', 'max ms', 'own p99', 'own max', 'run s'], await idle(5)];
    for (const ending of ['csv', 'arrows']) rows.push(...(await write(values.capture, join(folder, `flows.${ending}`), Number(values.dissections))));
    console.log(table(rows));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

await main();
