import { Option as Flag } from 'commander';
import { basename } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { FlowError } from '../errors.js';
import { openFlows } from '../open-flows.js';
import type { FileReadOptions } from '../read/readers.js';
import { readNames } from '../report/gather/roles.js';
import { toReport, type PageOptions } from '../report/to-report.js';
import { checkGroups, givenOptions, type Request } from './command-line.js';
import { labelLines } from './label-lines.js';
import { flagsOf, ownOptions } from './flags.js';
import { checkOutputs, flowStages, stageFacts } from './outputs.js';
import { counted, shortBytes } from '../text/quantity.js';
import { isClosedPipe, sentence } from './run.js';
import { onStopSignals } from './end/stop-signals.js';
import { say, type Outside } from './streams.js';
import type { Subcommand } from './subcommand.js';
import { isUsageError, UsageError } from './usage-error.js';

/** What `nfstream report` is asked for. */
interface ReportRequest extends Pick<Request, 'sources' | 'quiet' | 'warnings' | 'options'> {
  /** The page, or null for standard output. */
  readonly output: string | null;
  readonly read: FileReadOptions;
  readonly report: PageOptions;
}

const examples = `
Examples:
  nfstream report office.pcap -o office.html
  nfstream report monday.parquet tuesday.parquet -o week.html --title 'Monday and Tuesday'
  nfstream report office.pcap -o tls.html --where 'dst_port == 443'
  nfstream report office.pcap -o hidden.html --anonymize src_ip,dst_ip,src_mac,dst_mac,requested_server_name,dns_query

The page is one file, which fetches nothing. Of captures it also shows TLS, DNS, risks and how TCP connections went, unless --features says what columns there are.

Exit code: 0 done, 1 a file was cut off or damaged (what is in front of that is in the report), or something failed, 2 wrong usage.
`;

/** Columns of captures that figures show. */
const figures = { tls: true, dns: true, risks: true, tcpState: true, tcpQuality: true, endReason: true } as const;

/** `nfstream report`. */
export const report: Subcommand<ReportRequest> = {
  name: 'report',
  does: 'Makes a page with figures and a table of flows, from captures or from files of flows.',
  takes: 'flows, captures',
  examples,
  flags: (warn) => [
    new Flag('-q, --quiet', 'No summary and no warnings; errors only.'),
    new Flag('-o, --output <file>', 'Write the page to this file. Default: to standard output.'),
    ...flagsOf('report', warn),
  ],
  request({ program, values, sources, read, warnings }) {
    const options = givenOptions(program, values, []);
    const output = (values['output'] as string | undefined) ?? '-';
    checkGroups(options, output);
    return {
      sources,
      output: output === '-' ? null : output,
      quiet: values['quiet'] === true,
      warnings,
      read,
      options,
      report: { title: titleOf(sources), ...ownOptions(program, values) },
    };
  },
  perform,
};

function titleOf(sources: readonly string[]): string {
  if (sources.length > 1) return `${sources.length} files`;
  return sources[0] === '-' ? 'Standard input' : basename(sources[0]!);
}

async function perform({ sources, output, quiet, warnings, read, options, report: page }: ReportRequest, outside: Outside): Promise<number> {
  if (sources.includes('-') && outside.stdin.isTTY === true) throw new UsageError('Standard input is a terminal; pipe flows or a capture into it.');
  if (output === null && outside.stdout.isTTY === true) throw new UsageError('A page is not for a terminal; write it to a file with -o, or into a pipe.');
  await checkOutputs(output === null ? [] : [output], sources);
  const { capture, timeline, aggregate } = options;
  const between = await flowStages(options);
  const writer = toReport(output ?? '/dev/stdout', page);
  const opened = await openFlows(sources, {
    capture: { ...capture, ...timeline },
    aggregate: { ...('features' in aggregate ? {} : figures), ...aggregate },
    read,
    // What is named in vain is told with all that there is.
    ...(between.stages.length === 0 && page.columns === undefined && { needed: readNames }),
  });
  if (!quiet) for (const warning of [...warnings, ...opened.notes]) say(outside, `Warning: ${warning}`);
  const signals = onStopSignals(outside, () => opened.stop());
  const began = performance.now();
  let failure: unknown = null;
  try {
    await pipeline([opened.batches, ...between.stages, writer]);
  } catch (error) {
    failure = error;
  } finally {
    signals.release();
  }
  if (isClosedPipe(failure)) return 0;
  if (isUsageError(failure)) throw failure;
  const { damages } = opened.report();
  const damaged = damages.includes(failure as FlowError);
  if (!quiet && (failure === null || damaged)) {
    for (const line of labelLines(stageFacts(between).labels)) say(outside, line);
    const { flows, bytes } = writer.report();
    say(outside, `${counted(flows, 'flow')}, a page of ${shortBytes(bytes)} in ${((performance.now() - began) / 1000).toFixed(2)} s`);
  }
  for (const damage of damages) say(outside, damage.message);
  const stoppedBy = signals.exitCode();
  if (stoppedBy !== null && (failure === null || damaged)) return stoppedBy;
  if (failure !== null && !damaged) say(outside, sentence(failure));
  return failure !== null || damages.length > 0 ? 1 : 0;
}
