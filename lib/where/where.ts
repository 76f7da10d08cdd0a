import { FlowError, invalidOption } from '../errors.js';
import type { ExpressionSource } from '../expressions/expression-error.js';
import { parseExpression } from '../expressions/parse.js';
import type { Node } from '../expressions/syntax.js';
import { gatherColumn, type FlowColumn } from '../flows/columns.js';
import { FlowBatch } from '../flows/flow-batch.js';
import type { FlowSource } from '../flows/flow-source.js';
import { isRecord } from '../is-record.js';
import { checkOptions } from '../options.js';
import type { Schema } from '../schema/schema.js';
import { FlowStage } from '../flows/flow-stage.js';
import { Turn } from '../stage/turn.js';
import { compileCondition } from './compile.js';
import type { Plan } from './values.js';

/** Which flows {@link where} keeps. */
export interface WhereOptions {
  /** A condition over columns, by their names in files or on flows: `application_name == "DNS" and bidirectional_packets > 10`. docs/expressions.md has the language. */
  expression: string;
}

/** What {@link FlowFilter} has done so far. */
export interface WhereReport {
  /** Flows that came. */
  flows: number;
  /** Flows for which the condition holds. */
  kept: number;
}

/** Rows between two looks at the clock. */
const stride = 256;

/**
 * The stage that keeps flows: takes and gives {@link FlowBatch}, with the same columns. The first batch of a run goes on even without flows, as it carries the
 * schema. Iterating it throws the source's damage, if any, after the last batch, unless a stage further on tells it. Made by {@link where}.
 */
export class FlowFilter extends FlowStage {
  readonly #source: ExpressionSource;
  readonly #node: Node;
  readonly #turn = new Turn();
  readonly #report: WhereReport = { flows: 0, kept: 0 };
  #schema: Schema | null = null;
  #plan: Plan<boolean> | null = null;
  /** The capture of the last batch that was given; undefined before the first one. */
  #given: FlowSource | null | undefined = undefined;

  /** @internal */
  constructor(options: WhereOptions & { signal?: AbortSignal }) {
    const { expression, signal } = checkWhereOptions(options);
    super('where()');
    this.#source = sourceOf(expression);
    this.#node = parseExpression(this.#source);
    this.abortWith(signal);
  }

  /** How many flows came, and how many of them were kept. */
  report(): WhereReport {
    return { ...this.#report };
  }

  protected override async acceptFlows(batch: FlowBatch): Promise<void> {
    const rows = await this.#kept(batch);
    this.#report.flows += batch.length;
    this.#report.kept += rows.length;
    const first = this.#given === undefined || this.#given?.index !== batch.source?.index;
    if (rows.length === 0 && !first) return;
    this.#given = batch.source;
    await this.give(rows.length === batch.length ? batch : await this.#gathered(batch, rows));
  }

  async #kept(batch: FlowBatch): Promise<Uint32Array> {
    const rows = new Uint32Array(batch.length);
    const holds = this.#planFor(batch.schema)(batch.columns);
    let kept = 0;
    for (let row = 0; row < batch.length && !this.destroyed; row++) {
      if (holds(row) === true) rows[kept++] = row;
      if (row % stride === 0 && this.#turn.over()) await this.#turn.next();
    }
    return rows.subarray(0, kept);
  }

  async #gathered(batch: FlowBatch, rows: Uint32Array): Promise<FlowBatch> {
    const columns: FlowColumn[] = [];
    for (const column of batch.columns) {
      columns.push(gatherColumn(column, rows));
      if (this.#turn.over()) await this.#turn.next();
    }
    return new FlowBatch(batch.schema, rows.length, columns, batch.source);
  }

  #planFor(schema: Schema): Plan<boolean> {
    if (this.#plan === null || this.#schema !== schema) {
      this.#schema = schema;
      // A source without a flow may have no columns, and is no mistake of the expression's.
      this.#plan = schema.fields.length === 0 ? () => () => null : compileCondition(this.#source, this.#node, schema);
    }
    return this.#plan;
  }
}

function sourceOf(expression: string): ExpressionSource {
  return { what: 'where', text: expression };
}

/**
 * Checks the options of {@link where} without making the stage.
 * @param what how a sentence names them
 * @throws {FlowError} ERR_NFSTREAM_EXPRESSION for what is no expression, ERR_NFSTREAM_OPTION_UNKNOWN, ERR_NFSTREAM_OPTION_TYPE
 */
export function checkWhereOptions(options: unknown, what = 'the expression of where()'): WhereOptions & { signal?: AbortSignal } {
  const given = typeof options === 'string' ? { expression: options } : options;
  if (!isRecord(given)) throw invalidOption('ERR_NFSTREAM_OPTION_TYPE', what, 'a text, or an object', given);
  const checked = checkOptions(['where'], given) as { expression?: string; signal?: AbortSignal };
  if (checked.expression === undefined) throw new FlowError('ERR_NFSTREAM_OPTION_TYPE', `Expected a text for ${what} but received none.`);
  return checked as WhereOptions & { signal?: AbortSignal };
}

/**
 * Makes the stage that keeps the flows for which a condition holds: `where('application_name == "DNS" and bidirectional_packets > 10')`. It stands behind `aggregate()`, or
 * behind a reader of files of flows, and before `anonymize()`. The `id` of a flow stays as it is.
 * @throws {FlowError} ERR_NFSTREAM_EXPRESSION, whose message says at which character, ERR_NFSTREAM_OPTION_UNKNOWN, ERR_NFSTREAM_OPTION_TYPE; while it runs, the stage is
 * destroyed with ERR_NFSTREAM_EXPRESSION for a column that does not exist or operands of the wrong type, or ERR_NFSTREAM_BATCH_TYPE
 */
export function where(expression: string | (WhereOptions & { signal?: AbortSignal })): FlowFilter {
  return new FlowFilter(expression as WhereOptions);
}
