import { realpathSync } from 'node:fs';
import type { NativeLiveProblem } from '../../typings/native.js';
import { FlowError, type FlowErrorCode } from '../errors.js';
import { visible } from '../text/visible-text.js';

/** The error for what is wrong with a device, with what to do where that is not in it. */
export function liveError({ code, device, text }: NativeLiveProblem): FlowError {
  return new FlowError(code as FlowErrorCode, `${visible(text)}${helpFor(code as FlowErrorCode)}`, { device });
}

/** The same for a device that is waited for. */
export function awayError({ code, device, text }: NativeLiveProblem): FlowError {
  return new FlowError(code as FlowErrorCode, `${visible(text)} It is waited for.`, { device });
}

function helpFor(code: FlowErrorCode): string {
  switch (code) {
    case 'ERR_NFSTREAM_PERMISSION':
      return ` It takes the capability CAP_NET_RAW; give it to this Node.js, and so to whoever may run it: sudo setcap cap_net_raw+ep ${quoted(nodePath())}`;
    case 'ERR_NFSTREAM_DEVICE_GONE':
      return ' All flows until then were given.';
    default:
      return '';
  }
}

/** The program that has to have the capability: a link can't. */
function nodePath(): string {
  try {
    return realpathSync(process.execPath);
  } catch {
    return process.execPath; // it was replaced meanwhile
  }
}

function quoted(path: string): string {
  return /^[\w./@:+-]+$/.test(path) ? path : `'${path.replaceAll("'", `'\\''`)}'`;
}
