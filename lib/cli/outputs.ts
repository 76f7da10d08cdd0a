import type { Writable } from 'node:stream';
import type { AnonymizeOptions, Anonymizer } from '../anonymize/anonymize.js';
import { formatOf } from '../encode/by-format.js';
import { refuseInputs, sameOutputs } from '../files/output-check.js';
import { isPattern, outputsFor } from '../files/output-names.js';
import { tee } from '../files/tee.js';
import type { Enricher, EnrichOptions } from '../enrich/enrich.js';
import type { Labeler, LabelOptions } from '../label/label.js';
import type { ChosenFlows } from '../packets/chosen-flows.js';
import type { PredictOptions, Predictor } from '../predict/predict.js';
import type { FlowFilter } from '../where/where.js';
import { toFilePerSource } from '../files/to-file-per-source.js';
import { toFile, type FileOptions } from '../files/to-file.js';
import type { Format } from '../formats.js';
import { shownPath } from '../errors.js';
import type { OptionStage } from '../option-stages.js';
import type { StageFacts } from './terminal/closing-line.js';
import { UsageError } from './usage-error.js';

/** The options of the stages that write, by stage. */
export type WritingOptions = Readonly<Partial<Record<OptionStage, Readonly<Record<string, unknown>>>>>;

/** The stages from flows to flows that were asked for. */
export interface FlowStages {
  /** All of them, in their order: what names addresses, what labels, what keeps some flows, what scores, what anonymises. */
  readonly stages: readonly (Enricher | Labeler | FlowFilter | ChosenFlows | Predictor | Anonymizer)[];
  /** The one that labels, and the one that keeps some flows; null where there is none. */
  readonly labeler: Labeler | null;
  readonly filter: FlowFilter | null;
}

/** The stages from flows to flows that were asked for, which alone are loaded. @param chosen remembers the flows that are kept @throws {FlowError} ERR_NFSTREAM_PEER */
export async function flowStages(options: WritingOptions, chosen: ChosenFlows | null = null): Promise<FlowStages> {
  const enricher = Object.keys(options.enrich ?? {}).length === 0 ? null : (await import('../enrich/enrich.js')).enrich(options.enrich as EnrichOptions);
  const labeler = options.label?.['rules'] === undefined ? null : (await import('../label/label.js')).label(options.label as unknown as LabelOptions);
  const filter = options.where?.['expression'] === undefined ? null : (await import('../where/where.js')).where(options.where['expression'] as string);
  const predictor =
    options.predict?.['model'] === undefined ? null : (await import('../predict/predict.js')).predict(options.predict as unknown as PredictOptions);
  const anonymizer =
    options.anonymize?.['columns'] === undefined
      ? null
      : (await import('../anonymize/anonymize.js')).anonymize(options.anonymize as unknown as AnonymizeOptions);
  return { stages: [enricher, labeler, filter, chosen, predictor, anonymizer].filter((stage) => stage !== null), labeler, filter };
}

/** What the summary tells of these stages. */
export function stageFacts({ labeler, filter }: FlowStages): StageFacts {
  return { kept: filter?.report().kept ?? null, labels: labeler?.report() ?? null };
}

/** The last stage: these files, or standard output in the format asked for. */
export function outputStage(outputs: readonly string[], options: WritingOptions): Writable {
  if (outputs.length === 0) return toFile('/dev/stdout', { format: 'jsonl', ...optionsFor(formatOf('-.jsonl', options.file?.['format']), options) });
  const rotate = options.rotate !== undefined && Object.keys(options.rotate).length > 0 ? { rotate: options.rotate } : {};
  const files = outputs.map((path) => {
    const given = { ...optionsFor(formatOf(path, options.file?.['format']), options), ...rotate };
    return isPattern(path) ? toFilePerSource(path, given) : toFile(path, given);
  });
  return files.length === 1 ? files[0]! : tee(...files);
}

/** What was given for a format. */
function optionsFor({ options: groups }: Format, options: WritingOptions): FileOptions {
  return Object.assign({}, ...groups.map((group) => options[group] ?? {})) as FileOptions;
}

/**
 * Nothing is written before it is known that no output is an input, that of two inputs, or named twice.
 * @throws {UsageError} or {FlowError} ERR_NFSTREAM_OUTPUT_IS_INPUT, ERR_NFSTREAM_OUTPUT_NAMES
 */
export async function checkOutputs(outputs: readonly string[], inputs: readonly string[], perFile = false): Promise<void> {
  const pattern = outputs.find((output) => isPattern(output) && !perFile);
  if (pattern !== undefined) throw new UsageError(`The output ${shownPath(pattern)} has a place for the name of each capture; add --per-file.`);
  const files = outputs.flatMap((output) => (isPattern(output) ? outputsFor(output, inputs) : [output]));
  const same = sameOutputs(files);
  if (same !== null) {
    const [one, other] = [shownPath(same[0]), shownPath(same[1])];
    throw new UsageError(one === other ? `The output ${one} is given twice.` : `The outputs ${one} and ${other} are one file; give it once.`);
  }
  await refuseInputs(files, inputs);
}
