import type { RunReport } from '../../aggregate/report/run-report.js';
import { findPeer } from '../../peer.js';
import { GrowingCounts } from './growing-counts.js';
import { metricTable, type MetricRow } from './metric-table.js';

/** Applications that have a series of their own; the others are counted as `other`. */
const mostApplications = 100;

/** The page of a Prometheus endpoint. */
export interface Metrics {
  readonly contentType: string;
  text(): Promise<string>;
}

/**
 * What prom-client makes of reports. Few runs have such an endpoint, so that users install it.
 * @throws {FlowError} ERR_NFSTREAM_PEER without it
 */
export async function metricsOf(report: () => RunReport): Promise<Metrics> {
  const { Counter, Gauge, Registry } = findPeer({ user: '--metrics', name: 'prom-client', install: 'npm install' }).load() as typeof import('prom-client');
  const registry = new Registry();
  const applications = new GrowingCounts(mostApplications);
  const rows: readonly MetricRow[] = [
    ...metricTable,
    {
      ...{ name: 'nfstream_application_flows_total', type: 'counter', labels: ['application'] },
      help: `Flows that have ended, by application: ${mostApplications} of the commonest, and other for the rest.`,
      values: ({ flows }) => applications.update(flows.applications).map(([application, value]) => [{ application }, value]),
    },
  ];
  const metrics = rows.map((row) => {
    const { name, help, labels } = row;
    const settings = { name, help, labelNames: labels, registers: [registry] };
    return { row, metric: row.type === 'counter' ? new Counter(settings) : new Gauge(settings) };
  });
  return {
    contentType: registry.contentType,
    text: () => {
      const now = report();
      for (const { row, metric } of metrics) {
        metric.reset();
        const samples = row.values(now);
        if (samples.length === 0 && row.labels.length === 0) metric.remove(); // else it would be 0
        for (const [labels, value] of samples) metric.inc(labels, value);
      }
      return registry.metrics();
    },
  };
}
