import { checkOptions } from '../options.js';
import { tunnelBits, type DecodeTunnels } from '../schema/tunnels.js';

/** How packets are decoded: options of {@link captureFile}, {@link captureStream} and {@link PacketBatch.from}. */
export interface DecodingOptions {
  /**
   * Look into these tunnels: true (default) is GTP-U, CAPWAP and TZSP, as in nfstream; 'all' adds VXLAN (RFC 7348), Geneve (RFC 8926), GRE
   * (RFC 2784, RFC 2890, ERSPAN, PPTP), L2TP (RFC 2661, and RFC 3931 with Ethernet) and Teredo (RFC 4380); an array names the kinds; false
   * looks into none and removes the column `tunnel_id`. A packet that is no sound packet of a tunnel stays in its outer flow. When a kind
   * that nfstream lacks is among them, tunnels in tunnels are opened too, up to four. IP in IP is always opened.
   */
  decodeTunnels?: DecodeTunnels;
  /**
   * What becomes of IP fragments that are not the first: 'ignore' (default, as nfstream) counts them as ignored; 'count' adds them to the
   * flow of their first fragment, where that came before them within 60 seconds (RFC 8200, 4.5) and the 8,192 latest ones. Their size is
   * that of their own frame, IP packet and IP payload. Without effect on labels.
   */
  fragments?: 'ignore' | 'count';
  /**
   * Whose ports are told and part of a flow's key: 'nfstream' (default: of TCP and UDP), or 'all', which adds SCTP (RFC 9260), DCCP (RFC 4340) and UDP-Lite (RFC 3828): else all that two addresses
   * exchange by one of these is one flow, with ports 0.
   */
  transportPorts?: 'nfstream' | 'all';
}

/** Every option of {@link DecodingOptions}. */
export type Decoding = Required<DecodingOptions>;

/** Checks the options and fills in the defaults. @throws {FlowError} ERR_NFSTREAM_OPTION_UNKNOWN, ERR_NFSTREAM_OPTION_TYPE, ERR_NFSTREAM_OPTION_RANGE */
export function checkDecoding(options: DecodingOptions): Decoding {
  const { decodeTunnels, fragments, transportPorts } = checkOptions([], options, ['decodeTunnels', 'fragments', 'transportPorts']);
  return checkOptions(['capture'], { decodeTunnels, fragments, transportPorts }) as unknown as Decoding;
}

/** As the addon takes them. */
export function nativeDecoding({ decodeTunnels, fragments, transportPorts }: Decoding): { tunnels: number; countFragments: boolean; allPorts: boolean } {
  return { tunnels: tunnelBits(decodeTunnels), countFragments: fragments === 'count', allPorts: transportPorts === 'all' };
}
