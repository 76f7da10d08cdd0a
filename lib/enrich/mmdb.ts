import { readFile, stat } from 'node:fs/promises';
import { FlowError, shortened } from '../errors.js';
import { isRecord } from '../is-record.js';
import { openError, shownName } from '../open-error.js';
import { findPeer } from '../peer.js';

/** What of mmdb-lib is used: its types can't be imported where it is not installed. */
interface MmdbLib {
  readonly Reader: new (bytes: Buffer) => { get(address: string): unknown };
}

/** Bytes of a file: it is held whole. */
const mostBytes = 2 ** 31 - 1;
/** Characters of a name from a file. */
const longestName = 200;

/** A file of facts about addresses, in MaxMind's format (DB). */
export interface AddressFile {
  /** The record of an address; an empty one where there is none. @throws {FlowError} ERR_NFSTREAM_ENRICH for a damaged file */
  find(address: string): Readonly<Record<string, unknown>>;
}

/**
 * Finds what reads such files.
 * @throws {FlowError} ERR_NFSTREAM_PEER without the package mmdb-lib
 */
export function findMmdb(): (path: string) => Promise<AddressFile> {
  const { load } = findPeer({ user: 'enrich() with asn or country', name: 'mmdb-lib', install: 'npm install' });
  return async (path) => open(load() as MmdbLib, path);
}

async function open({ Reader }: MmdbLib, path: string): Promise<AddressFile> {
  const bytes = await readFileWhole(path);
  const damaged = (cause: unknown): FlowError =>
    new FlowError(
      'ERR_NFSTREAM_ENRICH',
      `${shownName(path)} is no database in MaxMind's format (.mmdb), or is damaged: ${shortened(cause instanceof Error ? cause.message : String(cause), 120)}.`,
      { file: path, cause },
    );
  try {
    const reader = new Reader(bytes);
    return {
      find(address) {
        try {
          const record = reader.get(address);
          return isRecord(record) ? record : {};
        } catch (cause) {
          throw damaged(cause);
        }
      },
    };
  } catch (cause) {
    throw damaged(cause);
  }
}

async function readFileWhole(path: string): Promise<Buffer> {
  try {
    const { size } = await stat(path);
    if (size > mostBytes) throw new FlowError('ERR_NFSTREAM_ENRICH', `${shownName(path)} is larger than 2 GiB, and is read whole.`, { file: path });
    return await readFile(path);
  } catch (error) {
    if (error instanceof FlowError) throw error;
    const cause = error as NodeJS.ErrnoException;
    if (cause.code === 'EISDIR')
      throw new FlowError('ERR_NFSTREAM_IS_DIRECTORY', `${shownName(path)} is a directory; give a file in MaxMind's format.`, { file: path, cause });
    throw openError(path, cause);
  }
}

/** The autonomous system of a record, by the names that MaxMind, DB-IP (`autonomous_system_...`) and IPinfo (`asn`: `AS64500`) give it; null where there is none. */
export function systemOf(record: Readonly<Record<string, unknown>>): { number: number | null; name: string | null } {
  const number = record['autonomous_system_number'] ?? /^AS(\d{1,10})$/i.exec(String(record['asn']))?.[1];
  return {
    number: number !== undefined && Number.isSafeInteger(Number(number)) && Number(number) >= 0 && Number(number) < 2 ** 32 ? Number(number) : null,
    name: nameOf(record['autonomous_system_organization'] ?? record['as_name']),
  };
}

/** The code of the country of a record, two letters; null where there is none. */
export function countryOf(record: Readonly<Record<string, unknown>>): string | null {
  const { country, country_code: code } = record;
  const found = isRecord(country) ? country['iso_code'] : (code ?? country);
  return typeof found === 'string' && /^[A-Z]{2}$/.test(found) ? found : null;
}

function nameOf(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? shortened(value, longestName) : null;
}
