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
  type FoundCapture,
  type IgnoreReason,
  type Packet,
  type PacketInput,
  type PacketSource,
  type TunnelKind,
} from './capture/index.js';
export { aggregate, type AggregateOptions, type AggregateReport, type FlowAggregator } from './aggregate/aggregate.js';
export { FlowBatch } from './aggregate/flow-batch.js';
export type { FlowSource } from './aggregate/flow-source.js';
export type { Flow, FlowFields, FlowRow, StatisticsFields } from './aggregate/flow.js';
export type { FlowColumn, FloatColumn, FlowValue, IntColumn, ListColumn, TextColumn } from './aggregate/columns.js';
export { versions, type Versions } from './aggregate/metadata.js';
export { anonymize, type AnonymizeOptions, type Anonymizer } from './anonymize/anonymize.js';
export { toArrow, toCsv, toJson, toParquet, type ExporterOptions } from './export/exporters.js';
export type { Exporter } from './export/exporter.js';
export type { ArrowOptions } from './export/arrow.js';
export type { ArrowTypes } from './export/arrow-columns.js';
export type { ArrowCompression } from './export/arrow-writer.js';
export type { CsvOptions } from './export/csv.js';
export type { JsonOptions } from './export/json.js';
export type { ParquetOptions } from './export/parquet.js';
export type { ParquetCompression } from './export/parquet-thread.js';
export { toFile, type FileOptions, type FileReport, type FlowFileWriter } from './export/to-file.js';
export { toFilePerSource, type FilesReport, type FlowFilesWriter } from './export/to-file-per-source.js';
export type { RotateOptions } from './export/rotation.js';
export type { WrittenFile } from './export/output-file.js';
export type { FormatName, FormatOptions } from './export/formats.js';
export { flows } from './export/flows.js';
export { tee, type Tee } from './export/tee.js';
export { fromArrow, fromCsv, fromFile, fromJson, fromParquet, type FileReadOptions, type TextReadOptions } from './import/readers.js';
export type { FlowReader, ReadOptions, ReadReport } from './import/flow-reader.js';
export type { CsvReadOptions } from './import/csv-rows.js';
export type { ByteSource } from './import/byte-input.js';
export type { ColumnTypes } from './import/field-types.js';
export type { ReadFormat } from './import/read-format.js';
export type { Progress, ProgressOptions } from './progress.js';
export { table, type TableSource } from './table.js';
export { Streamer, type OutputOptions, type StreamerOptions } from './streamer.js';
export { FlowError, errorCodes, type FlowErrorCode, type FlowErrorPlace } from './errors.js';
export { Schema, type Metadata, type RunState } from './schema/schema.js';
export { fields, classicFields, type FactGroup, type Field, type FieldGroup, type FieldType, type ListItem, type TimeUnit, type Unit } from './schema/fields.js';
export { presets, type Preset } from './schema/choose-fields.js';
