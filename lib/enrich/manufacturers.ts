import { findPeer } from '../peer.js';

/** Digits of the prefixes that IEEE gives, the longest first: 36, 28 and 24 bits. */
const prefixes = [9, 7, 6];

/** Names of manufacturers by hardware address. */
export type Manufacturers = (address: string) => string | null;

/**
 * Finds the list of manufacturers; it is loaded by what comes back.
 * @throws {FlowError} ERR_NFSTREAM_PEER without the package oui-data
 */
export function findManufacturers(): () => Manufacturers {
  const { load } = findPeer({ user: 'enrich() with oui', name: 'oui-data', install: 'npm install' });
  return () => {
    const list = load() as Readonly<Record<string, string>>;
    return (address) => {
      const digits = address.replaceAll(':', '').toUpperCase();
      const key = prefixes.map((length) => digits.slice(0, length)).find((prefix, index) => prefix.length === prefixes[index] && Object.hasOwn(list, prefix));
      // Behind the name stands where it is, a line each.
      return key === undefined ? null : (/^[^\n]+/.exec(list[key]!)?.[0] ?? null);
    };
  };
}
