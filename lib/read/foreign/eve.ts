import { isIP } from 'node:net';
import { isRecord } from '../../is-record.js';
import { CellError } from '../cell-error.js';
import { communityId } from './community-id.js';
import type { ForeignFormat } from './foreign-rows.js';
import { addressOf, amountsOf, countOf, microsecondsOf, portOf, protocolOf, textOf, timesOf, type ForeignFlow } from './values.js';

/** Suricata's EVE: the events of the type flow; others are passed over. */
export class EveLog implements ForeignFormat {
  readonly title = "Suricata's EVE";
  readonly columns = ['flow_uid', 'vlan_id', 'src_mac', 'dst_mac'];

  flow(line: string): ForeignFlow | null {
    const event: unknown = JSON.parse(line);
    if (!isRecord(event)) throw new CellError('it is no object');
    if (event['event_type'] !== 'flow') return null;
    const { flow, ether, vlan } = event;
    if (!isRecord(flow)) throw new CellError('the event has no object flow');
    const count = (name: string): number | null => countOf(`flow.${name}`, flow[name]);
    const [src, dst] = [addressOf('src_ip', event['src_ip']), addressOf('dest_ip', event['dest_ip'])];
    const protocol = protocolOf(event['proto']);
    const isIcmp = protocol === 1 || protocol === 58;
    const ports = [portOf('src_port', event['src_port']), portOf('dest_port', event['dest_port'])] as const;
    const kind = [countOf('icmp_type', event['icmp_type'], 255), countOf('icmp_code', event['icmp_code'], 255)] as const;
    const [one, other] = isIcmp ? kind : ports;
    const withoutPorts = protocol !== null && !isIcmp && ports[0] === null;
    const application = textOf('app_proto', event['app_proto']);
    const macs = isRecord(ether) ? ether : {};
    return {
      src_ip: src,
      src_port: isIcmp || withoutPorts ? 0 : ports[0],
      dst_ip: dst,
      dst_port: isIcmp || withoutPorts ? 0 : ports[1],
      protocol,
      ip_version: isIP(src),
      ...timesOf(microsecondsOf('flow.start', flow['start']), microsecondsOf('flow.end', flow['end'])),
      ...amountsOf([count('pkts_toserver'), count('pkts_toclient')], [count('bytes_toserver'), count('bytes_toclient')]),
      application_name: application === 'failed' ? null : application,
      community_id:
        textOf('community_id', event['community_id']) ??
        (protocol === null || (!withoutPorts && (one === null || other === null))
          ? null
          : communityId({ src, dst, srcPort: one ?? 0, dstPort: other ?? 0, protocol })),
      flow_uid: flowId(line),
      vlan_id: Array.isArray(vlan) ? countOf('vlan', vlan[0], 65535) : null,
      src_mac: textOf('ether.src_mac', macs['src_mac']),
      dst_mac: textOf('ether.dest_mac', macs['dest_mac']),
    };
  }
}

/** The flow's number with all its digits, which may be more than a number of JavaScript holds. */
function flowId(line: string): string | null {
  return /"flow_id":\s*(\d{1,20})/.exec(line)?.[1] ?? null;
}
