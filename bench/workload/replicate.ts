import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { findAddresses, maskOf, moveAddresses, type Addresses } from './addresses.js';
import { readFrames, type Frame } from './capture-reader.js';
import type { PcapWriter } from './pcap-writer.js';

interface Packet extends Frame {
  /** Microseconds since the first packet of its capture, never decreasing. */
  sinceStart: number;
  addresses: Addresses;
}

/** Captures to replicate, and what one copy of all of them holds. */
export interface Captures {
  captures: Packet[][];
  packets: number;
  flows: number;
  /** Bytes of one copy in a pcap file. */
  bytes: number;
  /** Seconds that the flows of one copy are open, added up, when each stays 120 s after its last packet. */
  openSeconds: number;
}

const longestPauseUs = 600e6;
const idleSeconds = 120;

/** Reads every Ethernet capture of a folder. Pauses of over ten minutes become ten minutes, steps back in time become 0. */
export function loadCaptures(folder: string): Captures {
  const loaded: Captures = { captures: [], packets: 0, flows: 0, bytes: 0, openSeconds: 0 };
  for (const name of readdirSync(folder).sort()) {
    const packets = usable(readFrames(join(folder, name)) ?? []);
    if (packets.length === 0) continue;
    const flows = new Map<string, { first: number; last: number }>();
    for (const { addresses, sinceStart, bytes } of packets) {
      const flow = flows.get(addresses.flow);
      if (flow === undefined) flows.set(addresses.flow, { first: sinceStart, last: sinceStart });
      else flow.last = sinceStart;
      loaded.bytes += 16 + bytes.length;
    }
    for (const { first, last } of flows.values()) loaded.openSeconds += (last - first) / 1e6 + idleSeconds;
    loaded.captures.push(packets);
    loaded.packets += packets.length;
    loaded.flows += flows.size;
  }
  return loaded;
}

function usable(frames: Frame[]): Packet[] {
  const packets: Packet[] = [];
  let [sinceStart, before] = [0, 0];
  for (const frame of frames) {
    const addresses = findAddresses(frame);
    if (addresses === null) continue;
    if (packets.length > 0) sinceStart += Math.min(Math.max(frame.timeUs - before, 0), longestPauseUs);
    before = frame.timeUs;
    packets.push({ ...frame, sinceStart, addresses });
  }
  return packets;
}

interface Copy {
  packets: Packet[];
  mask: number;
  startUs: number;
  next: number;
}

/** Time of the first packet of every workload. */
export const epochUs = 1_700_000_000e6;

/**
 * Writes copies of all captures, each with addresses of its own, as one timeline: copies start evenly over `window` seconds, in an order
 * that is shuffled the same way every time, and run at their own pace.
 */
export function writeCopies(writer: PcapWriter, { captures }: Captures, copies: number, window: number): void {
  const order: Copy[] = [];
  for (let copy = 0; copy < copies; copy++) {
    for (const packets of captures) order.push({ packets, mask: maskOf(copy), startUs: 0, next: 0 });
  }
  shuffle(order);
  order.forEach((copy, i) => (copy.startUs = epochUs + Math.floor((i * window * 1e6) / order.length)));
  const heap: Copy[] = [];
  let waiting = 0;
  while (waiting < order.length || heap.length > 0) {
    if (waiting < order.length && (heap.length === 0 || order[waiting]!.startUs <= timeOf(heap[0]!))) {
      heap.push(order[waiting++]!);
      siftUp(heap);
      continue;
    }
    const copy = heap[0]!;
    const packet = copy.packets[copy.next]!;
    const { buffer, at } = writer.write(timeOf(copy), packet.bytes, packet.wireLength);
    moveAddresses(buffer, at, packet.addresses, copy.mask);
    if (++copy.next === copy.packets.length) {
      const last = heap.pop()!;
      if (heap.length > 0) heap[0] = last;
    }
    siftDown(heap);
  }
}

function timeOf(copy: Copy): number {
  return copy.startUs + copy.packets[copy.next]!.sinceStart;
}

function shuffle(items: unknown[]): void {
  let state = 1;
  for (let i = items.length - 1; i > 0; i--) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    const other = Math.floor((state / 4294967296) * (i + 1));
    [items[i], items[other]] = [items[other], items[i]];
  }
}

function siftUp(heap: Copy[]): void {
  for (let i = heap.length - 1; i > 0;) {
    const parent = (i - 1) >> 1;
    if (timeOf(heap[parent]!) <= timeOf(heap[i]!)) break;
    [heap[parent], heap[i]] = [heap[i]!, heap[parent]!];
    i = parent;
  }
}

function siftDown(heap: Copy[]): void {
  for (let i = 0; ;) {
    let least = i;
    for (const child of [2 * i + 1, 2 * i + 2]) {
      if (child < heap.length && timeOf(heap[child]!) < timeOf(heap[least]!)) least = child;
    }
    if (least === i) break;
    [heap[least], heap[i]] = [heap[i]!, heap[least]!];
    i = least;
  }
}
