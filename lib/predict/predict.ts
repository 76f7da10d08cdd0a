import { FlowError, invalidOption } from '../errors.js';
import { FlowBatch } from '../flows/flow-batch.js';
import { isRecord } from '../is-record.js';
import { checkOptions } from '../options.js';
import { FlowStage } from '../flows/flow-stage.js';
import { Model, type ModelOptions } from './model.js';
import { findRuntime, type ModelRuntime } from './runtime.js';

/** What {@link predict} scores flows with. */
export interface PredictOptions {
  /** An ONNX model: the path of its file, or its bytes. */
  model: string | Uint8Array;
  /**
   * The columns that the model takes, in its order: integers, floats, or lists, each of which is as many numbers as it has items. They are fed as 32-bit floats: integers beyond
   * 2^24 are rounded. Of a model with several inputs an object: `{ sizes: ['splt_ps'], rest: ['protocol', 'dst_port'] }`.
   */
  inputs: string | readonly string[] | Readonly<Record<string, string | readonly string[]>>;
  /**
   * The column that the model's first output becomes, or an object with those of several outputs: `{ label: 'kind', probabilities: 'p' }`. An output with several values a flow
   * becomes as many columns, `p_0`, `p_1`, ..., or those of an array of names. Integers become integers, text becomes text, floats become floats, null where they are NaN or infinite.
   * Default 'prediction'.
   */
  column?: string | readonly string[] | Readonly<Record<string, string | readonly string[]>>;
  /** What a null is fed as: a number, or NaN, the default, which models know as a missing value if they were trained with such. */
  nulls?: number;
  /** Threads that the model is run on, 1 to 64. With more than one, last digits of sums may differ from run to run. Default 1. */
  threads?: number;
}

/** What {@link Predictor} has done so far. */
export interface PredictReport {
  /** Flows that were scored. */
  flows: number;
}

interface CheckedOptions extends ModelOptions {
  readonly model: string | Uint8Array;
  readonly signal?: AbortSignal;
}

/**
 * The stage that scores flows: takes and gives {@link FlowBatch}, with columns for what a model says behind those that came. Iterating it throws the source's damage, if any, after the
 * last batch, unless a stage further on tells it. Made by {@link predict}.
 */
export class Predictor extends FlowStage {
  readonly #options: CheckedOptions;
  readonly #runtime: () => ModelRuntime;
  readonly #report: PredictReport = { flows: 0 };
  #model: Promise<Model> | null = null;

  /** @internal */
  constructor(options: PredictOptions & { signal?: AbortSignal }, runtime?: ModelRuntime) {
    const checked = checkPredictOptions(options);
    const found = runtime === undefined ? findRuntime() : () => runtime;
    super('predict()');
    this.#options = checked;
    this.#runtime = found;
    this.abortWith(checked.signal);
  }

  /** How many flows were scored. */
  report(): PredictReport {
    return { ...this.#report };
  }

  protected override async acceptFlows(batch: FlowBatch): Promise<void> {
    // A source without a flow may have no columns, and is no mistake of the model's.
    if (batch.schema.fields.length === 0) return this.give(batch);
    const { model: what, ...options } = this.#options;
    const model = await (this.#model ??= Model.open(this.#runtime(), what, options));
    if (this.destroyed) return;
    const schema = await model.schemaFor(batch.schema);
    const columns = await model.score(batch);
    if (this.destroyed) return;
    this.#report.flows += batch.length;
    await this.give(new FlowBatch(schema, batch.length, [...batch.columns, ...columns], batch.source));
  }

  override _destroy(error: Error | null, callback: (error?: Error | null) => void): void {
    super._destroy(error, (failure) => {
      this.#close().then(() => callback(failure), callback);
    });
  }

  async #close(): Promise<void> {
    const opening = this.#model;
    this.#model = null;
    await (await opening?.catch(() => null))?.close(); // a model that could not be opened has failed the stage already
  }
}

/**
 * Checks the options of {@link predict} without making the stage.
 * @param what how a sentence names them
 * @throws {FlowError} ERR_NFSTREAM_OPTION_UNKNOWN, ERR_NFSTREAM_OPTION_TYPE, ERR_NFSTREAM_OPTION_RANGE
 */
export function checkPredictOptions(options: unknown, what = 'the options of predict()'): CheckedOptions {
  if (!isRecord(options)) throw invalidOption('ERR_NFSTREAM_OPTION_TYPE', what, 'an object', options);
  const { nulls = NaN, ...checked } = checkOptions(['predict'], options) as unknown as Omit<CheckedOptions, 'nulls' | 'inputs' | 'model'> &
    Partial<CheckedOptions>;
  if (checked.model === undefined) throw new FlowError('ERR_NFSTREAM_OPTION_TYPE', 'Expected a path or a Uint8Array for model but received none.');
  if (checked.inputs === undefined) throw new FlowError('ERR_NFSTREAM_OPTION_TYPE', 'Expected the names of columns for inputs but received none.');
  return { ...checked, model: checked.model, inputs: checked.inputs, nulls };
}

/**
 * Makes the stage that scores flows with an ONNX model, behind `aggregate()` or a reader of files of flows: `predict({ model: 'kind.onnx', inputs: ['bidirectional_packets'], column:
 * 'kind' })`. It needs the package onnxruntime-node, which is installed beside nfstream. docs/machine-learning.md says how such a model is made.
 * @throws {FlowError} ERR_NFSTREAM_PEER without the package, ERR_NFSTREAM_OPTION_UNKNOWN, ERR_NFSTREAM_OPTION_TYPE, ERR_NFSTREAM_OPTION_RANGE; while it runs, the stage is destroyed
 * with ERR_NFSTREAM_NO_SUCH_FILE, ERR_NFSTREAM_PERMISSION or ERR_NFSTREAM_READ for the model's file, ERR_NFSTREAM_MODEL for a model that is none, takes or gives something else, or
 * fails, ERR_NFSTREAM_COLUMN for columns that do not exist, are no numbers, or exist already, or ERR_NFSTREAM_BATCH_TYPE
 */
export function predict(options: PredictOptions & { signal?: AbortSignal }): Predictor {
  return new Predictor(options);
}
