import { checkPath } from '../arguments.js';
import { FlowBatch } from '../flows/flow-batch.js';
import { BatchGuard } from '../flows/batch-guard.js';
import { refuseInputs } from '../files/output-check.js';
import { OutputFile } from '../files/output-file.js';
import { checkOptions } from '../options.js';
import { inputsOf, type Inputs } from '../stage/inputs.js';
import { LastStage } from '../stage/last-stage.js';
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
export class PageWriter extends LastStage {
  readonly #path: string;
  readonly #clobber: boolean;
  readonly #encoder: ReportEncoder;
  readonly #guard = new BatchGuard('toReport()', this.runs);
  readonly #cancel = new AbortController();
  readonly #turn = new Turn();
  #opened: Promise<OutputFile | null> | null = null;
  #inputs: Inputs | null = null;
  #file: OutputFile | null = null;
  #whole = false;

  /** @internal */
  constructor(path: string, options?: PageOptions) {
    checkPath('the path of toReport()', path);
    const { title, columns, flowBytes, clobber, signal } = checkOptions(['page'], options) as PageOptions;
    super('toReport()');
    this.#path = path;
    this.#clobber = clobber!;
    this.#encoder = new ReportEncoder({ title: title!, columns: columns ?? [], flowBytes: flowBytes! });
    this.abortWith(signal);
  }

  /** What was written so far; final after the end. */
  report(): PageReport {
    return { path: this.#path, flows: this.#file?.flows ?? 0, bytes: this.#file?.bytes ?? 0 };
  }

  override write(
    chunk: unknown,
    encoding?: BufferEncoding | ((error: Error | null | undefined) => void),
    callback?: (error: Error | null | undefined) => void,
  ): boolean {
    // Now: the stages in front may be over before the file is open.
    if (chunk instanceof FlowBatch) this.runs.take(chunk.schema.run);
    return super.write(chunk, encoding, callback);
  }

  override _destroy(error: Error | null, callback: (error?: Error | null) => void): void {
    this.#cancel.abort();
    const abort = async (): Promise<void> => {
      if (!this.#whole) await this.#file?.abort();
      await this.#encoder.close();
    };
    const opened = this.#opened ?? Promise.resolve();
    opened.then(abort, abort).then(
      () => callback(error),
      (cause: Error) => callback(error ?? cause),
    );
  }

  protected override begin(): void {
    this.#open().catch((error: Error) => this.destroy(error));
  }

  protected override async take(chunk: unknown): Promise<void> {
    const batch = this.#guard.accept(chunk);
    await this.#refuse(batch.schema.run.inputs ?? null);
    const file = await this.#open();
    if (!this.destroyed) await file?.write(batch, 0, batch.length);
  }

  protected override async finish(): Promise<void> {
    const file = await this.#open();
    if (!this.destroyed) this.#whole = (await file?.commit(this.#guard.schema)) ?? false;
  }

  #open(): Promise<OutputFile | null> {
    return (this.#opened ??= this.#openOnce());
  }

  async #openOnce(): Promise<OutputFile | null> {
    await this.#refuse(inputsOf(this));
    if (this.destroyed) return null;
    const making = { encoder: () => this.#encoder, clobber: this.#clobber, cancelled: this.#cancel.signal, turn: this.#turn };
    return (this.#file = await OutputFile.open(this.#path, making));
  }

  async #refuse(inputs: Inputs | null): Promise<void> {
    if (inputs === null || inputs === this.#inputs) return;
    this.#inputs = inputs;
    await refuseInputs([this.#path], inputs);
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
