import { FlowError, invalidOption, quoted, shortened } from '../errors.js';
import type { ExpressionSource } from '../expressions/expression-error.js';
import { parseExpression } from '../expressions/parse.js';
import { isRecord } from '../is-record.js';
import { nearest } from '../text/nearest.js';
import { ProgramCompiler } from './program.js';

/** What a metric makes of the packets of a flow. The order is the contract with the engine (native/engine/metrics/metric_set.h): append only. */
export const aggregates = Object.freeze(['count', 'sum', 'min', 'max', 'mean', 'stddev', 'first', 'last', 'distinct'] as const);

/** A metric as the engine takes it, and its column. */
export interface Metric {
  /** Name of its column. */
  readonly name: string;
  /** As it was given. */
  readonly text: string;
  /** Type of its column. */
  readonly type: 'int' | 'float';
  /** Whether a flow may have none. */
  readonly nullable: boolean;
  /** Index in {@link aggregates}. */
  readonly aggregate: number;
  /** Programs of the engine; empty for none. */
  readonly value: BigInt64Array;
  readonly where: BigInt64Array;
}

/** Most metrics of a run. */
const mostMetrics = 1024;
/** Characters of a name. */
const longestName = 100;

/**
 * Checks metrics, by the names of their columns: `{ big: 'count(packet.size > 666)' }`.
 * @throws {FlowError} ERR_NFSTREAM_EXPRESSION, whose message says at which character of which metric; ERR_NFSTREAM_OPTION_TYPE, ERR_NFSTREAM_OPTION_RANGE for what are no metrics
 */
export function compileMetrics(given: unknown): readonly Metric[] {
  if (!isRecord(given)) throw invalidOption('ERR_NFSTREAM_OPTION_TYPE', 'metrics', 'an object of names and expressions', given);
  const entries = Object.entries(given);
  if (entries.length > mostMetrics) throw new FlowError('ERR_NFSTREAM_OPTION_RANGE', `Expected at most ${mostMetrics} metrics but received ${entries.length}.`);
  return entries.map(([name, text]) => compileMetric(name, text));
}

function compileMetric(name: string, text: unknown): Metric {
  if (!/^[\p{L}_][\p{L}\p{N}_.]*$/u.test(name) || name.length > longestName) {
    throw new FlowError(
      'ERR_NFSTREAM_OPTION_RANGE',
      `Expected names of letters, digits, _ and . for metrics, of at most ${longestName} characters, but received ${quoted(name)}.`,
    );
  }
  if (typeof text !== 'string') throw invalidOption('ERR_NFSTREAM_OPTION_TYPE', `metrics.${shortened(name)}`, 'an expression', text);
  const source: ExpressionSource = { what: `metric '${shortened(name)}'`, text };
  const compiler = new ProgramCompiler(source);
  const node = parseExpression(source);
  if (node.kind !== 'call') throw compiler.error(node, `a metric is one of ${aggregates.join(', ')}, as in count(packet.size > 666).`);
  const aggregate = (aggregates as readonly string[]).indexOf(node.name);
  if (aggregate < 0) {
    const near = nearest(node.name, aggregates);
    throw compiler.error(
      node,
      `there is no metric ${shortened(node.name)}()${near === undefined ? `; there are ${aggregates.join(', ')}.` : `; did you mean ${near}?`}`,
    );
  }
  const [arg] = node.args;
  const where = node.where === null ? [] : compiler.condition(node.where).words;
  const made = { name, text, aggregate };
  if (node.name === 'count') {
    if (node.args.length > 1 || (arg !== undefined && node.where !== null))
      throw compiler.error(node, 'count() takes one condition, as in count(packet.size > 666).');
    const condition = arg === undefined ? where : compiler.condition(arg).words;
    return { ...made, type: 'int', nullable: false, value: new BigInt64Array(0), where: BigInt64Array.from(condition) };
  }
  if (arg === undefined || node.args.length > 1) throw compiler.error(node, `${node.name}() takes one value, as in ${node.name}(packet.size).`);
  const { type, words } = compiler.value(arg);
  const float = node.name === 'mean' || node.name === 'stddev' || (type === 'real' && node.name !== 'distinct');
  return { ...made, type: float ? 'float' : 'int', nullable: true, value: BigInt64Array.from(words), where: BigInt64Array.from(where) };
}
