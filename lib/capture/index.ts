export { captureFile, type PacketSource } from './packet-source.js';
export { captureStream, type CaptureStream } from './capture-stream.js';
export { findCaptures, type FoundCapture } from './find-captures.js';
export type { CaptureFileOptions, CaptureOptions } from './capture-options.js';
export type { CaptureReport } from './capture-report.js';
export { PacketBatch } from './packet-batch.js';
export type { PacketInput } from './packet-input.js';
export type { Packet } from './packet.js';
export { ignoreReasons, type IgnoreReason } from './ignore-reason.js';
