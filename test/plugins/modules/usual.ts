import type { AnyPlugin, HookFlow, HookPacket } from '../../../lib/index.js';

// What the tests of worker run in its thread.

export const plugins: AnyPlugin[] = [
  {
    name: 'First',
    columns: {
      first666: 'int',
      long: { type: 'boolean', default: false },
      total: { type: 'bigint', default: 0n },
      names: { type: 'text', default: '' },
      sizes: { type: 'list', size: 2, default: [0, 0] },
    },
    onInit: see,
    onUpdate: see,
    onExpire: (flow: HookFlow<any>) => void (flow.udps.names = `${flow.srcIp} ${flow.ended} ${flow.id}`),
  } as AnyPlugin,
];

function see(packet: HookPacket, flow: HookFlow<any>): void {
  if (packet.size > 666) flow.udps.first666 ??= flow.bidirectionalPackets;
  flow.udps.long ||= packet.size > 666;
  flow.udps.total += BigInt(packet.size);
  flow.udps.sizes[packet.direction] = packet.size;
}

export const userMetrics = {
  count_pkts_gt_666: (packet: HookPacket, flow: HookFlow): void => {
    if (packet.size > 666) flow.metrics['count_pkts_gt_666'] += 1;
  },
  // Numbers of packets and files are those of the capture.
  place: {
    initial: '',
    update: (packet: HookPacket, flow: HookFlow): void => void (flow.metrics['place'] = `${packet.file?.split('/').at(-1)} ${packet.number}`),
  },
};
