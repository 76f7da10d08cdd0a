import { Option as Flag } from 'commander';
import { mkdtemp, open, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { FlowError } from '../../errors.js';
import type { FlowBatch } from '../../flows/flow-batch.js';
import { openFlows } from '../../open-flows.js';
import { parquetMagic } from '../../read/first-bytes.js';
import type { FileReadOptions } from '../../read/readers.js';
import { loadDuckDb, sqlText, type SqlConnection, type SqlResult } from '../../sql/duckdb.js';
import { queryBatches } from '../../sql/query-batches.js';
import { registerFlows } from '../../sql/register-flows.js';
import { checkGroups, givenOptions, outputFlag, outputsOf, type Request } from '../command-line.js';
import { flagsOf } from '../flags.js';
import { checkOutputs, outputStage } from '../outputs.js';
import { isClosedPipe, sentence } from '../run.js';
import { showProgress } from '../terminal/progress-bar.js';
import { onStopSignals, type StopSignals } from '../end/stop-signals.js';
import { say, type Outside } from '../streams.js';
import type { Subcommand } from '../subcommand.js';
import { UsageError } from '../usage-error.js';
import { resultTable } from './result-table.js';
import { shell } from './shell.js';

/** What `nfstream sql` is asked for. */
interface SqlRequest extends Pick<Request, 'sources' | 'output' | 'moreOutputs' | 'format' | 'options'> {
  readonly read: FileReadOptions;
  /** The statements, or null for a shell. */
  readonly statements: string | null;
  /** The most memory that DuckDB takes, as it is written there; null for DuckDB's own limit. */
  readonly memory: string | null;
}

const examples = `
Examples:
  nfstream sql -c "select application_name, sum(bidirectional_bytes) b from flows group by 1 order by b desc" office.pcap
  nfstream sql -c "select * from flows where dst_port = 443" monday.parquet tuesday.parquet -o tls.csv
  nfstream sql --features full office.pcap        a shell; statements end with a semicolon, .quit leaves
  echo "select count(*) from flows;" | nfstream sql office.pcap

The flows are the table named flows. Parquet is read by DuckDB itself, everything else goes into memory first.
`;

/** `nfstream sql`. */
export const sql: Subcommand<SqlRequest> = {
  name: 'sql',
  does: 'Asks files of flows, or captures, in SQL, through DuckDB (the package @duckdb/node-api).',
  takes: 'flows, captures',
  examples,
  flags: (warn) => [
    new Flag('-c, --command <sql>', 'Perform these statements; without it, a shell asks for them.'),
    new Flag(
      '--memory-limit <size>',
      "The most memory that DuckDB may take, such as 2GB; what does not fit goes to the disk. Default: DuckDB's own, 80 % of this machine's.",
    ),
    outputFlag('Write what the query gives to this file; its ending tells the format. Default: a table on a terminal, JSON Lines into a pipe.'),
    ...flagsOf('sql', warn),
  ],
  request({ program, values, sources, read }) {
    const { formats, ...outputs } = outputsOf(values);
    const options = givenOptions(program, values, formats);
    checkGroups(options, outputs.output);
    const statements = (values['command'] as string | undefined) ?? null;
    if (statements !== null && !holdsStatement(statements)) throw new UsageError('--command has no statement.');
    if (statements === null && outputs.output !== null) throw new UsageError('An output is for one query; give it with -c.');
    return { sources, ...outputs, options, read, statements, memory: (values['memoryLimit'] as string | undefined) ?? null };
  },
  perform,
};

async function perform(request: SqlRequest, outside: Outside): Promise<number> {
  const { sources, statements, memory } = request;
  const outputs = request.output === null ? [] : [request.output, ...request.moreOutputs];
  await checkOutputs(outputs, sources);
  if (sources.includes('-') && statements === null) throw new UsageError('Standard input is either flows or statements; give statements with -c.');
  const { api } = loadDuckDb();
  const spill = await mkdtemp(join(tmpdir(), 'nfstream-sql-'));
  const instance = await api.DuckDBInstance.create(':memory:', {
    temp_directory: spill,
    autoinstall_known_extensions: 'false',
  }).catch((error: Error) => {
    throw new UsageError(`DuckDB does not start: ${error.message}.`);
  });
  const connection = await instance.connect();
  // While flows are read, a signal ends the reading, and the query is about those: without it, a device would be read forever.
  let stop = (): void => connection.interrupt();
  const signals = onStopSignals(outside, () => stop());
  try {
    if (memory !== null) await setMemoryLimit(connection, memory);
    const damages = await register(connection, request, outside, signals, (stopReading) => (stop = stopReading));
    stop = () => connection.interrupt();
    for (const damage of damages) say(outside, damage.message);
    const good = await answer(connection, request, outputs, outside);
    return signals.exitCode() ?? (damages.length > 0 || !good ? 1 : 0);
  } catch (error) {
    if (isClosedPipe(error)) return 0;
    if (signals.exitCode() === null) throw error;
    return signals.exitCode()!;
  } finally {
    signals.release();
    connection.closeSync();
    instance.closeSync();
    await rm(spill, { recursive: true, force: true });
  }
}

async function setMemoryLimit(connection: SqlConnection, limit: string): Promise<void> {
  await connection.run(`set memory_limit = ${sqlText(limit)}`).catch((error: Error) => {
    throw new UsageError(`--memory-limit takes a size such as 2GB: ${error.message}`);
  });
}

/**
 * Makes the table; gives what is wrong with its sources, of which the good part is in it.
 * @param onOpen is given what ends the reading
 */
async function register(
  connection: SqlConnection,
  { sources, options, read }: SqlRequest,
  outside: Outside,
  signals: StopSignals,
  onOpen: (stop: () => void) => void,
): Promise<readonly FlowError[]> {
  if (await areParquet(sources)) {
    await connection
      .run(`create view flows as select * from read_parquet([${sources.map(sqlText).join(', ')}], union_by_name = true)`)
      .catch((error: unknown) => {
        throw oneLine(error);
      });
    return [];
  }
  const { capture, timeline, aggregate } = options;
  const opened = await openFlows(sources, { capture: { ...capture, ...timeline }, aggregate, read });
  for (const note of opened.notes) say(outside, `Warning: ${note}`);
  onOpen(() => opened.stop());
  if (signals.exitCode() !== null) opened.stop(); // it came meanwhile
  const hideProgress = showProgress(outside.stderr, () => opened.report());
  await registerFlows(connection, 'flows', opened.batches)
    .catch((error: unknown) => {
      if (!opened.report().damages.includes(error as FlowError)) throw error;
    })
    .finally(hideProgress);
  return opened.report().damages;
}

async function areParquet(sources: readonly string[]): Promise<boolean> {
  for (const source of sources) {
    if (source === '-') return false;
    const found = await stat(source).catch(() => null);
    // What is not there may be a pattern of DuckDB's, such as 'flows/*.parquet'.
    if (found === null && /[*?[]/.test(source) && source.endsWith('.parquet')) continue;
    // What is no file is opened once, by who reads it: a pipe that is closed again breaks for its writer.
    if (found?.isFile() !== true) return false;
    const file = await open(source).catch(() => null);
    if (file === null) return false;
    try {
      const { buffer, bytesRead } = await file.read(Buffer.alloc(parquetMagic.length), 0, parquetMagic.length, 0);
      if (!parquetMagic.equals(buffer.subarray(0, bytesRead))) return false;
    } finally {
      await file.close();
    }
  }
  return true;
}

async function answer(connection: SqlConnection, request: SqlRequest, outputs: readonly string[], outside: Outside): Promise<boolean> {
  const table = outputs.length === 0 && request.format === null && outside.stdout.isTTY === true;
  const run = (text: string): Promise<void> =>
    eachResult(connection, text, async (result, last) => {
      const batches = queryBatches(result);
      if (table) outside.stdout.write(await resultTable(batches));
      else if (last || outputs.length === 0)
        await pipeline(Readable.from(batches, { highWaterMark: 1 }) as Readable & AsyncIterable<FlowBatch>, outputStage(outputs, request.options));
    }).catch((error: unknown) => {
      throw oneLine(error);
    });
  if (request.statements !== null) {
    await run(request.statements);
    return true;
  }
  return shell(process.stdin, outside.stdout, run, (error) => say(outside, sentence(error)));
}

const select = 1;

/** Statements that only do something give one column of their own: how many rows it was done to, or that it succeeded. */
function givesRows(result: SqlResult): boolean {
  const [first, ...more] = result.deduplicatedColumnNames();
  return first !== undefined && (result.statementType === select || more.length > 0 || !['Count', 'Success'].includes(first));
}

/** What DuckDB says, in one line: it draws an arrow below the place in a line of its own. */
function oneLine(error: unknown): unknown {
  if (error instanceof FlowError || !(error instanceof Error)) return error;
  const [what, ...where] = error.message.replace(/^Failed to extract statements: /, '').split(/\n+/);
  const line = where.find((text) => /^LINE \d+: /.test(text));
  return new Error(line === undefined ? what : `${what}, in ${line.replace('LINE', 'line').replace(/\s+/g, ' ')}`, { cause: error });
}

/** Whether there is more than semicolons, white space and comments. */
function holdsStatement(text: string): boolean {
  return text.replace(/--[^\n]*|\/\*[^]*?\*\//g, '').replace(/[\s;]+/g, '') !== '';
}

/** Performs statements one after the other; each that gives rows is handed on. */
async function eachResult(connection: SqlConnection, text: string, take: (result: SqlResult, last: boolean) => Promise<void>): Promise<void> {
  if (!holdsStatement(text)) return; // DuckDB's package fails without a reason
  const statements = await connection.extractStatements(text);
  for (let index = 0; index < statements.count; index++) {
    const prepared = await statements.prepare(index);
    try {
      const result = await prepared.stream();
      if (givesRows(result)) await take(result, index === statements.count - 1);
    } finally {
      prepared.destroySync();
    }
  }
}
