import { Readable } from 'node:stream';
import { aggregate, type AggregateOptions, type AnyPlugin, type FlowAggregator, type HookPacket, type PacketBatch, type PluginRow } from '../../lib/index.js';
import { udpBatch, type TestPacket } from '../packets.js';

/** What came of a run: every flow, and the error behind the last one. */
export interface Outcome {
  readonly flows: PluginRow<any, any>[];
  readonly error: (Error & { code?: string }) | null;
  readonly stage: FlowAggregator;
}

/** Runs packets through an aggregator without labels, and reads its flows. */
export async function run(packets: readonly TestPacket[] | PacketBatch | readonly PacketBatch[], options: AggregateOptions): Promise<Outcome> {
  const batches = Array.isArray(packets) ? (isBatches(packets) ? packets : [udpBatch(packets as TestPacket[])]) : [packets as PacketBatch];
  const stage = aggregate({ dissections: 0, ...options });
  const flows: PluginRow<any, any>[] = [];
  let error: Outcome['error'] = null;
  try {
    for await (const batch of Readable.from(batches, { highWaterMark: 1 }).pipe(stage)) flows.push(...batch);
  } catch (thrown) {
    error = thrown as Error;
  }
  return { flows, error, stage: stage as FlowAggregator };
}

function isBatches(packets: readonly unknown[]): packets is readonly PacketBatch[] {
  return packets.length > 0 && 'claim' in (packets[0] as object);
}

/** A packet a second, of the flows from these ports, each to the other end or back (negative). */
export function ofPorts(...ports: number[]): TestPacket[] {
  return ports.map((port, index) => {
    const timeMs = 1_000_000 + 1000 * index;
    return port > 0 ? { timeMs, srcPort: port, dstPort: 80 } : { timeMs, src: '10.0.0.2', dst: '10.0.0.1', srcPort: 80, dstPort: -port };
  });
}

/** A plugin that notes which hooks were called: `init 1000#1`, `expire 1000#3 idle`. */
export function noting(notes: string[], name = ''): AnyPlugin {
  const at = (hook: string) => (_packet: HookPacket, flow: PluginFlow) => void notes.push(`${name}${hook} ${flow.srcPort}#${flow.bidirectionalPackets}`);
  return {
    name: `noting${name}`,
    onInit: at('init'),
    onUpdate: at('update'),
    onExpire: (flow: PluginFlow) => void notes.push(`${name}expire ${flow.srcPort}#${flow.bidirectionalPackets} ${flow.ended}`),
    onEnd: () => void notes.push(`${name}end`),
  } as AnyPlugin;
}

type PluginFlow = Parameters<NonNullable<AnyPlugin['onExpire']>>[0];
