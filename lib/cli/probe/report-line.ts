import type { RunReport } from '../../aggregate/report/run-report.js';
import { FlowError } from '../../errors.js';

/** A report as one line of JSON: the time in words, damage by its code, message and place. */
export function reportLine({ timeMs, ...rest }: RunReport): string {
  const told = { time: new Date(timeMs).toISOString(), ...rest };
  return JSON.stringify(told, (_, value: unknown) => (value instanceof Error ? errorFacts(value) : value));
}

function errorFacts(error: Error): object {
  const { message } = error;
  if (!(error instanceof FlowError)) return { message };
  const { code, file, device, packet, offset } = error;
  return { code, message, file, device, packet, offset };
}
