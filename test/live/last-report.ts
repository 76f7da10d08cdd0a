import type { RunReport } from '../../lib/index.js';
import type { LiveReport } from '../../lib/live/index.js';
import type { Running } from './wire.js';

/** The newest report on standard error. */
export function lastReport({ stderr }: Running): RunReport & { source: LiveReport } {
  const lines = stderr.slice(0, stderr.lastIndexOf('\n')).split('\n');
  return JSON.parse(lines.filter((line) => line.startsWith('{')).at(-1)!) as RunReport & { source: LiveReport };
}
