import type { RunReport } from '../../aggregate/report/run-report.js';
import type { LiveReport } from '../../live/index.js';

/** Labels of one value, and the value. */
export type Sample = [labels: Readonly<Record<string, string>>, value: number];

/** One metric. */
export interface MetricRow {
  readonly name: string;
  readonly help: string;
  /** A counter only grows, and its name ends with `_total`. */
  readonly type: 'counter' | 'gauge';
  readonly labels: readonly string[];
  values(report: RunReport): readonly Sample[];
}

function live({ source }: RunReport): LiveReport | null {
  return source !== null && 'byDevice' in source ? source : null;
}

function ofDevices(report: RunReport, value: (device: LiveReport['byDevice'][number]) => number): Sample[] {
  return live(report)?.byDevice.map((device): Sample => [{ device: device.device }, value(device)]) ?? [];
}

function byName(label: string, counts: Readonly<Record<string, number>>): Sample[] {
  return Object.entries(counts).map(([name, value]): Sample => [{ [label]: name }, value]);
}

function one(value: number | null | undefined): Sample[] {
  return value === null || value === undefined ? [] : [[{}, value]];
}

/** The table of metrics that are made of a report as it is. Captures have no device. */
// prettier-ignore
export const metricTable: readonly MetricRow[] = [
  { name: 'nfstream_packets_received_total', type: 'counter', labels: ['device'], help: 'Packets that were delivered to nfstream; those that were dropped are not among them.', values: (report) => live(report) === null ? one(report.source?.packets) : ofDevices(report, ({ received }) => received) },
  { name: 'nfstream_bytes_received_total', type: 'counter', labels: ['device'], help: 'Captured bytes of the packets received; of captures, the bytes that were read.', values: (report) => live(report) === null ? one(report.source?.bytesRead) : ofDevices(report, ({ bytes }) => bytes) },
  { name: 'nfstream_packets_dropped_total', type: 'counter', labels: ['device', 'reason'], help: 'Packets that were lost: kernel (the ring was full though it was being read), credit (the stages behind were too slow), interface (the device had no room).', values: (report) => live(report)?.byDevice.flatMap((each): Sample[] => [
    [{ device: each.device, reason: 'kernel' }, each.droppedByKernel],
    [{ device: each.device, reason: 'credit' }, each.droppedByCredit],
    [{ device: each.device, reason: 'interface' }, each.droppedByInterface],
  ]) ?? [] },
  { name: 'nfstream_packets_filtered_total', type: 'counter', labels: [], help: 'Packets that the filter took out, where that is known.', values: ({ source }) => one(source?.filtered) },
  { name: 'nfstream_device_up', type: 'gauge', labels: ['device'], help: '1 while the device is captured from, 0 while --retry waits for it.', values: (report) => ofDevices(report, ({ away }) => away ? 0 : 1) },
  { name: 'nfstream_device_returns_total', type: 'counter', labels: ['device'], help: 'How often the device has come back.', values: (report) => ofDevices(report, ({ returns }) => returns) },
  { name: 'nfstream_batches_in_flight', type: 'gauge', labels: [], help: 'Memory for batches that is granted to the capture and is not filled yet; 0 means that the stages behind are too slow.', values: (report) => one(live(report)?.batchesInFlight) },
  { name: 'nfstream_batches_queued', type: 'gauge', labels: [], help: 'Batches that wait to be counted.', values: (report) => one(live(report)?.queued) },
  { name: 'nfstream_packets_metered_total', type: 'counter', labels: [], help: 'Packets that are in flows.', values: ({ flows }) => one(flows.packets) },
  { name: 'nfstream_packets_ignored_total', type: 'counter', labels: ['reason'], help: 'Packets that are in no flow.', values: ({ flows }) => byName('reason', flows.ignored) },
  { name: 'nfstream_packets_late_total', type: 'counter', labels: [], help: 'Packets whose time lay before that of an earlier one.', values: ({ flows }) => one(flows.latePackets) },
  { name: 'nfstream_flows_total', type: 'counter', labels: ['reason'], help: 'Flows that have ended.', values: ({ flows }) => byName('reason', flows.endReasons) },
  { name: 'nfstream_open_flows', type: 'gauge', labels: [], help: 'Flows that are open.', values: ({ flows }) => one(flows.openFlows) },
  { name: 'nfstream_table_capacity_flows', type: 'gauge', labels: [], help: 'Flows that may be open at once.', values: ({ flows }) => one(flows.capacity) },
  { name: 'nfstream_table_bytes', type: 'gauge', labels: [], help: 'Memory of the flow table and the dissections under way.', values: ({ flows }) => one(flows.tableBytes) },
  { name: 'nfstream_plugin_errors_total', type: 'counter', labels: [], help: 'How often a plugin was dropped for a flow because it failed.', values: ({ flows }) => one(flows.pluginErrors) },
];
