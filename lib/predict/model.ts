import { open } from 'node:fs/promises';
import { FlowError, listed, shortened } from '../errors.js';
import type { FlowColumn } from '../flows/columns.js';
import type { FlowBatch } from '../flows/flow-batch.js';
import { openError, shownName } from '../open-error.js';
import type { Schema } from '../schema/schema.js';
import { Turn } from '../stage/turn.js';
import { findFeatures, type Features } from './features.js';
import { Outcome, withPredictions } from './outcome.js';
import type { ModelRuntime, ModelSession, ModelTensor, ModelValue } from './runtime.js';

/** Names by an input or output of a model; a model's only input, or its first output, has them without its name. */
export type NamesByPart = string | readonly string[] | Readonly<Record<string, string | readonly string[]>>;

/** What is fed and taken. */
export interface ModelOptions {
  readonly inputs: NamesByPart;
  readonly column: NamesByPart;
  readonly nulls: number;
  readonly threads: number;
}

/**
 * Rows that are scored at once. One number, whatever a batch has: how flows arrive must not change the last digits. The JavaScript thread waits meanwhile, for some
 * milliseconds with a hundred trees.
 */
const step = 128;

/** Nothing of onnxruntime's own may go to the terminal: what goes wrong is thrown. */
const fatalOnly = 4;

/** What is done with the flows of one schema. */
interface Plan {
  readonly source: Schema;
  readonly schema: Schema;
  readonly features: readonly Features[];
  readonly outcomes: readonly Outcome[];
}

/** A model that is loaded, and what it makes of flows. */
export class Model {
  readonly #runtime: ModelRuntime;
  readonly #session: ModelSession;
  readonly #options: ModelOptions;
  readonly #inputs: readonly { value: ModelValue; names: readonly string[] }[];
  readonly #outputs: readonly { name: string; names: string | readonly string[] }[];
  /** Rows of a run. */
  readonly #step: number;
  readonly #turn = new Turn();
  #plan: Plan | null = null;
  #running: Promise<unknown> = Promise.resolve();
  #closed = false;

  private constructor(runtime: ModelRuntime, session: ModelSession, options: ModelOptions) {
    this.#runtime = runtime;
    this.#session = session;
    this.#options = options;
    this.#inputs = inputsOf(session, options.inputs);
    this.#outputs = outputsOf(session, options.column);
    this.#step = rowsOf(session.inputMetadata);
  }

  /**
   * Loads a model.
   * @throws {FlowError} ERR_NFSTREAM_NO_SUCH_FILE, ERR_NFSTREAM_PERMISSION, ERR_NFSTREAM_READ; ERR_NFSTREAM_MODEL for what is no model, or takes and gives something else
   */
  static async open(runtime: ModelRuntime, model: string | Uint8Array, options: ModelOptions): Promise<Model> {
    if (typeof model === 'string') await requireFile(model);
    const name = typeof model === 'string' ? `The file ${shownName(model)}` : `The model of ${model.length} bytes`;
    let session: ModelSession;
    try {
      session = await runtime.InferenceSession.create(model, { intraOpNumThreads: options.threads, interOpNumThreads: 1, logSeverityLevel: fatalOnly });
    } catch (cause) {
      throw new FlowError('ERR_NFSTREAM_MODEL', `${name} is no ONNX model that onnxruntime can load: ${reason(cause)}`, {
        ...(typeof model === 'string' && { file: model }),
        cause,
      });
    }
    try {
      return new Model(runtime, session, options);
    } catch (error) {
      await session.release();
      throw error;
    }
  }

