import { existsSync, readdirSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { checkPaths } from '../arguments.js';
import { FlowError, listed, shortened } from '../errors.js';
import { nearest } from '../text/nearest.js';
import { shownName } from '../open-error.js';
import { visible } from '../text/visible-text.js';
import { interfaces } from './interfaces.js';

/** What the names of sources stand for. */
export interface NamedSources {
  /** The devices, when they are all devices; null for files, whether they are there or not. */
  readonly devices: readonly string[] | null;
  /** What is to be said of it. */
  readonly notes: readonly string[];
}

/** Files of a folder that are looked at for a name that is like a misspelt one. */
const mostNear = 10_000;

/**
 * Whether sources are files or network devices. What exists as a file is a file; several devices may also be one name with commas.
 * @throws {FlowError} ERR_NFSTREAM_OPTION_RANGE for files and devices at once, and for what is no path; ERR_NFSTREAM_NO_SUCH_FILE, which names what is near, for a name that is neither
 */
export function namedSources(names: readonly string[]): NamedSources {
  checkPaths('the source', names);
  const known = interfaces().map(({ name }) => name);
  const isDevice = (name: string): boolean => name.split(',').every((part) => known.includes(part));
  const isFile = (name: string): boolean => name === '-' || existsSync(name);
  const both = names.filter((name) => isFile(name) && isDevice(name));
  const notes = both.map((name) => `${shownName(name)} is a file here, and a network device too; the file is read.`);
  const devices = names.filter((name) => !isFile(name) && isDevice(name));
  const missing = names.find((name) => !isFile(name) && !isDevice(name));
  if (devices.length === names.length) return { devices: names.flatMap((name) => name.split(',')), notes };
  if (missing !== undefined) refuseNearMiss(missing, known, devices.length > 0);
  if (devices.length === 0) return { devices: null, notes };
  const file = names.find((name) => isFile(name))!;
  throw new FlowError(
    'ERR_NFSTREAM_OPTION_RANGE',
    `${shownName(devices[0]!)} is a network device and ${shownName(file)} is a file; give the ones or the others.`,
  );
}

/** Where there is something to say beside that there is no such file: what is near, or that it is no device either. */
function refuseNearMiss(name: string, devices: readonly string[], among: boolean): void {
  const path = shownName(name);
  const fail = (text: string): FlowError => new FlowError('ERR_NFSTREAM_NO_SUCH_FILE', text, { file: name });
  const device = nearest(
    name.split(',').find((part) => !devices.includes(part))!,
    devices,
  );
  const file = nearFile(name);
  const near = [...(device === undefined ? [] : [`the device ${visible(device)}`]), ...(file === undefined ? [] : [`the file ${visible(shortened(file))}`])];
  if (near.length > 0) throw fail(`There is no file ${path}, and no network device; did you mean ${near.join(' or ')}?`);
  if (among || !/[./]/.test(name)) throw fail(`There is no file ${path}, and no network device; devices are ${visible(listed(devices))}.`);
}

function nearFile(path: string): string | undefined {
  try {
    return nearest(basename(path), readdirSync(dirname(path)).slice(0, mostNear));
  } catch {
    return undefined; // the folder is not there either, or may not be read
  }
}
