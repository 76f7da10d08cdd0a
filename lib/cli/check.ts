import { Option as Flag } from 'commander';
import { findingsOf } from '../check/advice.js';
import { checkCaptures, type CheckReport } from '../check/check-captures.js';
import { counted, shortBytes } from '../text/quantity.js';
import { visible } from '../text/visible-text.js';
import { onStopSignals } from './end/stop-signals.js';
import { sentence } from './run.js';
import { say, type Outside } from './streams.js';
import type { Subcommand } from './subcommand.js';
import { UsageError } from './usage-error.js';

interface CheckRequest {
  readonly sources: readonly string[];
  readonly json: boolean;
}

const examples = `
Examples:
  nfstream check office.pcap
  nfstream check monday.pcap tuesday.pcap --json | jq .findings

Exit code: 0 every file is whole, 1 a file is damaged or can't be read, 2 wrong usage.
`;

/** `nfstream check`. */
export const check: Subcommand<CheckRequest> = {
  name: 'check',
  does: 'Tells whether captures are whole, in order, cut, duplicated, one-sided or offloaded, or have wrong checksums, and what to do about it.',
  takes: 'captures',
  examples,
  flags: () => [new Flag('--json', 'Print an object of JSON for programs.')],
  request: ({ sources, values }) => ({ sources, json: values['json'] === true }),
  perform,
};

async function perform({ sources, json }: CheckRequest, outside: Outside): Promise<number> {
  if (sources.includes('-') && outside.stdin.isTTY === true) throw new UsageError('Standard input is a terminal; pipe a capture into it.');
  const abort = new AbortController();
  const signals = onStopSignals(outside, () => abort.abort());
  try {
    const report = await checkCaptures(sources, abort.signal);
    outside.stdout.write(json ? jsonOf(report) : textOf(report));
    return report.damages.length > 0 ? 1 : 0;
  } catch (error) {
    if (!abort.signal.aborted) say(outside, sentence(error));
    return signals.exitCode() ?? 1;
  } finally {
    signals.release();
  }
}

function jsonOf(report: CheckReport): string {
  const damages = report.damages.map(({ code, message, file, packet, offset }) => ({ code, message, file, packet, offset }));
  return `${JSON.stringify({ ...report, damages, findings: findingsOf(report) }, null, 2)}\n`;
}

function textOf(report: CheckReport): string {
  const { packets, bytes, files, firstMs, lastMs } = report;
  const span = firstMs === null ? '' : `, from ${new Date(firstMs).toISOString()} to ${new Date(lastMs!).toISOString()}`;
  const findings = findingsOf(report);
  const lines = findings.length === 0 ? ['Nothing stands out.'] : findings.flatMap(({ what, advice }) => [`- ${visible(what)}`, `  ${advice}`]);
  return `${[`${counted(packets, 'packet')}, ${shortBytes(bytes)}, in ${counted(files, 'capture')}${span}.`, ...lines].join('\n')}\n`;
}
