import { accessSync, constants, readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { versions } from '../../aggregate/metadata.js';
import { FlowError, quoted } from '../../errors.js';
import { loadArrow } from '../../load-arrow.js';
import { native } from '../../native.js';
import { root } from '../../root.js';
import { UsageError } from '../usage-error.js';

/** A user to become, who is there. */
export interface User {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
}

/** @throws {UsageError} for a name that nobody has */
export function userNamed(name: string): User {
  const found = native.findUser(name);
  if (found === null) throw new UsageError(`There is no user ${quoted(name)} to become.`);
  return { name, ...found };
}

/**
 * Gives up the rights of root for those of a user, for good: groups, group and user, in every thread, with no capability left.
 * @param later what loads files of the program's own after this, for a sentence; null for nothing
 * @throws {FlowError} ERR_NFSTREAM_PERMISSION for one who may not become another user, keeps a right, or may not read what is loaded later
 */
export function becomeUser({ name, uid, gid }: User, later: string | null): void {
  // The program may be installed where this user may not read: what can be loaded before is.
  versions();
  loadArrow();
  try {
    (process as unknown as { initgroups(user: string, group: number): void }).initgroups(name, gid);
    process.setgid!(gid);
    process.setuid!(uid);
  } catch (cause) {
    throw new FlowError('ERR_NFSTREAM_PERMISSION', `Only root can become the user ${quoted(name)} (${(cause as Error).message}).`, { cause });
  }
  const kept = readdirSync('/proc/self/task').flatMap((thread) => rightsLeft(readFileSync(`/proc/self/task/${thread}/status`, 'utf8'), uid, gid));
  if (later !== null) requireOwnFiles(name, later);
  if (kept.length > 0) throw new FlowError('ERR_NFSTREAM_PERMISSION', `The process could not give up every right for the user ${quoted(name)}: ${kept[0]}.`);
}

function requireOwnFiles(user: string, later: string): void {
  const folder = fileURLToPath(root);
  try {
    accessSync(new URL('package.json', root), constants.R_OK);
  } catch (cause) {
    throw new FlowError(
      'ERR_NFSTREAM_PERMISSION',
      `${later} takes files of nfstream itself, which the user ${quoted(user)} may not read in ${folder}; install it where that user may.`,
      {
        cause,
      },
    );
  }
}

/** Lines of a thread's status that are not those of the user alone. */
function rightsLeft(status: string, uid: number, gid: number): string[] {
  const expected = new Map([
    ['Uid', Array(4).fill(String(uid))],
    ['Gid', Array(4).fill(String(gid))],
    ...(uid === 0 ? [] : ['CapInh', 'CapPrm', 'CapEff', 'CapAmb'].map((set): [string, string[]] => [set, ['0000000000000000']])),
  ]);
  return status.split('\n').filter((line) => {
    const [field, ...values] = line.split(/:?\t/);
    const wanted = expected.get(field!);
    return wanted !== undefined && wanted.join() !== values.join();
  });
}
