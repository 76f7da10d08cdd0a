import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { setTimeout as pause } from 'node:timers/promises';
import type { RunReport } from '../../lib/index.js';
import type { LiveReport } from '../../lib/live/index.js';
import type { Program, Wire } from './wire.js';

const command = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));
const nfstreamPy = fileURLToPath(new URL('../peers/nfstream_live.py', import.meta.url));

/** What came of a program that has listened to a wire. */
export interface Heard {
  /** Packets that it lost, as it says or as what it has counted lacks. */
  readonly dropped: number;
  readonly received: number;
  readonly flows: number;
  /** Seconds of processor time from the first packet to the last. */
  readonly cpu: number;
}

/** What a program was listening to. */
export interface Run {
  readonly wire: Wire;
  /** What the names of its files begin with. */
  readonly output: string;
  /** Seconds of processor time that it had before the first packet. */
  readonly cpuBefore: number;
  /** Packets that have come to the wire's end. */
  readonly sent: number;
}

/** A program that listens to the wire's end, and is asked to end. */
export interface Probe {
  readonly name: string;
  /** Resolves when it listens. */
  start(wire: Wire, output: string): Promise<Program>;
  /** Ends it. */
  end(program: Program, run: Run): Promise<Heard>;
}

type LiveRun = RunReport & { source: LiveReport };

/** The newest report of ours. */
export function lastReport({ output }: Program): LiveRun {
  const lines = output.slice(0, output.lastIndexOf('\n')).split('\n');
  return JSON.parse(lines.filter((line) => line.startsWith('{')).at(-1)!) as LiveRun;
}

/** Starts ours, and waits until it listens. */
export async function startOurs(wire: Wire, args: readonly string[]): Promise<Program> {
  const program = wire.start([process.execPath, command, 'probe', '--report', '0.2', ...args]);
  while (!program.output.includes('"received"')) {
    if (program.child.exitCode !== null) throw new Error(program.output);
    await pause(20);
  }
  program.look();
  return program;
}

/** @param args those of the command besides the device and the output */
export function ours(name: string, args: readonly string[]): Probe {
  return {
    name,
    start: (wire, output) => startOurs(wire, ['-o', `${output}.csv`, ...args]),
    end: async (program, { cpuBefore, sent }) => {
      const { cpu } = program.look();
      await program.end('SIGINT');
      const { source, flows } = lastReport(program);
      return { dropped: sent - source.received, received: source.received, flows: flows.flows, cpu: cpu - cpuBefore };
    },
  };
}

/** @param python that of an environment with nfstream */
export function nfstream(python: string): Probe {
  return {
    name: 'nfstream 6.6.0',
    start: async (wire) => {
      const program = wire.start([python, '-u', nfstreamPy, 'probe']);
      while (!program.output.includes('packets_processed')) {
        if (program.child.exitCode !== null) throw new Error(program.output);
        await pause(50);
      }
      program.look();
      return program;
    },
    end: async (program, { cpuBefore }) => {
      let [last, before] = ['', ''];
      do {
        await pause(1100); // it tells what it has counted every second
        [before, last] = [
          last,
          program.output
            .split('\n')
            .filter((line) => line.startsWith('{'))
            .at(-1)!,
        ];
      } while (last !== before);
      const { cpu } = program.look();
      const told = JSON.parse(last) as Record<string, number>;
      await program.kill();
      const received = told['packets_processed']! + told['packets_ignored']!;
      return { dropped: told['packets_dropped_filtered_by_kernel']!, received, flows: NaN, cpu: cpu - cpuBefore }; // flows that are open when it is ended are lost
    },
  };
}

/** softflowd, which exports nothing. */
export const softflowd: Probe = {
  name: 'softflowd',
  start: async (wire, output) => {
    const program = wire.start(['softflowd', '-d', '-i', 'probe', '-p', `${output}.pid`, '-c', `${output}.ctl`, '-m', '1000000']);
    while (!existsSync(`${output}.ctl`)) {
      if (program.child.exitCode !== null) throw new Error(program.output);
      await pause(20);
    }
    program.look();
    return program;
  },
  end: async (program, { wire, output, cpuBefore, sent }) => {
    const { cpu } = program.look();
    const told = wire.exec('softflowctl', '-c', `${output}.ctl`, 'statistics');
    await program.end('SIGTERM');
    const number = (what: RegExp): number => Number(what.exec(told)?.[1] ?? 0);
    const received = number(/Packets received by libpcap: (\d+)/);
    const dropped = number(/Packets dropped by libpcap: (\d+)/);
    const processed = number(/Packets processed: (\d+)/) + number(/Ignored packets: (\d+)/);
    return { dropped: Math.max(dropped, sent - received), received: processed, flows: number(/Number of active flows: (\d+)/), cpu: cpu - cpuBefore };
  },
};
