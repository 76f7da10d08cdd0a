import { readdirSync, readFileSync } from 'node:fs';
import { FlowError, quoted } from '../../errors.js';
import { native } from '../../native.js';
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
 * @throws {FlowError} ERR_NFSTREAM_PERMISSION for one who may not become another user, or keeps a right
 */
export function becomeUser({ name, uid, gid }: User): void {
  try {
    (process as unknown as { initgroups(user: string, group: number): void }).initgroups(name, gid);
    process.setgid!(gid);
    process.setuid!(uid);
  } catch (cause) {
    throw new FlowError('ERR_NFSTREAM_PERMISSION', `Only root can become the user ${quoted(name)} (${(cause as Error).message}).`, { cause });
  }
  const kept = readdirSync('/proc/self/task').flatMap((thread) => rightsLeft(readFileSync(`/proc/self/task/${thread}/status`, 'utf8'), uid, gid));
  if (kept.length > 0) throw new FlowError('ERR_NFSTREAM_PERMISSION', `The process could not give up every right for the user ${quoted(name)}: ${kept[0]}.`);
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
