import { constants, fstat, type Stats } from 'node:fs';
import { open } from 'node:fs/promises';
import { promisify } from 'node:util';
import type { NativeCapture } from '../../../typings/native.js';
import { FlowError } from '../../errors.js';
import { asFlowError, native } from '../../native.js';
import type { CaptureFilter } from '../capture-filter.js';
import type { CaptureNotes } from '../capture-notes.js';
import { nativeDecoding, type Decoding } from '../decoding.js';
import { openError, shownName } from '../../open-error.js';

/** A file, FIFO or socket that is open for reading. */
export interface OpenInput {
  readonly capture: NativeCapture;
  /** It may be silent for ever. */
  readonly live: boolean;
}

/** How the packets of a capture are chosen and decoded. */
export interface ReadingOptions extends Decoding {
  readonly filter: CaptureFilter;
  /** Takes what captures say beside their packets. */
  readonly notes?: CaptureNotes | undefined;
}

/** How a capture that may be silent goes on from those before it. */
export interface Following {
  /** More is waited for at the end of a regular file. */
  readonly follow: boolean;
  /** The largest time of the captures before, in milliseconds; -Infinity without any. */
  readonly largestMs: number;
}

/**
 * Opens a capture; '-' is standard input.
 * @throws {FlowError} ERR_NFSTREAM_NO_SUCH_FILE, ERR_NFSTREAM_IS_DIRECTORY, ERR_NFSTREAM_PERMISSION, ERR_NFSTREAM_READ
 */
export async function openInput(path: string, options: ReadingOptions, following: Following = { follow: false, largestMs: -Infinity }): Promise<OpenInput> {
  try {
    if (path === '-') return capture(0, await promisify(fstat)(0), path, options, { ...following, follow: false });
    // O_NONBLOCK: opening a FIFO must not wait for its writer. It means nothing for a regular file.
    const handle = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
    try {
      return capture(handle.fd, await handle.stat(), path, options, following);
    } finally {
      await handle.close();
    }
  } catch (error) {
    throw error instanceof FlowError ? error : openError(path, error as NodeJS.ErrnoException);
  }
}

function capture(descriptor: number, stats: Stats, file: string, options: ReadingOptions, { follow, largestMs }: Following): OpenInput {
  // Only what is a directory by now, and was none when the source looked for its captures; or standard input.
  if (stats.isDirectory()) throw new FlowError('ERR_NFSTREAM_IS_DIRECTORY', `${shownName(file)} is a directory.`, { file });
  const followed = follow && stats.isFile();
  const live = followed || !stats.isFile();
  const given = {
    descriptor,
    live,
    largestMs,
    filter: options.filter.native,
    ...nativeDecoding(options),
    notes: options.notes !== undefined,
    ...(followed && { follow: file }),
  };
  try {
    return { capture: new native.NativeCapture(given), live };
  } catch (error) {
    throw asFlowError(error);
  }
}
