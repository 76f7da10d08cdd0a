import { count, counted, shortBytes, shortDuration } from '../text/quantity.js';
import type { CheckReport } from './check-captures.js';

/** Something that a user should know of a capture, and what to do about it, a sentence each. */
export interface Finding {
  readonly name: 'damaged' | 'order' | 'cut' | 'duplicates' | 'one-sided' | 'oversized' | 'checksums' | 'gaps' | 'link types' | 'unread';
  readonly what: string;
  readonly advice: string;
}

/** Shares of all that are worth a word. */
const someDuplicates = 0.001;
const manyOneSided = 0.2;

/** What is to be said of captures; nothing where all is well. */
export function findingsOf(report: CheckReport): Finding[] {
  const { packets, outOfOrder, cut, duplicates, tcpFlows, oversized, checksums, gaps, ignored } = report;
  const found: Finding[] = report.damages.map(({ message }) => ({
    name: 'damaged',
    what: message,
    advice: 'Copy the file again; what is in front of the damage can be used.',
  }));
  const ofFile = (file: string | null): string => (report.files > 1 && file !== null ? ` of ${file}` : '');
  const add = (name: Finding['name'], what: string, advice: string): void => void found.push({ name, what, advice });
  if (outOfOrder.packets > 0)
    add(
      'order',
      `${counted(outOfOrder.packets, 'packet')} out of order, by up to ${shortDuration(Math.ceil(outOfOrder.largestMs))}; the first is packet ${outOfOrder.firstPacket}${ofFile(outOfOrder.file)}.`,
      `Read it with --reorder ${Math.max(0.001, Math.ceil(outOfOrder.largestMs + 1) / 1000)}, or several captures with --merge.`,
    );
  if (cut.packets > 0)
    add(
      'cut',
      `${counted(cut.packets, 'packet')} cut by a snapshot length, ${shortBytes(cut.missingBytes)} missing.`,
      'Sizes and counts are right; labels and fingerprints need payload: capture whole packets (tcpdump -s 0).',
    );
  if (duplicates > packets * someDuplicates)
    add(
      'duplicates',
      `${counted(duplicates, 'packet')} (${share(duplicates, packets)}) there twice within a millisecond, as mirror ports show them.`,
      'Read it with --deduplicate 0.001 --deduplicate-by packet, or mirror one direction of each port.',
    );
  if (tcpFlows.oneSided > tcpFlows.flows * manyOneSided)
    add(
      'one-sided',
      `${count(tcpFlows.oneSided)} of ${counted(tcpFlows.flows, 'TCP flow')} (${share(tcpFlows.oneSided, tcpFlows.flows)}) with packets one way only.`,
      'Look for the way of the answers: another interface, an asymmetric route, or scans that nobody answers.',
    );
  if (oversized.packets > 0)
    add(
      'oversized',
      `${counted(oversized.packets, 'packet')} longer than a frame of Ethernet, up to ${shortBytes(oversized.largestBytes)}: the network card put them together or was to cut them.`,
      'Packets and sizes are not those of the wire: capture with ethtool -K DEVICE gro off lro off tso off gso off, or on the switch; jumbo frames are no mistake.',
    );
  if (checksums.wrong > 0) add('checksums', wrongChecksums(checksums), checksumAdvice(checksums));
  if (gaps.count > 0)
    add(
      'gaps',
      `${counted(gaps.count, 'gap')} of more than a minute without a packet, the longest of ${shortDuration(Math.round(gaps.largestMs))} before packet ${gaps.packet}${ofFile(gaps.file)}.`,
      'Flows end in gaps that are longer than their idle timeout; if none was expected, look whether the capture was interrupted.',
    );
  const types = Object.entries(report.linkTypes);
  if (types.length > 1)
    add(
      'link types',
      `Packets of several link types: ${types.map(([name, number]) => `${name} (${count(number)})`).join(', ')}.`,
      'Frame sizes of different links can not be compared; accounting by ip can.',
    );
  const unread = (ignored.link_type ?? 0) + (ignored.malformed ?? 0) + (ignored.truncated ?? 0);
  if (unread > 0)
    add(
      'unread',
      `${counted(unread, 'packet')} not read up to the transport header.`,
      'See whether the snapshot length is too small, or the link type is not one that docs/captures.md has.',
    );
  return found;
}

function wrongChecksums({ wrong, ipv4, tcp, udp, checked, offloaded }: CheckReport['checksums']): string {
  const headers = [
    [ipv4, 'of IPv4'],
    [tcp, 'of TCP'],
    [udp, 'of UDP'],
  ] as const;
  const named = headers.filter(([number]) => number > 0).map(([number, header]) => `${count(number)} ${header}`);
  const left = offloaded === 0 ? '' : `; ${offloaded === wrong ? 'all' : count(offloaded)} as a sender leaves them for its network card`;
  return `${counted(wrong, 'packet')} (${share(wrong, checked)}) with wrong checksums: ${named.join(', ')}${left}.`;
}

function checksumAdvice({ wrong, offloaded }: CheckReport['checksums']): string {
  return wrong === offloaded
    ? 'They were captured before the card summed them up, and are right on the wire; ethtool -K DEVICE tx off on the sending machine, or a capture on the switch, has them right.'
    : 'Look whose packets they are: those of the capturing machine were to be summed up by its network card (ethtool -K DEVICE tx off), others a link or a program has damaged.';
}

function share(part: number, whole: number): string {
  return `${((100 * part) / Math.max(1, whole)).toFixed(1)} %`;
}
