import type { AggregateOptions, AnyPlugin, HookFlow, HookPacket } from '../../lib/index.js';

/** What a plugin may keep of each flow. */
interface Kept {
  packets: number;
  bytes: number;
  flags: number;
  longest: number;
  last: number;
}

/** A metric, and a plugin of ordinary cost that keeps an object a flow. `kept` is what it holds. */
export function usualPlugins(kept = new Map<number, Kept>()): Pick<AggregateOptions, 'plugins' | 'userMetrics'> {
  const plugin: AnyPlugin = {
    name: 'usual',
    columns: { longest_gap: { type: 'float', default: 0 }, flags: 'int' },
    onInit: (packet: HookPacket, flow: HookFlow) =>
      void kept.set(flow.handle, { packets: 1, bytes: packet.size, flags: packet.tcpFlags, longest: 0, last: packet.timeMs }),
    onUpdate: (packet: HookPacket, flow: HookFlow) => {
      const own = kept.get(flow.handle)!;
      own.packets++;
      own.bytes += packet.size;
      own.flags |= packet.tcpFlags;
      own.longest = Math.max(own.longest, packet.timeMs - own.last);
      own.last = packet.timeMs;
    },
    onExpire: (flow: HookFlow<any>) => {
      const own = kept.get(flow.handle)!;
      flow.udps.longest_gap = own.longest;
      flow.udps.flags = own.flags;
      kept.delete(flow.handle);
    },
  } as AnyPlugin;
  return {
    plugins: [plugin],
    userMetrics: {
      count_pkts_gt_666: (packet: HookPacket, flow: HookFlow) => {
        if (packet.size > 666) flow.metrics['count_pkts_gt_666'] += 1;
      },
    },
  };
}
