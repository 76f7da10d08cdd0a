export { captureLive, type LiveSource } from './live-source.js';
export { interfaces, type NetworkInterface } from './interfaces.js';
export type { LiveOptions } from './live-options.js';
export type { DeviceReport, LiveReport } from './live-report.js';
