import { native } from '../../native.js';
import type { Outside } from '../streams.js';

/** What a manager of services, such as systemd, is told of a run. */
export interface Service {
  ready(): void;
  stopping(): void;
  /** No more signs of life. */
  end(): void;
}

/** A run that nobody manages. */
const unmanaged: Service = { ready: () => {}, stopping: () => {}, end: () => {} };

/**
 * Tells the manager of a service when it is ready and when it stops, and gives signs of life twice as often as it asks for: as sd_notify(3) says, where NOTIFY_SOCKET is set.
 * @param say is told once when the manager can't be told anything
 */
export function serviceOf(env: Outside['env'], say: (text: string) => void): Service {
  const socket = env['NOTIFY_SOCKET'];
  if (socket === undefined || socket === '') return unmanaged;
  let refused = false;
  const notify = (text: string): void => {
    const problem = native.notifyService(socket, text);
    if (problem === null || refused) return;
    refused = true;
    say(`The manager of this service could not be told ${text} (NOTIFY_SOCKET: ${problem}).`);
  };
  let timer: NodeJS.Timeout | null = null;
  const end = (): void => {
    if (timer !== null) clearInterval(timer);
    timer = null;
  };
  return {
    ready: () => {
      notify(`READY=1\nSTATUS=Making flows.\nMAINPID=${process.pid}`);
      const everyMs = watchdogMs(env);
      if (everyMs !== null) timer = setInterval(() => notify('WATCHDOG=1'), everyMs / 2).unref();
    },
    stopping: () => notify('STOPPING=1\nSTATUS=Writing the flows that are open.'),
    end,
  };
}

/** How often a sign of life is waited for; null where none is, or where it is another process that is to give it. */
function watchdogMs(env: Outside['env']): number | null {
  const { WATCHDOG_USEC: every = '', WATCHDOG_PID: who = '' } = env;
  if (!/^[1-9]\d{0,14}$/.test(every) || (who !== '' && Number(who) !== process.pid)) return null;
  return Math.min(Number(every) / 1000, 2 ** 31 - 1);
}
