import { versions } from '../../aggregate/metadata.js';
import { missingNative } from '../../native.js';
import { namedNdpiModule, version } from '../../native-files.js';
import { visible } from '../../text/visible-text.js';

/** The first release of nDPI that is not called old: with it labels agree with today's nfstream about as they do with later ones. */
const firstOfToday = [4, 10] as const;

/**
 * What is said about the nDPI in use.
 * @param release its name of itself, such as 4.2.0 or 4.11.0-4967-3b1286a; null when it cannot be loaded
 */
export function ndpiText(release: string | null): string {
  if (release === null) return 'not available (libndpi could not be loaded)';
  const [major, minor] = firstOfToday;
  const [ours, ourMinor] = release.split('.').map((part) => Number.parseInt(part, 10));
  if (ours === undefined || ourMinor === undefined || !(ours < major || (ours === major && ourMinor < minor))) return release;
  return `${release} (old: before ${firstOfToday.join('.')} it knows far fewer applications; see docs/ndpi.md)`;
}

/** The versions of nfstream and of what it stands on, a line each; without the addon only those that need none. */
export function versionText(): string {
  const { ndpi, libpcap } = missingNative() === null ? shownVersions() : { ndpi: 'not available', libpcap: 'not available' };
  return `${[`nfstream ${version}`, `nDPI ${ndpi}`, `libpcap ${libpcap}`, `Node.js ${process.versions.node}`].join('\n')}\n`;
}

function shownVersions(): { ndpi: string; libpcap: string } {
  const { ndpi, libpcap } = versions();
  const named = namedNdpiModule();
  return { ndpi: `${ndpiText(ndpi)}${named === null ? '' : `, by NFSTREAM_NDPI: ${visible(named)}`}`, libpcap: libpcap.replace(/^libpcap version /, '') };
}
