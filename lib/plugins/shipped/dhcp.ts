import { macText } from '../../text/address-text.js';
import type { HookFlow } from '../hook-flow.js';
import type { HookPacket } from '../hook-packet.js';
import { FlowPlugin } from '../plugin.js';
import { textOf } from './byte-text.js';
import { addressText, dhcpMessage, type DhcpMessage } from './dhcp-message.js';
import { ipProtocol, knownOptions, trueOrFalse } from './plugin-options.js';

/** What {@link dhcp} takes. */
export interface DhcpOptions {
  /** false: flows stay whole. Default true: a flow ends with the message that ends its exchange (see {@link dhcp}). */
  readonly split?: boolean;
}

/** What {@link dhcp} adds to flows; null on flows of other protocols, and where nothing told it. Numbers in names are those of DHCP's options. */
export interface DhcpColumns {
  /** Type of the first message, such as `DISCOVER` (RFC 2132, 9.6); a number as text where it has no name. */
  dhcp_msg_type: string | null;
  /** Types of the messages in their order, commas between them; the first 16. */
  dhcp_messages: string | null;
  /** Numbers of the options of the last REQUEST, in its order, commas between them; of the client's first message without a REQUEST. */
  dhcp_options: string | null;
  /** Parameter request list of the same message, the client's fingerprint: numbers in its order, commas between them. */
  dhcp_55: string | null;
  /** Address that the same message requests. */
  dhcp_50: string | null;
  /** Address that the client of the same message has already (ciaddr). */
  dhcp_addr: string | null;
  /** The first three bytes of the hardware address in the same message: `00:0b:82`. */
  dhcp_oui: string | null;
  /** Host name that the client gives. */
  dhcp_12: string | null;
  /** Largest message that the client takes, in bytes. */
  dhcp_57: number | null;
  /** Vendor class of the client. */
  dhcp_60: string | null;
  /** User class of the client. */
  dhcp_77: string | null;
  /** The server: option 54 of any message. */
  dhcp_server: string | null;
  /** Address that the last OFFER or ACK gives (yiaddr). */
  dhcp_leased: string | null;
  /** Seconds that it is given for: option 51 of the same message. */
  dhcp_lease_seconds: number | null;
}

/**
 * A plugin that reads DHCP over IPv4: flows of UDP with port 67 at one end. Flows end with an ACK, NAK, INFORM or DECLINE, and with every message of a client that has no address yet
 * (0.0.0.0), since those of all clients are one flow otherwise; `split: false` leaves them whole.
 * @throws {FlowError} ERR_NFSTREAM_OPTION_TYPE, ERR_NFSTREAM_OPTION_UNKNOWN
 */
export function dhcp(options?: DhcpOptions): FlowPlugin<DhcpColumns> {
  const { split = true } = knownOptions('dhcp', options, ['split']);
  return new Dhcp(trueOrFalse('split of dhcp()', split));
}

const serverPort = 67;
const mostMessages = 16;
const number = { hostName: 12, requested: 50, leaseTime: 51, type: 53, server: 54, parameters: 55, largest: 57, vendorClass: 60, userClass: 77 } as const;

/** RFC 2132, RFC 3203, RFC 4388, RFC 6926, RFC 7724, by number. */
const types = [
  '',
  'DISCOVER',
  'OFFER',
  'REQUEST',
  'DECLINE',
  'ACK',
  'NAK',
  'RELEASE',
  'INFORM',
  'FORCERENEW',
  'LEASEQUERY',
  'LEASEUNASSIGNED',
  'LEASEUNKNOWN',
  'LEASEACTIVE',
  'BULKLEASEQUERY',
  'LEASEQUERYDONE',
  'ACTIVELEASEQUERY',
  'LEASEQUERYSTATUS',
  'TLS',
] as const;

/** Messages behind which nothing more belongs to an exchange. */
const last: ReadonlySet<string> = new Set(['ACK', 'NAK', 'INFORM', 'DECLINE']);

