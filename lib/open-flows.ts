import { pipeline, Readable } from 'node:stream';
import { aggregate } from './aggregate/aggregate.js';
import type { AggregateOptions } from './aggregate/aggregate-options.js';
import type { FlowBatch } from './flows/flow-batch.js';
import { captureFile, captureStream, type CaptureOptions } from './capture/index.js';
import { checkPaths } from './arguments.js';
import { FlowError } from './errors.js';
import { ByteInput } from './read/byte-input.js';
import { isCapture } from './read/first-bytes.js';
import { fromFile, type FileReadOptions } from './read/readers.js';

/** How far reading is. */
export interface OpenReport {
  readonly packets: number;
  readonly bytesRead: number;
  readonly bytesTotal: number;
  readonly damages: readonly FlowError[];
}

/** Flows from captures or from files of flows. */
export interface OpenFlows {
  /** Gives {@link FlowBatch} objects. */
  readonly batches: Readable & AsyncIterable<FlowBatch>;
  report(): OpenReport;
  /** Ends a capture gracefully; a file of flows just ends. */
  stop(): void;
}

/** Options for either kind of source. */
export interface OpenOptions {
  readonly capture?: CaptureOptions;
  readonly aggregate?: AggregateOptions;
  readonly read?: FileReadOptions;
}

/**
 * Opens paths of captures, whose flows are made, or of files of flows: the first one's first bytes tell. `-` is standard input.
 * @throws {FlowError} ERR_NFSTREAM_OPTION_TYPE, ERR_NFSTREAM_OPTION_RANGE; as {@link captureFile} and {@link fromFile} for what can't be opened
 */
export async function openFlows(paths: readonly string[], options: OpenOptions = {}): Promise<OpenFlows> {
  checkPaths('the source', paths);
  const input = new ByteInput(paths[0]!);
  const first = await input.peek().catch((error: unknown) => {
    if (error instanceof FlowError && error.code === 'ERR_NFSTREAM_IS_DIRECTORY') return 'folder' as const;
    throw error;
  });
  if (first === 'folder') return captures(paths, options);
  const again = input.bytesTotal > 0 && paths[0] !== '-';
  if (again) await input.close();
  try {
    if (first !== null && isCapture(first)) return again ? captures(paths, options) : captureOf(input, options);
    const reader = fromFile(again ? paths : chunksOf(input), options.read);
    return { batches: reader, report: () => ({ packets: 0, ...reader.report() }), stop: () => reader.destroy() };
  } catch (error) {
    await input.close(); // an option is wrong
    throw error;
  }
}

/** Captures, and folders of them. */
function captures(paths: readonly string[], options: OpenOptions): OpenFlows {
  const source = captureFile(paths, options.capture);
  const batches = aggregate(options.aggregate);
  pipeline(source, batches, () => {}); // the reader of the batches is told what fails here
  return { batches, report: () => source.report(), stop: () => source.stop() };
}

/** A capture that can't be opened again. */
function captureOf(input: ByteInput, options: OpenOptions): OpenFlows {
  const source = captureStream(options.capture);
  const batches = aggregate(options.aggregate);
  const bytes = Readable.from(chunksOf(input), { objectMode: false });
  pipeline(bytes, source, batches, () => {}); // as above
  return { batches, report: () => source.report(), stop: () => bytes.push(null) };
}

async function* chunksOf(input: ByteInput): AsyncGenerator<Uint8Array> {
  try {
    for (let chunk = await input.next(); chunk !== null; chunk = await input.next()) yield Uint8Array.from(chunk);
  } finally {
    await input.close();
  }
}
