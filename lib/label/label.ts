import { checkPath } from '../arguments.js';
import { FlowError, invalidOption } from '../errors.js';
import type { TextColumn } from '../flows/columns.js';
import { FlowBatch } from '../flows/flow-batch.js';
import { isRecord } from '../is-record.js';
import { checkOptions } from '../options.js';
import { labelField } from '../schema/stage-fields.js';
import { Schema } from '../schema/schema.js';
import { FlowStage } from '../flows/flow-stage.js';
import { Turn } from '../stage/turn.js';
import { Endpoints } from './endpoints.js';
import { Labels, type LabelReport } from './labels.js';
import { checkRule, type LabelRule } from './rule.js';
import { RuleIndex } from './rule-index.js';
import { zoneNamed, type Zone } from './zone.js';

/** What {@link label} takes. */
export interface LabelOptions {
  /** The path of a file of rules (CSV, docs/label.md), or the rules themselves: at most a million. */
  rules: string | readonly LabelRule[];
  /** The label of flows that no rule matches. Default: none, null. */
  default?: string;
  /** A rule matches a flow of which some time lies between its times, and not only one that begins there. Default false. */
  overlap?: boolean;
  /** A flow has the labels of all rules that match it, each once, with `|` between them; and not that of the first one. Default false. */
  all?: boolean;
  /** The zone of times that do not name their own: an offset such as `-03:00`, or a name of IANA's such as `America/Moncton`. Default 'UTC'. */
  zone?: string;
}

/** Rows between two looks at the clock. */
const stride = 256;
const mostRules = 1_000_000;

interface CheckedOptions {
  readonly rules: string | readonly LabelRule[];
  readonly default?: string;
  readonly overlap: boolean;
  readonly all: boolean;
  readonly zone: Zone;
  readonly signal?: AbortSignal;
}

/**
 * The stage that labels flows by rules: takes and gives {@link FlowBatch}, with the column `label` behind those that came. It reads the rules when the first batch comes. Iterating it throws
 * the source's damage, if any, after the last batch, unless a stage further on tells it. Made by {@link label}.
 */
export class Labeler extends FlowStage {
  readonly #options: CheckedOptions;
  readonly #turn = new Turn();
  #labels: Labels | null = null;
  #index: RuleIndex | null = null;
  #given: Schema | null = null;
  #made: Schema | null = null;
  #endpoints: Endpoints | null = null;

  /** @internal */
  constructor(options: LabelOptions & { signal?: AbortSignal }) {
    const checked = checkLabelOptions(options);
    super('label()');
    this.#options = checked;
    this.abortWith(checked.signal);
  }

  /** What was labelled, and which rules matched what. */
  report(): LabelReport {
    return this.#labels?.report() ?? { flows: 0, labelled: 0, rules: [], unmatched: [], several: { flows: 0, differing: 0, examples: [] } };
  }

  protected override async acceptFlows(batch: FlowBatch): Promise<void> {
    const index = (this.#index ??= await this.#read());
    // A source without a flow may have no columns, and is no mistake of the rules'.
    if (this.destroyed || batch.schema.fields.length === 0) return this.give(batch);
    const schema = this.#schemaFor(batch.schema, index);
    const column = await this.#label(batch, index);
    if (column !== null) await this.give(new FlowBatch(schema, batch.length, [...batch.columns, column], batch.source));
  }

  async #read(): Promise<RuleIndex> {
    const { rules: given, zone } = this.#options;
    const fromFile = typeof given === 'string';
    const rows: readonly unknown[] = fromFile ? await (await import('./rule-file.js')).readRules(given) : given;
    const where = fromFile ? given : 'rules';
    if (rows.length > mostRules)
      throw new FlowError('ERR_NFSTREAM_LABEL', `There are ${rows.length} rules in ${where}, and at most a million can be looked up.`);
    const checked = [];
    for (const [row, rule] of rows.entries()) {
      if (!isRecord(rule)) throw invalidOption('ERR_NFSTREAM_OPTION_TYPE', `rules[${row}]`, 'an object', rule);
      checked.push(checkRule(rule, row + 1, zone, where));
      if (row % stride === 0 && this.#turn.over()) await this.#turn.next();
    }
    this.#labels = new Labels(checked, this.#options.default ?? null, this.#options.all);
    return new RuleIndex(checked);
  }

  #schemaFor(given: Schema, index: RuleIndex): Schema {
    if (this.#made === null || this.#given !== given) {
      this.#given = given;
      this.#made = new Schema([...given.fields, labelField], given.run, given.metadata);
      this.#endpoints = new Endpoints(given, index, this.#options.overlap);
    }
    return this.#made;
  }

  /** The column of labels; null where the stage was destroyed meanwhile. */
  async #label({ columns, length }: FlowBatch, index: RuleIndex): Promise<TextColumn | null> {
    const labels = this.#labels!;
    const flow = this.#endpoints!;
    flow.take(columns);
    labels.begin(length);
    for (let row = 0; row < length; row++) {
      flow.read(row);
      labels.add(row, index.find(flow.source, flow.destination, flow.sourcePort, flow.destinationPort, flow.protocol, flow.first, flow.last));
      if (row % stride !== 0) continue;
      if (this.#turn.over()) await this.#turn.next();
      if (this.destroyed) return null;
    }
    return labels.column();
  }
}

/**
 * Checks the options of {@link label} without making the stage.
 * @param what how a sentence names them
 * @throws {FlowError} ERR_NFSTREAM_OPTION_UNKNOWN, ERR_NFSTREAM_OPTION_TYPE, ERR_NFSTREAM_OPTION_RANGE
 */
export function checkLabelOptions(options: unknown, what = 'the options of label()'): CheckedOptions {
  if (!isRecord(options)) throw invalidOption('ERR_NFSTREAM_OPTION_TYPE', what, 'an object', options);
  const { zone: named, ...checked } = checkOptions(['label'], options) as unknown as Omit<CheckedOptions, 'zone'> & { zone: string };
  if (checked.rules === undefined)
    throw new FlowError('ERR_NFSTREAM_OPTION_TYPE', 'Expected the path of a file of rules, or an array of rules, for rules but received none.');
  if (typeof checked.rules === 'string') checkPath('rules', checked.rules);
  const zone = zoneNamed(named);
  if (zone === null)
    throw invalidOption('ERR_NFSTREAM_OPTION_RANGE', 'zone', 'an offset such as "-03:00", or a name of IANA\'s such as "Europe/Berlin",', named);
  return { ...checked, zone };
}

/**
 * Makes the stage that labels flows with ground truth, behind `aggregate()` or a reader of files of flows: `label({ rules: 'truth.csv', default: 'BENIGN' })`.
 * @throws {FlowError} ERR_NFSTREAM_OPTION_UNKNOWN, ERR_NFSTREAM_OPTION_TYPE, ERR_NFSTREAM_OPTION_RANGE; while it runs, the stage is destroyed with ERR_NFSTREAM_NO_SUCH_FILE,
 * ERR_NFSTREAM_IS_DIRECTORY, ERR_NFSTREAM_PERMISSION or ERR_NFSTREAM_READ for the file of rules, ERR_NFSTREAM_LABEL for a rule that is none, which it names, ERR_NFSTREAM_COLUMN for a
 * column that rules need and the flows lack, or that they have already, or ERR_NFSTREAM_BATCH_TYPE
 */
export function label(options: LabelOptions & { signal?: AbortSignal }): Labeler {
  return new Labeler(options);
}