class Dhcp extends FlowPlugin<DhcpColumns> {
  override readonly name = 'dhcp';
  override readonly columns = {
    dhcp_msg_type: { type: 'text', meaning: 'Type of the first message of DHCP.' },
    dhcp_messages: { type: 'text', meaning: 'Types of the messages, commas between them.' },
    dhcp_options: { type: 'text', meaning: 'Numbers of the options of the last REQUEST, else of the first message of the client.' },
    dhcp_55: { type: 'text', meaning: 'Parameter request list of the client, its fingerprint.' },
    dhcp_50: { type: 'text', meaning: 'Address that the client requests.' },
    dhcp_addr: { type: 'text', meaning: 'Address that the client has already.' },
    dhcp_oui: { type: 'text', meaning: "First three bytes of the client's hardware address." },
    dhcp_12: { type: 'text', meaning: 'Host name of the client.' },
    dhcp_57: { type: 'int', meaning: 'Largest message that the client takes, in bytes.' },
    dhcp_60: { type: 'text', meaning: 'Vendor class of the client.' },
    dhcp_77: { type: 'text', meaning: 'User class of the client.' },
    dhcp_server: { type: 'text', meaning: 'Address of the server.' },
    dhcp_leased: { type: 'text', meaning: 'Address that the last OFFER or ACK gives.' },
    dhcp_lease_seconds: { type: 'int', meaning: 'Seconds that it is given for.' },
  } as const;
  readonly #split: boolean;

  constructor(split: boolean) {
    super();
    this.#split = split;
  }

  override onInit(packet: HookPacket, flow: HookFlow<DhcpColumns>): void {
    const { srcPort, dstPort } = packet;
    if (packet.protocol === ipProtocol.udp && packet.ipVersion === 4 && (srcPort === serverPort || dstPort === serverPort)) this.onUpdate(packet, flow);
    else flow.stopUpdates();
  }

  override onUpdate(packet: HookPacket, flow: HookFlow<DhcpColumns>): void {
    const message = packet.laterFragment ? null : dhcpMessage(packet.payload);
    if (message === null) return;
    const { udps } = flow;
    const type = typeOf(message);
    if (type !== null) noteType(udps, type);
    if (message.fromClient) noteClient(udps, message, type);
    else if (type === 'OFFER' || type === 'ACK') noteLease(udps, message);
    udps.dhcp_server = addressOf(message, number.server) ?? udps.dhcp_server;
    if (this.#split && ((type !== null && last.has(type)) || packet.srcIp === '0.0.0.0')) flow.expire();
  }
}

function noteType(udps: DhcpColumns, type: string): void {
  udps.dhcp_msg_type ??= type;
  const before = udps.dhcp_messages;
  if (before === null) udps.dhcp_messages = type;
  else if (before.split(',').length < mostMessages) udps.dhcp_messages = `${before},${type}`;
}

function noteClient(udps: DhcpColumns, message: DhcpMessage, type: string | null): void {
  if (type === 'REQUEST' || udps.dhcp_options === null) {
    udps.dhcp_options = message.order.length === 0 ? null : message.order.join();
    udps.dhcp_55 = message.options.get(number.parameters)?.join() || null;
    udps.dhcp_50 = addressOf(message, number.requested);
    udps.dhcp_addr = message.clientAddress;
    udps.dhcp_oui = message.hardware.length >= 3 ? macText(message.hardware.subarray(0, 3)) : null;
  }
  udps.dhcp_12 = nameOf(message, number.hostName) ?? udps.dhcp_12;
  udps.dhcp_57 = numberOf(message, number.largest, 2) ?? udps.dhcp_57;
  udps.dhcp_60 = nameOf(message, number.vendorClass) ?? udps.dhcp_60;
  udps.dhcp_77 = nameOf(message, number.userClass) ?? udps.dhcp_77;
}

function noteLease(udps: DhcpColumns, message: DhcpMessage): void {
  udps.dhcp_leased = message.yourAddress;
  udps.dhcp_lease_seconds = numberOf(message, number.leaseTime, 4);
}

function typeOf(message: DhcpMessage): string | null {
  const type = numberOf(message, number.type, 1);
  return type === null ? null : (types[type] ?? '') || String(type);
}

function numberOf({ options }: DhcpMessage, option: number, size: number): number | null {
  const bytes = options.get(option);
  return bytes?.length === size ? bytes.reduce((value, byte) => value * 256 + byte, 0) : null;
}

function addressOf({ options }: DhcpMessage, option: number): string | null {
  const bytes = options.get(option);
  return bytes === undefined ? null : addressText(bytes);
}

/** An option of text without the NULs behind it, which RFC 2132 (2) has receivers take away; null where nothing is left. */
function nameOf({ options }: DhcpMessage, option: number): string | null {
  const bytes = options.get(option);
  if (bytes === undefined) return null;
  let { length } = bytes;
  while (length > 0 && bytes[length - 1] === 0) length--;
  return length === 0 ? null : textOf(bytes.subarray(0, length));
}
