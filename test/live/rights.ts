import { spawnSync } from 'node:child_process';
import type { Context } from 'mocha';
import { FlowError } from '../../lib/errors.js';
import { captureLive } from '../../lib/live/index.js';

/** Skips what needs to capture from the loopback, where this process may not; it says so. */
export async function needsCapture(context: Context): Promise<void> {
  const source = captureLive('lo');
  try {
    await source.open();
  } catch (error) {
    if (!(error instanceof FlowError) || error.code !== 'ERR_NFSTREAM_PERMISSION') throw error;
    skip(context, 'not tried: this process may not capture (it takes root, or CAP_NET_RAW)');
  } finally {
    source.destroy();
  }
}

/** Skips what needs a network namespace of its own, where this process may not make one; it says so. */
export function needsNamespaces(context: Context): void {
  if (spawnSync('unshare', ['--net', 'ip', 'link']).status !== 0) skip(context, 'not tried: only root, with iproute2 installed, may make network namespaces');
}

function skip(context: Context, why: string): never {
  console.log(`      ${why}`);
  return context.skip();
}
