import { protocolNames } from '../../text/protocol-names.js';
import { visible } from '../../text/visible-text.js';
import type { Dimension } from './cubes.js';
import type { Cell } from './told.js';

/** RFC 1035, 4.1.1, under the names that IANA's registry has for them. */
const dnsCodes = ['NoError', 'FormErr', 'ServFail', 'NXDomain', 'NotImp', 'Refused'];

/** The severities of nDPI's risks, by the least score that a flow with one has. */
export function severity(least: number | null): string {
  if (least === null) return '';
  return least >= 250 ? 'severe' : least >= 100 ? 'high' : least >= 50 ? 'medium' : 'low';
}

/** A value of a dimension as it is shown. */
export function shown(dimension: Dimension | 'source' | 'destination', value: string | number): string {
  if (typeof value === 'string') return value === '' ? '(none)' : visible(value);
  if (dimension === 'protocol') return protocolNames.get(value) ?? `protocol ${value}`;
  if (dimension === 'dnsCode') return value < 0 ? 'no answer' : (dnsCodes[value] ?? `code ${value}`);
  return String(value);
}

/** A server's port with its protocol; the protocol alone where there are no ports. */
export function portName({ protocol, port }: Cell['key']): string {
  return port === 0 ? shown('protocol', protocol!) : `${shown('protocol', protocol!)} ${port}`;
}

/** The subnet of an address: the first 24 bits of IPv4, the first 64 of IPv6; other texts as they are. */
export function subnetOf(address: string): string {
  if (/^\d+\.\d+\.\d+\.\d+$/.test(address)) return `${address.slice(0, address.lastIndexOf('.'))}.0/24`;
  if (!/^[0-9a-f:]+$/i.test(address) || !address.includes(':')) return address;
  const [front = '', back] = address.split('::');
  const groups = front === '' ? [] : front.split(':');
  const behind = back === undefined || back === '' ? [] : back.split(':');
  while (back !== undefined && groups.length + behind.length < 8) groups.push('0');
  return `${[...groups, ...behind].slice(0, 4).join(':')}::/64`;
}
