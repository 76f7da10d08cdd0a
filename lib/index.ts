export { captureFile, captureStream } from './capture/index.js';
export { aggregate, type AggregateOptions, type AggregateReport, type FlowAggregator } from './aggregate/aggregate.js';
export { FlowBatch } from './aggregate/flow-batch.js';
export type { Flow, FlowFields, FlowRow } from './aggregate/flow.js';
export type { FlowColumn, FloatColumn, FlowValue, IntColumn, TextColumn } from './aggregate/columns.js';
export { versions, type Versions } from './aggregate/metadata.js';
export { FlowError, errorCodes, type FlowErrorCode } from './errors.js';
export { Schema, type Metadata } from './schema/schema.js';
export { fields, classicFields, presets, type Field, type FieldType, type Preset } from './schema/fields.js';
