import { native } from '../native.js';
import { ndpiModule, version } from '../native-files.js';
import type { Metadata } from '../schema/schema.js';

/** Versions of the library and of what it stands on. */
export interface Versions {
  nfstream: string;
  libpcap: string;
  /** Null when libndpi can't be loaded. */
  ndpi: string | null;
}

/** The versions in use: nfstream's own, libpcap's and nDPI's. */
export function versions(): Versions {
  let ndpi: string | null;
  try {
    ndpi = native.dissectorVersion(ndpiModule());
  } catch {
    ndpi = null; // libndpi is optional: its absence is an answer here, and an error where labels are asked for
  }
  return { nfstream: version, libpcap: native.versions().libpcap, ndpi };
}

/**
 * What files say about the run that made them.
 * @param source the first capture as it was given; null where packets have none
 */
export function runMetadata(options: Readonly<Record<string, unknown>>, source: string | null): Metadata {
  const given = Object.entries(options).map(([name, value]): [string, unknown] => [name, value === Infinity ? 'none' : value]);
  return {
    ...(source !== null && { 'nfstream.source': source }),
    'nfstream.version': version,
    'nfstream.libpcap': native.versions().libpcap,
    'nfstream.ndpi': options['dissections'] === 0 ? 'off' : native.dissectorVersion(ndpiModule()),
    'nfstream.options': JSON.stringify(Object.fromEntries(given.filter(([name]) => name !== 'signal'))),
  };
}
