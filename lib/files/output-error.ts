import { dirname } from 'node:path';
import { FlowError, shortened, shownPath } from '../errors.js';
import { visible } from '../text/visible-text.js';

/** What happened and what to do, for the system errors that users meet. */
const reasons: Readonly<Record<string, (path: string) => string>> = {
  ENOENT: (path) => `the folder ${dirname(path)} does not exist; make it first`,
  ENOTDIR: (path) => `${dirname(path)} is not a folder; choose another place`,
  EISDIR: () => 'it is a folder; give the name of a file',
  EACCES: () => 'there is no permission; choose another place or change its permissions',
  EPERM: () => 'the system does not permit it; choose another place or change its permissions',
  EROFS: () => 'its file system is read-only; choose another place',
  ENOSPC: () => 'the disk is full; make room or choose another place',
  EDQUOT: () => 'the disk quota is used up; make room or choose another place',
  EFBIG: () => 'the file would be larger than its file system, or the limit of this process (ulimit -f), allows; raise the limit or choose another place',
  EPIPE: () => 'its reader has gone away; keep it reading to the end',
  ECONNRESET: () => 'its reader has gone away; keep it reading to the end',
  ENXIO: () => 'nothing can be written to it; choose a file, a FIFO or a device',
  ELOOP: () => 'its symbolic links lead in a circle; correct them',
  ENAMETOOLONG: () => 'its name is too long; choose a shorter one',
  EMFILE: () => 'this process has too many open files; close some or raise the limit (ulimit -n)',
};

/** The error for an output that can't be written; a FlowError stays as it is. */
export function outputError(path: string, cause: unknown): FlowError {
  if (cause instanceof FlowError) return cause;
  const code = (cause as NodeJS.ErrnoException | null)?.code ?? '';
  const shown = visible(shownPath(path)); // it may have been named by a capture
  const reason = reasons[code]?.(shown) ?? `${visible(shortened(cause instanceof Error ? cause.message : String(cause), 120))}; choose another place`;
  return new FlowError('ERR_NFSTREAM_OUTPUT', `Can't write ${shown}: ${reason}.`, { file: path, cause });
}

/** The error for an output that exists while `clobber` is false. */
export function outputExists(path: string): FlowError {
  return new FlowError('ERR_NFSTREAM_OUTPUT_EXISTS', `${visible(shownPath(path))} exists already and clobber is false; choose another name or remove it.`, {
    file: path,
  });
}
