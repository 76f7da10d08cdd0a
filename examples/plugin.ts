// A metric of two lines, and a plugin. Run: npx tsx examples/plugin.ts fixtures/office.pcap flows.csv
import { pipeline } from 'node:stream/promises';
import { aggregate, captureFile, FlowPlugin, toFile, type HookFlow, type HookPacket } from 'nfstream';

/** After how many packets the first large one came, and how long that took. */
interface FirstLarge {
  first_large: number | null;
  first_large_after_ms: number;
}

class FirstLargePacket extends FlowPlugin<FirstLarge> {
  override columns = { first_large: 'int', first_large_after_ms: { type: 'float', default: 0, merge: 'none' } } as const;
  readonly #began = new Map<number, number>();

  override onInit(packet: HookPacket, flow: HookFlow<FirstLarge>): void {
    this.#began.set(flow.handle, packet.timeMs);
    this.onUpdate(packet, flow);
  }

  override onUpdate(packet: HookPacket, flow: HookFlow<FirstLarge>): void {
    if (packet.size <= 666) return;
    flow.udps.first_large = flow.bidirectionalPackets;
    flow.udps.first_large_after_ms = packet.timeMs - this.#began.get(flow.handle)!;
    flow.stopUpdates();
  }

  override onExpire(flow: HookFlow<FirstLarge>): void {
    this.#began.delete(flow.handle);
  }
}

const [capture, target] = process.argv.slice(2);
if (capture === undefined || target === undefined) {
  console.error('Usage: npx tsx examples/plugin.ts CAPTURE OUTPUT');
  process.exit(2);
}
const flows = aggregate({
  plugins: [new FirstLargePacket()],
  userMetrics: {
    count_pkts_gt_666: (packet, flow) => {
      if (packet.size > 666) flow.metrics.count_pkts_gt_666 += 1;
    },
  },
});
await pipeline(captureFile(capture), flows, toFile(target));
