import { checkPath } from '../arguments.js';
import { FileStage } from '../files/file-stage.js';
import { SingleFile } from '../files/single-file.js';
import { checkOptions } from '../options.js';
import { Turn } from '../stage/turn.js';
import { ReportEncoder } from './report-encoder.js';

/** Options of {@link toReport}. */
export interface PageOptions {
  /** What stands at the top. Default 'Flows'. */
  title?: string;
  /** Columns for the table of flows besides those that the figures show. Default none. */
  columns?: readonly string[];
  /**
   * Bytes that all flows may take inside the page, compressed and in base64, 0 to 200,000,000. Where they take more the page has sums, some single flows, and fewer filters. With 0 no flow is
   * in it but those. Default 20,000,000.
   */
  flowBytes?: number;
  /** Replaces a report that exists, when the new one is whole; false refuses, at the start and again at the end. Default true. */
  clobber?: boolean;
  /** Destroys the stage when it is aborted, which leaves a report that existed as it was. */
  signal?: AbortSignal;
}

/** What was written so far. */
export interface PageReport {
  /** The path as it was given. */
  path: string;
  /** Flows that it was made of. */
  flows: number;
  /** Size of the page; 0 until it is written. */
  bytes: number;
}

/** The last stage that makes a page of flows: takes {@link FlowBatch}. Made by {@link toReport}. */
export class PageWriter extends FileStage {
  readonly #file: SingleFile;

  /** @internal */
  constructor(path: string, options?: PageOptions) {
    checkPath('the path of toReport()', path);
    const { title, columns, flowBytes, clobber, signal } = checkOptions(['page'], options) as PageOptions;
    const encoder = new ReportEncoder({ title: title!, columns: columns ?? [], flowBytes: flowBytes! });
    const cancel = new AbortController();
    const file = new SingleFile(path, { encoder: () => encoder, clobber: clobber!, cancelled: cancel.signal, turn: new Turn() });
    super('toReport()', path, file, cancel);
    this.#file = file;
    this.abortWith(signal);
  }

  /** What was written so far; final after the end. */
  report(): PageReport {
    return { path: this.path, flows: this.#file.flows, bytes: this.#file.bytes };
  }
}

/**
 * Makes the last stage that writes a report of flows: one HTML page with figures and a table, which fetches nothing, whatever the path ends with (docs/report.md). It is written beside the
 * path and renamed when it is whole, as {@link toFile} does; what is gathered while flows come has bounded memory.
 * @throws {FlowError} ERR_NFSTREAM_OPTION_UNKNOWN, ERR_NFSTREAM_OPTION_TYPE, ERR_NFSTREAM_OPTION_RANGE; while it runs, the stage is destroyed with ERR_NFSTREAM_OUTPUT,
 * ERR_NFSTREAM_OUTPUT_EXISTS, ERR_NFSTREAM_OUTPUT_IS_INPUT, ERR_NFSTREAM_COLUMN for a name in `columns` that no column has, ERR_NFSTREAM_BATCH_TYPE, ERR_NFSTREAM_SCHEMA_CHANGED, or the
 * damage's code
 */
export function toReport(path: string, options?: PageOptions): PageWriter {
  return new PageWriter(path, options);
}
