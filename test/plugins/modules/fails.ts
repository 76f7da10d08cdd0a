import type { AnyPlugin, HookFlow, HookPacket } from '../../../lib/index.js';

const modes: Record<string, (packet: HookPacket, flow: HookFlow) => void> = {
  throws: () => {
    throw Object.assign(new RangeError('out of cheese'), { tell: () => {} });
  },
  exits: () => process.exit(7),
  'fails outside of its hook': () =>
    queueMicrotask(() => {
      throw new Error('too late');
    }),
  'goes on for ever': () => {
    for (;;);
  },
};

export const plugins: AnyPlugin[] = [
  {
    name: 'Cheese',
    columns: { left: { type: 'int', default: 7 } },
    onUpdate: (packet: HookPacket, flow: HookFlow) => {
      const mode = modes[process.env['NFSTREAM_TEST_MODE']!];
      if (packet.number >= 7) mode!(packet, flow);
    },
  } as AnyPlugin,
];
