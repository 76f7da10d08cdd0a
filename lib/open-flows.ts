import { pipeline, Readable } from 'node:stream';
import { aggregate } from './aggregate/aggregate.js';
import type { AggregateOptions } from './aggregate/aggregate-options.js';
import type { FlowBatch } from './flows/flow-batch.js';
import { captureStream, type CaptureOptions } from './capture/index.js';
import type { LiveOptions } from './live/index.js';
import { namedSources, type NamedSources } from './live/named-sources.js';
import { openPackets } from './live/open-packets.js';
import { checkPaths } from './arguments.js';
import { FlowError } from './errors.js';
import { ByteInput } from './read/byte-input.js';
import { isCapture } from './read/first-bytes.js';
import { fromFileNeeding, type FileReadOptions } from './read/readers.js';

/** How far reading is. */
export interface OpenReport {
  readonly packets: number;
  readonly bytesRead: number;
  readonly bytesTotal: number;
  readonly damages: readonly FlowError[];
}

/** Flows from captures, from devices or from files of flows. */
export interface OpenFlows {
  /** Gives {@link FlowBatch} objects. */
  readonly batches: Readable & AsyncIterable<FlowBatch>;
  report(): OpenReport;
  /** What is to be said of the names of the sources. */
  readonly notes: readonly string[];
  /** Ends a capture gracefully; a file of flows just ends. */
  stop(): void;
}

/** Options for either kind of source. */
export interface OpenOptions {
  readonly capture?: CaptureOptions;
  /** What devices take besides. */
  readonly live?: Omit<LiveOptions, keyof CaptureOptions>;
  readonly aggregate?: AggregateOptions;
  readonly read?: FileReadOptions;
  /** Columns of files of flows that are needed: others may be left out. All of them without it. */
  readonly needed?: ReadonlySet<string>;
}

/**
 * Opens paths of captures or names of network devices, whose flows are made, or paths of files of flows: the first one's first bytes tell. `-` is standard input.
 * @throws {FlowError} ERR_NFSTREAM_OPTION_TYPE, ERR_NFSTREAM_OPTION_RANGE; as {@link captureFile}, {@link captureLive} and {@link fromFile} for what can't be opened
 */
export async function openFlows(paths: readonly string[], options: OpenOptions = {}): Promise<OpenFlows> {
  checkPaths('the source', paths);
  const named = namedSources(paths);
  if (named.devices !== null) return captures(paths, named, options);
  const input = new ByteInput(paths[0]!);
  const first = await input.peek().catch((error: unknown) => {
    if (error instanceof FlowError && error.code === 'ERR_NFSTREAM_IS_DIRECTORY') return 'folder' as const;
    throw error;
  });
  if (first === 'folder') return captures(paths, named, options);
  const again = input.bytesTotal > 0 && paths[0] !== '-';
  if (again) await input.close();
  try {
    if (first !== null && isCapture(first)) return again ? captures(paths, named, options) : captureOf(input, options);
    const reader = fromFileNeeding(again ? paths : chunksOf(input), options.read, options.needed ?? null);
    return { batches: reader, report: () => ({ packets: 0, ...reader.report() }), notes: named.notes, stop: () => reader.destroy() };
  } catch (error) {
    await input.close(); // an option is wrong
    throw error;
  }
}

/** Captures and folders of them, or devices. */
function captures(paths: readonly string[], named: NamedSources, options: OpenOptions): OpenFlows {
  const source = openPackets(paths, named, { ...options.capture, ...options.live });
  const batches = aggregate(options.aggregate);
  pipeline(source, batches, () => {}); // the reader of the batches is told what fails here
  return { batches, report: () => source.report(), notes: named.notes, stop: () => source.stop() };
}

/** A capture that can't be opened again. */
function captureOf(input: ByteInput, options: OpenOptions): OpenFlows {
  const source = captureStream(options.capture);
  const batches = aggregate(options.aggregate);
  const bytes = Readable.from(chunksOf(input), { objectMode: false });
  pipeline(bytes, source, batches, () => {}); // as above
  return { batches, report: () => source.report(), notes: [], stop: () => bytes.push(null) };
}

async function* chunksOf(input: ByteInput): AsyncGenerator<Uint8Array> {
  try {
    for (let chunk = await input.next(); chunk !== null; chunk = await input.next()) yield Uint8Array.from(chunk);
  } finally {
    await input.close();
  }
}
