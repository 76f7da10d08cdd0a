import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';
import { shortened, shownPath } from '../errors.js';
import { UsageError } from './usage-error.js';

/** More than any key has in hexadecimal, with room for white space: a larger file is another one. */
const mostBytes = 256;
const othersMayRead = 0o044;

/**
 * The bytes of a key file; hexadecimal digits, as `openssl rand -hex 32` prints them, are the bytes they stand for.
 * @param warn is told when others may read the file
 * @throws {UsageError} when it can't be read, is no regular file, or is too large for a key
 */
export function readKeyFile(path: string, warn: (text: string) => void): Uint8Array {
  const bytes = readSmall(path, warn);
  const text = bytes.toString('latin1').trimEnd();
  return /^([0-9A-Fa-f]{2}){16,64}$/.test(text) ? Buffer.from(text, 'hex') : bytes;
}

function readSmall(path: string, warn: (text: string) => void): Buffer {
  let descriptor: number | null = null;
  try {
    descriptor = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK); // a FIFO without a writer would hold the command
    const stats = fstatSync(descriptor);
    if (!stats.isFile()) throw new UsageError(`The key file ${shownPath(path)} is not a regular file; put the key into one that only you may read.`);
    const bytes = Buffer.alloc(mostBytes + 1);
    const length = readSync(descriptor, bytes, 0, bytes.length, 0);
    if (length > mostBytes)
      throw new UsageError(`The key file ${shownPath(path)} is too large for a key of 16 to 64 bytes; make one with: openssl rand 32 > key.`);
    if ((stats.mode & othersMayRead) !== 0)
      warn(`Others may read the key file ${shownPath(path)}, whose mode is ${(stats.mode & 0o777).toString(8)}; take that from them with: chmod 600.`);
    return bytes.subarray(0, length);
  } catch (error) {
    if (error instanceof UsageError) throw error;
    throw new UsageError(`Can't read the key file ${shownPath(path)}: ${shortened((error as Error).message, 120)}.`);
  } finally {
    if (descriptor !== null) closeSync(descriptor);
  }
}
