import type { PluginRunner } from '../plugins/index.js';
import type { RunState } from '../stage/run-state.js';
import type { CheckedOptions } from './aggregate-options.js';
import { LockstepMetering } from './lockstep-metering.js';
import type { Metering, MeteringSource } from './metering.js';
import { ThreadMetering } from './thread-metering.js';

/** What meters with these options and plugins: packet by packet where a plugin is called for packets. */
export function makeMetering(options: CheckedOptions, source: MeteringSource, run: RunState, plugins: PluginRunner | null): Metering {
  return plugins?.watchesPackets ? new LockstepMetering(options, source, run, plugins) : new ThreadMetering(options, source, run, plugins);
}
