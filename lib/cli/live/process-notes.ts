import { rightsWarning } from '../../aggregate/processes.js';
import type { Request } from '../command-line.js';
import { UsageError } from '../usage-error.js';

/**
 * What is to be said of `--processes` before the run.
 * @param devices whether the sources are network devices
 * @throws {UsageError} where it can't be served
 */
export function processNotes({ options, user }: Request, devices: boolean): readonly string[] {
  if (options.aggregate['processes'] !== true) return [];
  if (!devices)
    throw new UsageError('--processes finds the processes of this machine behind packets as they come: it is for network devices, and not for captures.');
  if (user !== null)
    throw new UsageError('--processes needs CAP_SYS_PTRACE and CAP_DAC_READ_SEARCH to the end, and --user gives up every right; give one of the two.');
  const warning = rightsWarning();
  return warning === null ? [] : [warning];
}
