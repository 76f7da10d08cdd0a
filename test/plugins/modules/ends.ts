import type { AnyPlugin, HookFlow } from '../../../lib/index.js';

// Only flows that have ended are looked at: the engine is on threads of its own, in the thread.
export default {
  plugins: [
    { name: 'Ends', columns: { twice: 'int' }, onExpire: (flow: HookFlow<any>) => void (flow.udps.twice = 2 * flow.bidirectionalPackets) } as AnyPlugin,
  ],
};
