export {
  captureFile,
  captureStream,
  findCaptures,
  ignoreReasons,
  PacketBatch,
  tunnelKinds,
  type CaptureFileOptions,
  type CaptureOptions,
  type CaptureReport,
  type CaptureStream,
  type DecodeTunnels,
  type DecodingOptions,
  type GivenBytes,
  type FoundCapture,
  type IgnoreReason,
  type Packet,
  type PacketInput,
  type PacketSource,
  type TunnelKind,
} from './capture/index.js';
export { captureLive, interfaces, type DeviceReport, type LiveOptions, type LiveReport, type LiveSource, type NetworkInterface } from './live/index.js';
export { aggregate, type FlowAggregator } from './aggregate/aggregate.js';
export type { RunReport } from './aggregate/report/run-report.js';
export type { AggregateOptions, AggregateReport, MeteringOptions, PluginOptions, ReportOptions } from './aggregate/aggregate-options.js';
export {
  FlowPlugin,
  pluginTypes,
  type AnyPlugin,
  type ColumnBase,
  type ExpireOptions,
  type Fixed,
  type GivenMetrics,
  type HookFlow,
  type HookFlowBase,
  type HookPacket,
  type HookResult,
  type Metric,
  type MetricHook,
  type MetricValues,
  type PacketCopy,
  type PluginColumn,
  type PluginColumns,
  type PluginColumnsOf,
  type PluginType,
  type PluginValue,
  type TypeOf,
  type UserMetrics,
} from './plugins/index.js';
export {
  dhcp,
  dstName,
  mdns,
  payload,
  reassembly,
  slicer,
  splt,
  tcpEnd,
  wavelet,
  type DhcpColumns,
  type DhcpOptions,
  type DstNameColumns,
  type DstNameOptions,
  type MdnsColumns,
  type MdnsOptions,
  type PayloadColumns,
  type PayloadOptions,
  type ReassemblyColumns,
  type ReassemblyOptions,
  type SlicerOptions,
  type SpltColumns,
  type SpltOptions,
  type TcpEndOptions,
  type WaveletColumns,
  type WaveletOptions,
} from './plugins/shipped/index.js';
export { FlowBatch, type ColumnOptions } from './flows/flow-batch.js';
export type { FlowSource } from './flows/flow-source.js';
export type { Flow, FlowFields, FlowRow, PluginRow, StatisticsFields } from './flows/flow.js';
export type { FlowColumn, FloatColumn, FlowValue, IntColumn, ListColumn, TextColumn } from './flows/columns.js';
export { versions, type Versions } from './aggregate/metadata.js';
export { enrich, type Enricher, type EnrichOptions } from './enrich/enrich.js';
export { label, type Labeler, type LabelOptions } from './label/label.js';
export type { LabelReport } from './label/labels.js';
export type { LabelRule } from './label/rule.js';
export { stitch, type FlowStitcher, type StitchOptions, type StitchReport } from './stitch/stitch.js';
export { where, type FlowFilter, type WhereOptions, type WhereReport } from './where/where.js';
export { predict, type Predictor, type PredictOptions, type PredictReport } from './predict/predict.js';
export { anonymize, type AnonymizeOptions, type Anonymizer } from './anonymize/anonymize.js';
export { registerFlows, type FlowsForSql } from './sql/register-flows.js';
export type { SqlChunk, SqlConnection, SqlResult, SqlType } from './sql/duckdb.js';
export { toArrow, toCicCsv, toCsv, toJson, toParquet, type ExporterOptions } from './encode/exporter.js';
export type { Exporter } from './encode/exporter.js';
export type { ArrowOptions } from './encode/arrow/arrow.js';
export type { ArrowTypes } from './encode/arrow/arrow-columns.js';
export type { ArrowCompression } from './encode/arrow/arrow-writer.js';
export type { CsvOptions } from './encode/csv.js';
export type { CicOptions } from './encode/cic/cic.js';
export type { JsonOptions } from './encode/json.js';
export type { ParquetOptions } from './encode/parquet/parquet.js';
export type { ParquetCompression } from './encode/parquet/parquet-thread.js';
export { toFile, type FileOptions, type FileReport, type FlowFileWriter } from './files/to-file.js';
export { toFilePerSource, type FilesReport, type FlowFilesWriter } from './files/to-file-per-source.js';
export type { RotateOptions } from './files/rotation.js';
export type { WrittenFile } from './files/output-file.js';
export type { CicDialect, Format, FormatName, ReadFormat } from './formats.js';
export type { FormatOptions } from './encode/by-format.js';
export { toReport, type PageOptions, type PageReport, type PageWriter } from './report/to-report.js';
export { flows, type RowStream } from './flows/flows.js';
export { tee, type Tee } from './files/tee.js';
export { fromArrow, fromCsv, fromFile, fromJson, fromParquet, type FileReadOptions, type TextReadOptions } from './read/readers.js';
export type { FlowReader, ReadOptions, ReadReport } from './read/flow-reader.js';
export type { CsvReadOptions } from './read/csv/csv-rows.js';
export type { ByteSource } from './read/byte-input.js';
export type { ColumnTypes } from './read/field-types.js';
export type { Progress, ProgressOptions } from './progress.js';
export { table, type TableSource } from './table.js';
export type { PacketCaptureOptions, PacketsOptions, PacketsWritten } from './packets/packets-options.js';
export { Streamer, type OutputOptions, type StreamerOptions } from './streamer.js';
export { FlowError, errorCodes, type FlowErrorCode, type FlowErrorPlace } from './errors.js';
export { Schema, type Metadata, type UserField } from './schema/schema.js';
export type { RunState, TakenRuns } from './stage/run-state.js';
export type { Inputs } from './stage/inputs.js';
export {
  fields,
  classicFields,
  type FactGroup,
  type Field,
  type FieldGroup,
  type FieldType,
  type ListItem,
  type MergeRule,
  type StageGroup,
  type TimeUnit,
  type Unit,
} from './schema/fields.js';
export { stageFields } from './schema/stage-fields.js';
export { presets, type Preset } from './schema/choose-fields.js';
export type { FieldMerge } from './schema/merge-rules.js';
