import { FlowError, shortened, shownPath, type FlowErrorCode } from './errors.js';
import { visible } from './text/visible-text.js';

/** How a message names a source: in one line, with nothing that moves the cursor, as messages go to terminals and logs. */
export function shownName(file: string): string {
  return file === '-' ? 'standard input' : visible(shownPath(file));
}

/** The error for a file or directory that the system does not let us read. */
export function openError(file: string, cause: NodeJS.ErrnoException): FlowError {
  const name = shownName(file);
  const fail = (code: FlowErrorCode, message: string): FlowError => new FlowError(code, message, { file, cause });
  switch (cause.code) {
    case 'ENOENT':
    case 'ENOTDIR':
      return fail('ERR_NFSTREAM_NO_SUCH_FILE', `There is no file ${name}.`);
    case 'EACCES':
    case 'EPERM':
      return fail('ERR_NFSTREAM_PERMISSION', `You may not read ${name}.`);
    default:
      return fail('ERR_NFSTREAM_READ', `${name} could not be opened: ${visible(shortened(cause.message, 120))}.`);
  }
}
