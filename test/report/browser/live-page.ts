import { fileURLToPath } from 'node:url';
import { setTimeout as pause } from 'node:timers/promises';
import { serveDashboard, type DashboardServer } from '../../../lib/cli/dashboard/server.js';
import { aggregate, captureFile, type FlowBatch } from '../../../lib/index.js';
import type { LookData, RunState } from '../../../lib/report/gather/live-data.js';
import { LiveFigures } from '../../../lib/report/live/live-figures.js';

const office = fileURLToPath(new URL('../../../fixtures/office.pcap', import.meta.url));

/** Flows of a capture, all of which is new. */
export async function officeFlows(): Promise<FlowBatch[]> {
  const flows: FlowBatch[] = [];
  const stage = aggregate({ tls: true, dns: true, risks: true, tcpState: true, tcpQuality: true, increments: true });
  for await (const batch of captureFile(office).pipe(stage) as AsyncIterable<FlowBatch>) flows.push(batch);
  return flows;
}

/** A dashboard whose seconds the test counts itself. */
export class LivePage {
  readonly figures = new LiveFigures();
  readonly server: DashboardServer;
  nowMs = 1_800_000_000_000;
  state: RunState = {
    atMs: this.nowMs,
    seconds: 0,
    packets: 0,
    packetsPerSecond: 1234,
    bytesPerSecond: 5_600_000,
    flows: 0,
    openFlows: 12_345,
    capacity: 100_000,
    tableBytes: 0,
    dropped: { kernel: 0, credit: 0, interface: 0 },
    away: [],
  };
  readonly #title: string;

  private constructor(server: DashboardServer, title: string) {
    this.server = server;
    this.#title = title;
  }

  static async open(title = 'eth0'): Promise<LivePage> {
    return new LivePage(await serveDashboard({ host: '127.0.0.1', port: 0, names: [] }), title);
  }

  /** Lets seconds go by, with batches in each of which everything is new. */
  async seconds(count: number, batches: readonly FlowBatch[] = []): Promise<void> {
    for (let n = 0; n < count; n++) {
      for (const batch of batches) this.figures.addEnded(batch);
      this.nowMs += 1000;
      const renewed = this.figures.tick(this.nowMs);
      this.state = { ...this.state, atMs: this.nowMs };
      this.server.tell((window, first) => {
        const told = first || renewed ? this.figures.told(window, this.nowMs) : null;
        const data: LookData = {
          title: this.#title,
          state: this.state,
          estimated: this.figures.estimated(window),
          timelines: this.figures.timelines(window, this.nowMs),
          told,
        };
        return `data: ${JSON.stringify(data)}\n\n`;
      });
      await pause(5);
    }
  }
}
