import type { FlowAggregator } from '../../aggregate/aggregate.js';
import type { RunReport } from '../../aggregate/report/run-report.js';
import type { Request } from '../command-line.js';
import { say, type Outside } from '../streams.js';
import type { MetricsServer } from './metrics-server.js';
import { reportLine } from './report-line.js';
import { serviceOf } from './service.js';

/** Whoever watches a run: readers of its reports, Prometheus, and the manager of the service that it is. */
export class Watching {
  readonly #stage: FlowAggregator;
  readonly #outside: Outside;
  readonly #reports: boolean;
  readonly #service;
  #server: MetricsServer | null = null;
  #begun = false;

  constructor(stage: FlowAggregator, { options, quiet }: Request, outside: Outside) {
    this.#stage = stage;
    this.#outside = outside;
    this.#reports = options.report['reportInterval'] !== undefined;
    this.#service = serviceOf(outside.env, (text) => quiet || say(outside, `Warning: ${text}`));
    stage.on('report', (report: RunReport) => this.#tell(report));
  }

  /** Serves counters, where that was asked for: while the process has the rights for the port. @throws {FlowError} ERR_NFSTREAM_LISTEN */
  async serve({ metrics, quiet }: Request): Promise<void> {
    if (metrics === null) return;
    const { serveMetrics } = await import('./metrics-server.js');
    const { metricsOf } = await import('./metrics.js');
    this.#server = await serveMetrics(metrics, await metricsOf(() => this.#stage.runReport()));
    if (!quiet) say(this.#outside, `Counters are at ${this.#server.url}.`);
  }

  /** Packets can be taken. */
  begin(): void {
    this.#begun = true;
    this.#service.ready();
  }

  /** The run was asked to end. */
  stopping(): void {
    this.#service.stopping();
  }

  /** The run is over. */
  end(): void {
    this.#server?.close();
    this.#service.end();
    if (this.#begun && this.#reports) this.#tell(this.#stage.runReport());
  }

  #tell(report: RunReport): void {
    this.#outside.stderr.write(`${reportLine(report)}\n`);
  }
}