  /**
   * The schema of what is given for flows with this one.
   * @throws {FlowError} ERR_NFSTREAM_COLUMN for columns that do not exist, are no numbers, or exist already; ERR_NFSTREAM_MODEL where the model takes or gives something else
   */
  async schemaFor(source: Schema): Promise<Schema> {
    if (this.#plan?.source !== source) this.#plan = await this.#planFor(source);
    return this.#plan.schema;
  }

  /** The columns for a batch whose schema was asked for; fewer rows when the model is closed meanwhile. @throws {FlowError} ERR_NFSTREAM_MODEL */
  async score(batch: FlowBatch): Promise<FlowColumn[]> {
    const { features, outcomes } = this.#plan!;
    const fillings = outcomes.map((outcome) => outcome.begin(batch.length));
    const memory = features.map(({ width }) => new Float32Array(width * Math.min(this.#step, batch.length)));
    for (let from = 0; from < batch.length && !this.#closed; from += this.#step) {
      const to = Math.min(from + this.#step, batch.length);
      features.forEach((each, index) => each.fill(batch.columns, from, to, memory[index]!));
      const given = await this.#run(features, memory, to - from);
      this.#outputs.forEach(({ name }, index) => fillings[index]!.add(given[name]!, from, to));
      if (this.#turn.over()) await this.#turn.next();
    }
    return this.#closed ? [] : fillings.flatMap((filling) => filling.end());
  }

  /** Frees the model, when what it is at is done. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await this.#running;
    await this.#session.release();
  }

  async #planFor(source: Schema): Promise<Plan> {
    const { inputs, nulls } = this.#options;
    const names = this.#inputs.map((input) => input.names);
    const features = findFeatures(source, names, nulls);
    this.#inputs.forEach(({ value }, index) => checkWidth(value, features[index]!.width));
    // Only what it gives says for certain how many values of which type these are.
    const rows = Math.min(2, this.#step);
    const memory = features.map(({ width }) => new Float32Array(width * rows));
    const given = await this.#run(features, memory, rows);
    const outcomes = this.#outputs.map(({ name, names: columns }) => new Outcome(name, given[name]!, rows, columns));
    const told = { inputs, columns: Object.fromEntries(outcomes.map(({ fields }, index) => [this.#outputs[index]!.name, fields.map(({ name }) => name)])) };
    return { source, schema: withPredictions(source, outcomes, told), features, outcomes };
  }

  async #run(features: readonly Features[], memory: readonly Float32Array[], rows: number): Promise<Readonly<Record<string, ModelTensor>>> {
    const feeds = Object.fromEntries(
      this.#inputs.map(({ value }, index) => {
        const { width } = features[index]!;
        return [value.name, new this.#runtime.Tensor('float32', memory[index]!.subarray(0, rows * width), value.shape!.length === 1 ? [rows] : [rows, width])];
      }),
    );
    const run = this.#session.run(
      feeds,
      this.#outputs.map(({ name }) => name),
    );
    this.#running = run.catch(() => {}); // who awaits it below is told
    let given: Readonly<Record<string, ModelTensor>>;
    try {
      given = await run;
    } catch (cause) {
      throw new FlowError('ERR_NFSTREAM_MODEL', `The model failed: ${reason(cause)}`, { cause });
    }
    // Releases before 1.24 mix up outputs of which not all are asked for.
    const missing = this.#outputs.find(({ name }) => given[name] === undefined);
    if (missing === undefined) return given;
    throw new FlowError(
      'ERR_NFSTREAM_PEER',
      `onnxruntime-node did not give the output ${shortened(missing.name)} of the model; install version 1.24.3 or a later one.`,
    );
  }
}

/** @throws {FlowError} for a file that cannot be read */
async function requireFile(path: string): Promise<void> {
  try {
    await (await open(path)).close();
  } catch (cause) {
    throw openError(path, cause as NodeJS.ErrnoException);
  }
}

/** The inputs of a model, and the columns of each. */
function inputsOf({ inputMetadata }: ModelSession, given: NamesByPart): { value: ModelValue; names: readonly string[] }[] {
  const known = inputMetadata.map(({ name }) => name);
  if (isList(given) && known.length !== 1)
    throw new FlowError('ERR_NFSTREAM_MODEL', `The model has ${known.length} inputs, ${listed(known)}; give inputs as an object with the columns of each.`);
  const byName: Readonly<Record<string, string | readonly string[]>> = isList(given) ? { [known[0]!]: given } : given;
  const other = Object.keys(byName).find((name) => !known.includes(name));
  if (other !== undefined) throw new FlowError('ERR_NFSTREAM_MODEL', `The model has no input ${shortened(other)}; it has ${listed(known)}.`);
  return inputMetadata.map((value) => {
    const names = Object.hasOwn(byName, value.name) ? byName[value.name] : undefined;
    if (names === undefined) throw new FlowError('ERR_NFSTREAM_MODEL', `The model has the input ${shortened(value.name)}, for which inputs names no columns.`);
    if (!value.isTensor || value.type !== 'float32')
      throw new FlowError(
        'ERR_NFSTREAM_MODEL',
        `The input ${shortened(value.name)} of the model takes ${value.isTensor ? value.type : 'no tensor'}, but predict() feeds float32; convert the model with FloatTensorType.`,
      );
    const rank = value.shape!.length;
    if (rank > 2)
      throw new FlowError(
        'ERR_NFSTREAM_MODEL',
        `The input ${shortened(value.name)} of the model has ${rank} dimensions, but predict() feeds 2: flows, and their columns.`,
      );
    return { value, names: typeof names === 'string' ? [names] : names };
  });
}

/** The outputs that are asked for, and what their columns are called. */
function outputsOf({ outputMetadata }: ModelSession, given: NamesByPart): { name: string; names: string | readonly string[] }[] {
  const known = outputMetadata.map(({ name }) => name);
  const asked = isList(given) ? [{ name: known[0]!, names: given }] : Object.entries(given).map(([name, names]) => ({ name, names }));
  for (const { name } of asked) {
    const value = outputMetadata.find((each) => each.name === name);
    if (value === undefined) throw new FlowError('ERR_NFSTREAM_MODEL', `The model has no output ${shortened(name)}; it has ${listed(known)}.`);
    if (!value.isTensor)
      throw new FlowError(
        'ERR_NFSTREAM_MODEL',
        `The output ${shortened(name)} of the model is a sequence or a map, and no tensor; convert the model with options={'zipmap': False}.`,
      );
  }
  return asked;
}

/** Rows of a run: as many as the model insists on, which may only be one. */
function rowsOf(inputs: readonly ModelValue[]): number {
  const fixed = inputs.filter(({ shape }) => typeof shape![0] === 'number');
  const other = fixed.find(({ shape }) => shape![0] !== 1);
  if (other !== undefined)
    throw new FlowError(
      'ERR_NFSTREAM_MODEL',
      `The input ${shortened(other.name)} of the model takes exactly ${other.shape![0]} rows at once; export it with a first dimension that is free.`,
    );
  return fixed.length > 0 ? 1 : step;
}

function checkWidth({ name, shape }: ModelValue, width: number): void {
  const takes = shape!.length === 1 ? 1 : shape![1];
  if (typeof takes !== 'number' || takes === width) return;
  throw new FlowError('ERR_NFSTREAM_MODEL', `The input ${shortened(name)} of the model takes ${takes} numbers a flow, but inputs gives it ${width}.`);
}

function isList(given: NamesByPart): given is string | readonly string[] {
  return typeof given === 'string' || Array.isArray(given);
}

function reason(cause: unknown): string {
  return shortened(cause instanceof Error ? cause.message : String(cause), 300);
}
