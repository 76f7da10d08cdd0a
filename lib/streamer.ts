import type { Table } from 'apache-arrow';
import { pipeline } from 'node:stream';
import { pipeline as pipelineDone } from 'node:stream/promises';
import { extname } from 'node:path';
import { aggregate, type FlowAggregator } from './aggregate/aggregate.js';
import { checkAggregateOptions } from './aggregate/check-options.js';
import type { AggregateOptions } from './aggregate/aggregate-options.js';
import { withPieceDefaults } from './aggregate/pieces.js';
import type { PluginRow } from './flows/flow.js';
import { anonymize, checkAnonymizeOptions, type AnonymizeOptions, type Anonymizer } from './anonymize/anonymize.js';
import { checkFileOptions } from './capture/capture-options.js';
import { CaptureNotes, captureWithNotes, findCaptures, findCapturesSoFar, type CaptureFileOptions, type PacketSource } from './capture/index.js';
import type { LiveOptions, LiveSource } from './live/index.js';
import { namedSources } from './live/named-sources.js';
import { openPackets } from './live/open-packets.js';
import { checkEnrichOptions, enrich, type Enricher, type EnrichOptions } from './enrich/enrich.js';
import { ChosenFlows } from './packets/chosen-flows.js';
import { FlowNames } from './packets/flow-names.js';
import { FlowNumbers } from './packets/flow-numbers.js';
import { PacketFile } from './packets/packet-file.js';
import type { PacketOutput } from './packets/packet-output.js';
import { PacketTable } from './packets/packet-table.js';
import { checkPacketsOptions, type CheckedPackets, type PacketCaptureOptions, type PacketsOptions, type PacketsWritten } from './packets/packets-options.js';
import { SplitPacketFiles } from './packets/split-files.js';
import { refuseStreams, writePackets } from './packets/write-packets.js';
import { checkLabelOptions, label, type Labeler, type LabelOptions } from './label/label.js';
import { checkGiven, checkPath, checkPaths } from './arguments.js';
import { FlowError, shownPath } from './errors.js';
import type { ArrowOptions } from './encode/arrow/arrow.js';
import type { CsvOptions } from './encode/csv.js';
import { flows } from './flows/flows.js';
import { tableOf } from './encode/arrow/arrow-table.js';
import type { FormatName } from './formats.js';
import type { JsonOptions } from './encode/json.js';
import { refuseInputs } from './files/output-check.js';
import { isFlowPattern, isPattern, outputsFor } from './files/output-names.js';
import type { ParquetOptions } from './encode/parquet/parquet.js';
import { toFile, type FileOptions } from './files/to-file.js';
import { toFilePerSource } from './files/to-file-per-source.js';
import { withProgress, type Progress, type ProgressOptions, checkProgress } from './progress.js';
import { checkPredictOptions, predict, type PredictOptions, type Predictor } from './predict/predict.js';
import { checkWhereOptions, where, type FlowFilter } from './where/where.js';
import type { AnyPlugin, MetricValues, PluginColumnsOf } from './plugins/index.js';
import type { OptionStage } from './option-stages.js';
import { checkOptions, options as optionTable, unknownOption, type Option } from './options.js';

/** Options of {@link Streamer}: where packets come from, and every option of {@link captureFile}, {@link captureLive} and {@link aggregate} but `reportInterval`. */
export interface StreamerOptions<Plugins extends readonly AnyPlugin[] = readonly AnyPlugin[], Names extends string = string, Values = any>
  extends CaptureFileOptions, LiveOptions, Omit<AggregateOptions<Plugins, Names, Values>, 'reportInterval'> {
  /**
   * Path of a capture, of a directory of captures, or paths of several; `-` is standard input. Several are read one after another as one
   * timeline, or as `merge` and `perFile` say. A name that is no file is that of a network device, as {@link captureLive} takes it, or several with commas between them; its
   * flows come until the Streamer is stopped by its signal, by leaving the loop or by `maxFlows`.
   */
  source: string | readonly string[];
  /** Adds names to addresses, as {@link enrich} does, first of all. */
  enrich?: EnrichOptions;
  /** Labels flows with ground truth, as {@link label} does, before some of them are kept. */
  label?: LabelOptions;
  /** Keeps the flows for which this condition holds, as {@link where} does, before they are anonymised. */
  where?: string;
  /** Scores the flows that are kept, as {@link predict} does, before they are anonymised. */
  predict?: PredictOptions;
  /** Anonymises these columns, as {@link anonymize} does. Without a key each run has one of its own. */
  anonymize?: readonly string[] | AnonymizeOptions;
  /** Aborts every run of this Streamer; what was not finished is discarded. */
  signal?: AbortSignal;
}

