import { Option as Flag } from 'commander';
import { isIP } from 'node:net';
import { shortened } from '../../errors.js';
import { isLoopback, listenAddress, shownAddress, type ListenAddress } from '../serve/listen-address.js';
import { UsageError } from '../usage-error.js';
import type { DashboardAddress } from './server.js';

const longestName = 253;

/** `--dashboard 127.0.0.1:8080` and `--dashboard-host`. */
export function dashboardFlags(): Flag[] {
  const where =
    'Serve a page of what comes, as it comes, while the run goes on, as in 127.0.0.1:8080; the address that opens it is printed. A port alone is one of the loopback. For devices, pipes and --follow; see docs/dashboard.md.';
  const name = 'A name under which the page is asked for besides localhost and loopback addresses, such as that of a proxy. Can be given several times.';
  return [
    new Flag('--dashboard <address>', where).helpGroup('Watching a run:').argParser(dashboardAddress),
    new Flag('--dashboard-host <name>', name)
      .helpGroup('Watching a run:')
      .argParser((text, before: string[] | undefined) => [...(before ?? []), dashboardHost(text)]),
  ];
}

/** Where the page is served. @throws {UsageError} for what is no address */
export function dashboardAddress(text: string): ListenAddress {
  return listenAddress('--dashboard', 8080, text);
}

/** A name of a host, or an address, in small letters. @throws {UsageError} */
export function dashboardHost(text: string): string {
  const isName = text.length <= longestName && /^[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*$/i.test(text);
  if (!isName && isIP(text) !== 6)
    throw new UsageError(`--dashboard-host takes the name of a host, without a port, as in probe.example.org, not ${shortened(text)}.`);
  return text.toLowerCase();
}

/**
 * Where the page is served and under which names; null where it is not asked for.
 * @throws {UsageError} for an address that others can reach without a name under which they do, and for names without a page
 */
export function dashboardOf(address: ListenAddress | null, names: readonly string[]): DashboardAddress | null {
  if (address === null) {
    if (names.length > 0) throw new UsageError('--dashboard-host is for a page; say with --dashboard where it is served.');
    return null;
  }
  if (!isLoopback(address.host) && names.length === 0)
    throw new UsageError(
      `--dashboard ${shownAddress(address)} can be reached from other machines: give with --dashboard-host the name or address under which it is asked for. What is sent there is not encrypted; ssh -L to a loopback address is.`,
    );
  return { ...address, names };
}
