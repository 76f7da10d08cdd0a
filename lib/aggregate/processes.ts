import { readFileSync } from 'node:fs';
import { FlowError } from '../errors.js';

/** What it takes to see the sockets of other users' processes, with the bits of the capabilities that give it: CAP_DAC_OVERRIDE (1) holds what CAP_DAC_READ_SEARCH does. */
const needed = [
  { name: 'CAP_SYS_PTRACE', bits: [19] },
  { name: 'CAP_DAC_READ_SEARCH', bits: [2, 1] },
] as const;

/** The error for the option `processes` where packets are not those of this machine's devices. */
export function noDevices(): FlowError {
  return new FlowError(
    'ERR_NFSTREAM_OPTION_RANGE',
    'processes finds the processes of this machine behind packets as they come: it is for network devices (captureLive), and not for files and other streams.',
  );
}

/** Warns the process of what {@link rightsWarning} says. */
export function warnOfRights(): void {
  const warning = rightsWarning();
  if (warning !== null) process.emitWarning(warning, { type: 'FlowWarning', code: 'NFSTREAM_PROCESS_RIGHTS' });
}

/**
 * What is to be said when the option `processes` can't find the processes of other users; null when it can.
 * @param status what /proc says of this process
 */
export function rightsWarning(status = readFileSync('/proc/self/status', 'latin1')): string | null {
  const effective = BigInt(`0x${/^CapEff:\s*([0-9a-f]+)$/m.exec(status)?.[1] ?? '0'}`);
  const missing = needed.filter(({ bits }) => !bits.some((bit) => (effective >> BigInt(bit)) & 1n)).map(({ name }) => name);
  if (missing.length === 0) return null;
  return `Without ${missing.join(' and ')} only processes of this user are found; the flows of others have no system_process_name.`;
}
