import { isIP } from 'node:net';
import { shown } from '../../errors.js';
import { isRecord } from '../../is-record.js';
import { CellError } from '../cell-error.js';
import { communityId } from './community-id.js';
import type { ForeignFormat } from './foreign-rows.js';
import { addressOf, amountsOf, countOf, microsecondsOf, portOf, protocolOf, textOf, timesOf, type ForeignFlow } from './values.js';

/** Zeek's conn.log, as columns with tabs between them or a JSON object a line. */
export class ZeekLog implements ForeignFormat {
  readonly title = "Zeek's conn.log";
  readonly columns = ['flow_uid', 'vlan_id', 'src_mac', 'dst_mac', 'tcp_state', 'tcp_history'];
  #separator = '\t';
  #unset = '-';
  #empty = '(empty)';
  #names: readonly string[] = [];

  flow(line: string): ForeignFlow | null {
    if (line.startsWith('#')) {
      this.#header(line);
      return null;
    }
    return line.startsWith('{') ? this.#object(line) : this.#row(line);
  }

  /** Logs that were joined have several headers. */
  #header(line: string): void {
    const separator = /^#separator \\x([0-9a-f]{2})$/i.exec(line);
    if (separator !== null) this.#separator = String.fromCharCode(Number.parseInt(separator[1]!, 16));
    const [what, ...values] = line.split(this.#separator) as [string, ...string[]];
    const [first = ''] = values;
    switch (what) {
      case '#path':
        checkPath(first);
        break;
      case '#fields':
        this.#names = values;
        break;
      case '#unset_field':
        this.#unset = first;
        break;
      case '#empty_field':
        this.#empty = first;
    }
  }

  #row(line: string): ForeignFlow {
    if (this.#names.length === 0) throw new CellError('there is no line of #fields before it');
    const values = line.split(this.#separator);
    if (values.length !== this.#names.length) throw new CellError(`there are ${values.length} fields where ${this.#names.length} belong`);
    const row = new Map<string, string>();
    this.#names.forEach((name, index) => {
      const value = values[index]!;
      if (value !== this.#unset && value !== this.#empty)
        row.set(
          name,
          value.replace(/\\x([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16))),
        );
    });
    return flowOf((name) => row.get(name));
  }

  #object(line: string): ForeignFlow {
    const row: unknown = JSON.parse(line);
    if (!isRecord(row)) throw new CellError('it is no object');
    if ('_path' in row) checkPath(row['_path']);
    return flowOf((name) => (Object.hasOwn(row, name) ? row[name] : undefined));
  }
}

function checkPath(path: unknown): void {
  if (path !== 'conn') throw new CellError(`this is another log of Zeek's, ${shown(path)}; flows are in conn.log`);
}

function flowOf(value: (name: string) => unknown): ForeignFlow {
  const count = (name: string): number | null => countOf(name, value(name));
  const text = (name: string): string | null => textOf(name, value(name));
  const [src, dst] = [addressOf('id.orig_h', value('id.orig_h')), addressOf('id.resp_h', value('id.resp_h'))];
  const [srcPort, dstPort] = [portOf('id.orig_p', value('id.orig_p')), portOf('id.resp_p', value('id.resp_p'))];
  const named = protocolOf(value('proto'));
  // Zeek calls both of them icmp.
  const protocol = named === 1 && isIP(src) === 6 ? 58 : named;
  const isIcmp = protocol === 1 || protocol === 58;
  const first = microsecondsOf('ts', value('ts'));
  const duration = microsecondsOf('duration', value('duration'));
  return {
    src_ip: src,
    src_port: isIcmp ? 0 : srcPort,
    dst_ip: dst,
    dst_port: isIcmp ? 0 : dstPort,
    protocol,
    ip_version: isIP(src),
    ...timesOf(first, first === null || duration === null ? null : first + duration),
    ...amountsOf([count('orig_pkts'), count('resp_pkts')], [count('orig_ip_bytes'), count('resp_ip_bytes')]),
    application_name: text('service'),
    community_id:
      text('community_id') ?? (protocol === null || srcPort === null || dstPort === null ? null : communityId({ src, dst, srcPort, dstPort, protocol })),
    flow_uid: text('uid'),
    vlan_id: countOf('vlan', value('vlan'), 65535),
    src_mac: text('orig_l2_addr'),
    dst_mac: text('resp_l2_addr'),
    tcp_state: text('conn_state'),
    tcp_history: text('history'),
  };
}
