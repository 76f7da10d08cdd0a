import { BatchGuard } from '../flows/batch-guard.js';
import { FlowBatch } from '../flows/flow-batch.js';
import type { Schema } from '../schema/schema.js';
import { inputsOf, type Inputs } from '../stage/inputs.js';
import { LastStage } from '../stage/last-stage.js';
import { refuseInputs } from './output-check.js';

/** Where a stage writes what it is given: opened once, before the first batch. What is under way when it is aborted leaves nothing behind. */
export interface FlowOutput {
  open(): Promise<void>;
  write(batch: FlowBatch): Promise<void>;
  /** @param schema of the batches that came, for an output without any */
  finish(schema: Schema): Promise<void>;
  /** Also after `finish`, for nothing. */
  abort(): Promise<void>;
}

/** What last stages that write to a path have in common: nothing is opened before it is known that the path is none of the inputs. */
export abstract class FileStage extends LastStage {
  /** @internal The path, for whoever has several of these stages. */
  readonly path: string;
  readonly #output: FlowOutput;
  readonly #guard: BatchGuard;
  readonly #cancel: AbortController;
  #opened: Promise<void> | null = null;
  #inputs: Inputs | null = null;

  /** @param name as a user writes it, @param cancel what the output was told of, which ends its work at once */
  protected constructor(name: string, path: string, output: FlowOutput, cancel: AbortController) {
    super(name);
    this.path = path;
    this.#output = output;
    this.#guard = new BatchGuard(name, this.runs);
    this.#cancel = cancel;
  }

  override write(
    chunk: unknown,
    encoding?: BufferEncoding | ((error: Error | null | undefined) => void),
    callback?: (error: Error | null | undefined) => void,
  ): boolean {
    // Now: the stages in front may be over before the output is open.
    if (chunk instanceof FlowBatch) this.runs.take(chunk.schema.run);
    return super.write(chunk, encoding, callback);
  }

  override _destroy(error: Error | null, callback: (error?: Error | null) => void): void {
    this.#cancel.abort();
    const abort = (): Promise<void> => this.#output.abort();
    const opened = this.#opened ?? Promise.resolve();
    opened.then(abort, abort).then(
      () => callback(error),
      (cause: Error) => callback(error ?? cause),
    );
  }

  /** Called when more is known of the files that are read. */
  protected knowInputs(_inputs: Inputs): void {}

  protected put(batch: FlowBatch): Promise<void> {
    return this.#output.write(batch);
  }

  protected complete(schema: Schema): Promise<void> {
    return this.#output.finish(schema);
  }

  protected override begin(): void {
    this.#open().catch((error: Error) => this.destroy(error));
  }

  protected override async take(chunk: unknown): Promise<void> {
    const batch = this.#guard.accept(chunk);
    await this.#refuseInputs(batch.schema.run.inputs ?? null);
    if (this.destroyed) return;
    await this.#open();
    if (!this.destroyed) await this.put(batch);
  }

  protected override async finish(): Promise<void> {
    await this.#open();
    if (!this.destroyed) await this.complete(this.#guard.schema);
  }

  #open(): Promise<void> {
    return (this.#opened ??= this.#refuseInputs(inputsOf(this)).then(() => (this.destroyed ? undefined : this.#output.open())));
  }

  async #refuseInputs(inputs: Inputs | null): Promise<void> {
    if (inputs === null || inputs === this.#inputs) return;
    this.#inputs = inputs;
    this.knowInputs(inputs);
    await refuseInputs([this.path], inputs);
  }
}
