import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { aggregate, captureFile, toFile } from '../lib/index.js';
import { table } from './measure.js';

const help = `How late a 10 ms timer is while flows of a capture are written to CSV and to Arrow in the same process, and in an idle process.
  --capture FILE     a large capture (bench/workload.ts makes one)
  --dissections N    as the library's option (default 20)`;

const { values } = parseArgs({ options: { capture: { type: 'string' }, dissections: { type: 'string', default: '20' }, help: { type: 'boolean', default: false } } });

const period = 10;

/** Milliseconds by which each tick of a timer came late while nothing else is done: what the machine's other programs do to it. */
async function idleLateness(seconds: number): Promise<number[]> {
  const late: number[] = [];
  let before = performance.now();
  const timer = setInterval(() => {
    const now = performance.now();
    late.push(Math.max(0, now - before - period));
    before = now;
  }, period);
  await sleep(seconds * 1000);
  clearInterval(timer);
  return late;
}

/** Milliseconds by which each tick of a timer came late, by phase of the run. */
async function lateness(capture: string, target: string, dissections: number): Promise<{ reading: number[]; flushing: number[]; seconds: number }> {
  const late = { reading: [] as number[], flushing: [] as number[] };
  let phase = late.reading;
  let before = performance.now();
  const tick = (): void => {
    const now = performance.now();
    phase.push(Math.max(0, now - before - period));
    before = now;
  };
  const started = performance.now();
  const timer = setInterval(tick, period);
  const source = captureFile(capture);
  // A tick that is late because of the last reading still counts as reading.
  source.once('end', () => {
    tick();
    phase = late.flushing;
  });
  await pipeline(source, aggregate({ dissections }), toFile(target));
  tick();
  clearInterval(timer);
  return { ...late, seconds: (performance.now() - started) / 1000 };
}

function row(name: string, late: readonly number[], seconds: string): string[] {
  const sorted = [...late].sort((a, b) => a - b);
  const at = (part: number): string => (sorted[Math.min(sorted.length - 1, Math.floor(part * sorted.length))] ?? 0).toFixed(1);
  return [name, String(sorted.length), at(0.5), at(0.99), at(1), seconds];
}

if (values.help || values.capture === undefined) console.log(help);
else {
  const folder = mkdtempSync(join(tmpdir(), 'bench-'));
  try {
    const rows = [['phase', 'ticks', 'p50 ms', 'p99 ms', 'max ms', 'run s']];
    rows.push(row('idle', await idleLateness(5), ''));
    for (const name of ['csv', 'arrows']) {
      const { reading, flushing, seconds } = await lateness(values.capture, join(folder, `flows.${name}`), Number(values.dissections));
      rows.push(row(`${name}, all`, [...reading, ...flushing], seconds.toFixed(2)), row('  reading and aggregating', reading, ''), row('  flush at the end', flushing, ''));
    }
    console.log(table(rows));
  } finally {
    rmSync(folder, { recursive: true });
  }
}