/** What every `to...()` method takes besides the options of its format: those of {@link toFile} that are for every format. */
export type OutputOptions = Pick<FileOptions, 'clobber' | 'rotate' | 'partitionBy' | 'maxOpenPartitions'>;

/**
 * Flows of captures in two lines: `for await (const flow of new Streamer({ source: 'office.pcap' })) console.log(flow)`.
 *
 * It is a recipe, not a stream: each iteration and each `to...()` call opens the source anew and makes stages of its own, so one Streamer
 * can be used any number of times, also at the same time.
 */
export class Streamer<
  const Plugins extends readonly AnyPlugin[] = readonly AnyPlugin[],
  Names extends string = string,
  Values = unknown,
> implements AsyncIterable<PluginRow<PluginColumnsOf<Plugins>, MetricValues<Names, Values>>> {
  readonly #source: readonly string[];
  readonly #options: Readonly<Record<string, unknown>>;
  readonly #enrich: EnrichOptions | undefined;
  readonly #label: LabelOptions | undefined;
  readonly #where: string | undefined;
  readonly #predict: PredictOptions | undefined;
  readonly #anonymize: AnonymizeOptions | undefined;

  /** @throws {FlowError} ERR_NFSTREAM_OPTION_UNKNOWN, ERR_NFSTREAM_OPTION_TYPE, ERR_NFSTREAM_OPTION_RANGE, ERR_NFSTREAM_EXPRESSION */
  constructor(options: StreamerOptions<Plugins, Names, Values>) {
    const {
      source,
      enrich: enriched,
      label: labelled,
      where: condition,
      predict: scored,
      anonymize: anonymized,
      ...checked
    } = checkOptions(['capture', 'timeline', 'live', 'aggregate', 'plugins'], withPieceDefaults(options), [
      'source',
      'enrich',
      'label',
      'where',
      'predict',
      'anonymize',
    ]);
    this.#source = checkPaths('source', source);
    checkFileOptions(optionsOf(['capture', 'timeline'], checked));
    this.#options = checked;
    checkAggregateOptions(optionsOf(['aggregate', 'plugins'], checked));
    if (enriched !== undefined) checkEnrichOptions(enriched, 'enrich');
    this.#enrich = enriched as EnrichOptions | undefined;
    if (labelled !== undefined) checkLabelOptions(labelled, 'label');
    this.#label = labelled as LabelOptions | undefined;
    this.#where = condition === undefined ? undefined : checkWhereOptions({ expression: condition }).expression;
    if (scored !== undefined) checkPredictOptions(scored, 'predict');
    this.#predict = scored as PredictOptions | undefined;
    if (anonymized !== undefined) checkAnonymizeOptions(anonymized, 'anonymize');
    this.#anonymize = anonymized as AnonymizeOptions | undefined;
  }

  /**
   * The flows, one at a time, in the order in which they end. Leaving the loop early closes the source. Damage in a capture is thrown after
   * the last flow.
   */
  [Symbol.asyncIterator](): AsyncGenerator<PluginRow<PluginColumnsOf<Plugins>, MetricValues<Names, Values>>, undefined> {
    return this.#flows();
  }

  async *#flows(): AsyncGenerator<PluginRow<PluginColumnsOf<Plugins>, MetricValues<Names, Values>>, undefined> {
    // The iteration below throws what fails here: a failed source destroys the stage that is iterated.
    const joined = pipeline(this.#stages(), () => {}) as unknown as FlowAggregator<PluginColumnsOf<Plugins>, MetricValues<Names, Values>>;
    return yield* flows(joined);
  }

  /**
   * Writes CSV.
   * @returns the number of flows
   * @throws {FlowError} ERR_NFSTREAM_OUTPUT_IS_INPUT, and as {@link toFile} and the stages before it; for damage in a capture after the file is whole
   */
  toCsv(path: string, options: CsvOptions & OutputOptions & ProgressOptions = {}): Promise<number> {
    return this.#as('csv', path, options);
  }

  /**
   * Writes JSON: an array when the name ends with `.json`, one object a line otherwise; `format` overrides.
   * @returns the number of flows
   * @throws {FlowError} ERR_NFSTREAM_OUTPUT_IS_INPUT, and as {@link toFile} and the stages before it; for damage in a capture after the file is whole
   */
  toJson(path: string, options: JsonOptions & OutputOptions & ProgressOptions = {}): Promise<number> {
    return this.#write(path, 'json', options, (given) => ((given ?? (nameEnds(path, '.json') ? 'array' : 'lines')) === 'array' ? 'json' : 'jsonl'));
  }

  /**
   * Writes Arrow IPC: the file format when the name ends with `.arrow`, the stream format otherwise; `format` overrides.
   * @returns the number of flows
   * @throws {FlowError} ERR_NFSTREAM_OUTPUT_IS_INPUT, and as {@link toFile} and the stages before it; for damage in a capture after the file is whole
   */
  toArrow(path: string, options: ArrowOptions & OutputOptions & ProgressOptions = {}): Promise<number> {
    return this.#write(path, 'arrow', options, (given) => ((given ?? (nameEnds(path, '.arrow') ? 'file' : 'stream')) === 'file' ? 'arrow' : 'arrows'));
  }

  /**
   * Writes Parquet.
   * @returns the number of flows
   * @throws {FlowError} ERR_NFSTREAM_OUTPUT_IS_INPUT, and as {@link toFile} and the stages before it; for damage in a capture after the file is whole
   */
  toParquet(path: string, options: ParquetOptions & OutputOptions & ProgressOptions = {}): Promise<number> {
    return this.#as('parquet', path, options);
  }

  /**
   * Writes a file whose format its name tells (`.csv`, `.json`, `.jsonl`, `.arrow`, `.arrows`, `.parquet`), or the option `format`. With `perFile` the path
   * may hold `{name}` or `{file}`: then every capture has an output of its own, as {@link toFilePerSource} writes it (so with every `to...()`).
   * @returns the number of flows
   * @throws {FlowError} ERR_NFSTREAM_OUTPUT_IS_INPUT, and as {@link toFile} and the stages before it; for damage in a capture after the file is whole
   */
  async toFile(path: string, given: FileOptions & ProgressOptions = {}): Promise<number> {
    checkGiven(given);
    const { onProgress, ...options } = given;
    (this.#options['signal'] as AbortSignal | undefined)?.throwIfAborted(); // before there is a file
    checkProgress(onProgress);
    const [source, ...others] = this.#stages();
    const writer = isPattern(path) ? toFilePerSource(path, options) : toFile(path, options);
    await this.#checkOutputs(path);
    const position = (): Progress => {
      const { packets, bytesRead, bytesTotal } = source.report();
      return { flows: writer.report().flows, packets, bytesRead, bytesTotal };
    };
    await withProgress(onProgress, position, (signal) => pipelineDone([source, ...others, writer], { signal }));
    return writer.report().flows;
  }

  /** Nothing is opened before it is known that no output is a capture, and that each capture has one of its own. */
  async #checkOutputs(path: string): Promise<void> {
    if (isPattern(path) && this.#options['perFile'] !== true)
      throw new FlowError('ERR_NFSTREAM_OPTION_RANGE', `The output ${shownPath(path)} has a place for the name of each capture; give perFile: true.`);
    if (namedSources(this.#source).devices !== null) return;
    const find = this.#options['follow'] === true ? findCapturesSoFar : findCaptures;
    const captures = (await find(this.#source)).map((capture) => capture.path);
    await refuseInputs(isPattern(path) ? outputsFor(path, captures) : [path], captures);
  }

  /** Writes a format of one kind, which has no option `format`. */
  async #as(format: 'csv' | 'parquet', path: string, given: FileOptions & ProgressOptions): Promise<number> {
    checkGiven(given);
    if (given.format !== undefined) throw unknownOption('format', outputOptions(format));
    return this.toFile(path, { ...given, format });
  }

  /** Writes a format of two kinds, whose own option `format` says which. */
  async #write(
    path: string,
    stage: OptionStage,
    given: (JsonOptions | ArrowOptions) & OutputOptions & ProgressOptions,
    kind: (format: unknown) => FormatName,
  ): Promise<number> {
    checkGiven(given);
    const { format, ...options } = given;
    checkOptions([stage], { format });
    return this.toFile(path, { ...options, format: kind(format) });
  }

  /**
   * Writes the packets of flows as they are in the captures, as pcapng: of those for which a condition holds, of some by their `id`, or, without either, of all that this Streamer
   * gives; into one file, or with `split` into one for each flow. Each packet's comment has the `id` of its flow. The captures are read twice, so that they must be regular files; with
   * one meter, and not with `worker`.
   * @returns the numbers of flows and packets, and with `split` of files
   * @throws {FlowError} ERR_NFSTREAM_OUTPUT_IS_INPUT, ERR_NFSTREAM_OUTPUT, ERR_NFSTREAM_OUTPUT_EXISTS, ERR_NFSTREAM_OPTION_UNKNOWN, ERR_NFSTREAM_OPTION_TYPE, ERR_NFSTREAM_OPTION_RANGE,
   * ERR_NFSTREAM_EXPRESSION, with `split` ERR_NFSTREAM_COLUMN and ERR_NFSTREAM_OUTPUT_NAMES, and as the stages before it; for damage in a capture after the file is whole
   */
  async toCapture(path: string, options: PacketCaptureOptions = {}): Promise<PacketsWritten> {
    const { split, ...checked } = checkPacketsOptions(options, ['packets', 'packetFile']);
    checkPath('the path of toCapture()', path);
    const { clobber } = checked;
    if (split) return this.#split(path, checked);
    if (isFlowPattern(path))
      throw new FlowError('ERR_NFSTREAM_OPTION_RANGE', `The output ${shownPath(path)} has a place for the id of each flow; give split: true.`);
    await this.#checkOutputs(path);
    return this.#packets(checked, new ChosenFlows(checked.flows), (signal, notes) => PacketFile.open(path, clobber, signal, notes));
  }

  /**
   * Writes a table of the packets of flows, a row each, in the format that the name tells: number and file of the packet, time, sizes, addresses, ports, protocol, TCP flags, time to live, direction in its flow and
   * the `id` of that, as `flow_id`. Which flows, and what is needed, is as {@link Streamer.toCapture} has it.
   * @returns the numbers of flows and packets
   * @throws {FlowError} as {@link Streamer.toCapture}, and ERR_NFSTREAM_OUTPUT_FORMAT
   */
  async toPacketTable(path: string, options: PacketsOptions = {}): Promise<PacketsWritten> {
    const checked = checkPacketsOptions(options);
    checkPath('the path of toPacketTable()', path);
    const { clobber } = checked;
    toFile(path, { clobber }); // a name that tells no format is told now
    await this.#checkOutputs(path);
    return this.#packets(checked, new ChosenFlows(checked.flows), async () => new PacketTable(path, { clobber }));
  }

  async #split(pattern: string, options: Omit<CheckedPackets, 'split'>): Promise<PacketsWritten> {
    const chosen = new ChosenFlows(options.flows, new FlowNames(pattern));
    const inputs = (await findCaptures(this.#source)).map((capture) => capture.path);
    const made = (cancelled: AbortSignal, notes: CaptureNotes): Promise<SplitPacketFiles> =>
      SplitPacketFiles.of({ paths: chosen.paths, clobber: options.clobber, inputs, outputs: [], cancelled, notes });
    const written = await this.#packets(options, chosen, made);
    return { ...written, files: new Set(chosen.paths.values()).size };
  }

  async #packets(
    options: Omit<CheckedPackets, 'split'>,
    chosen: ChosenFlows,
    output: (signal: AbortSignal, notes: CaptureNotes) => Promise<PacketOutput>,
  ): Promise<{ flows: number; packets: number }> {
    await refuseStreams(this.#source);
    const signal = this.#options['signal'] as AbortSignal | undefined;
    const plugins = (this.#options['plugins'] as readonly AnyPlugin[] | undefined) ?? [];
    const [source, ...stages] = this.#chosen({ plugins: [...plugins, new FlowNumbers()] });
    const kept = options.where === undefined ? [] : [where(options.where)];
    let damage: FlowError | null = null;
    const joined = pipeline([source, ...stages, ...kept, chosen], () => {}) as unknown as ChosenFlows;
    try {
      for await (const _ of joined);
    } catch (error) {
      if (source.errored !== null || !source.report().damages.includes(error as FlowError)) throw error;
      damage = error as FlowError;
    }
    const notes = new CaptureNotes();
    const { packets, missing } = await writePackets({
      open: () => captureWithNotes(this.#source, optionsOf(['capture', 'timeline'], this.#options), notes),
      notes,
      aggregate: optionsOf(['aggregate', 'plugins'], this.#options),
      chosen: chosen.ids,
      outputs: [await output(signal ?? new AbortController().signal, notes)],
      signal,
    });
    if (missing !== null) process.emitWarning(missing, { type: 'FlowWarning', code: 'NFSTREAM_SECRETS' });
    if (damage !== null) throw damage;
    return { flows: chosen.ids.size, packets };
  }

  /**
   * All flows as a table of apache-arrow, in memory. Damage in a capture is told by a process warning, as the flows in front of it are in the table.
   * @throws {FlowError} as the stages before it
   */
  async toTable(): Promise<Table> {
    return tableOf(pipeline(this.#stages(), () => {}) as FlowStage);
  }

  #stages(): Stages {
    const scored = this.#predict === undefined ? [] : [predict(this.#predict)];
    const hidden = this.#anonymize === undefined ? [] : [anonymize(this.#anonymize)];
    return [...this.#chosen(), ...scored, ...hidden];
  }

  /** The stages up to those that choose flows. @param more options of aggregate() */
  #chosen(more: AggregateOptions = {}): Stages {
    (this.#options['signal'] as AbortSignal | undefined)?.throwIfAborted();
    const named = namedSources(this.#source);
    for (const note of named.notes) process.emitWarning(note, { type: 'FlowWarning' });
    const enriched = this.#enrich === undefined ? [] : [enrich(this.#enrich)];
    const labelled = this.#label === undefined ? [] : [label(this.#label)];
    const kept = this.#where === undefined ? [] : [where(this.#where)];
    return [
      openPackets(this.#source, named, optionsOf(['capture', 'timeline', 'live'], this.#options)),
      aggregate({ ...optionsOf(['aggregate', 'plugins'], this.#options), ...more }),
      ...enriched,
      ...labelled,
      ...kept,
    ];
  }
}

type Stages = [source: PacketSource | LiveSource, flows: FlowAggregator, ...(readonly FlowStage[])];

/** A stage that gives flows. */
type FlowStage = FlowAggregator | Enricher | Labeler | FlowFilter | Predictor | Anonymizer;

function optionsOf(stages: readonly OptionStage[], given: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const names = (optionTable as readonly Option[]).filter((row) => stages.includes(row.stage)).map((row): string => row.name);
  return Object.fromEntries([...names, 'signal'].filter((name) => name in given).map((name) => [name, given[name]]));
}

/** Names of the options that a format of one kind takes. */
function outputOptions(format: OptionStage): string[] {
  return (optionTable as readonly Option[]).filter(({ name, stage }) => stage === format || (stage === 'file' && name !== 'format')).map(({ name }) => name);
}

function nameEnds(path: unknown, extension: string): boolean {
  return typeof path === 'string' && extname(path).toLowerCase() === extension;
}
