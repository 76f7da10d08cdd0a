import type { RunReport } from '../../aggregate/report/run-report.js';

/** A report as one line of JSON: the time in words, damage by its code and message. */
export function reportLine({ timeMs, ...rest }: RunReport): string {
  const told = { time: new Date(timeMs).toISOString(), ...rest };
  return JSON.stringify(told, (_, value: unknown) => (value instanceof Error ? { code: (value as { code?: string }).code, message: value.message } : value));
}
