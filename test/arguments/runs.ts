import { Readable, Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { aggregate, captureFile, FlowBatch, PacketBatch, toFile, type CaptureFileOptions } from '../../lib/index.js';
import { pcap, udpFrame } from '../capture/build-capture.js';

// Runs to the end of all stages, so that what is wrong only there shows too.

/** A small capture. */
export const captureBytes = pcap(3);

/** Some flows, with columns of every type. */
export const flowRows = [1, 2, 3].map((id) => ({
  id,
  src_ip: '10.0.0.1',
  bidirectional_last_seen_ms: 1000 * id,
  share: id / 2,
  note: `n${id}`,
  own: [id, -1],
}));

export const flowBatch = FlowBatch.from(flowRows);

export const packets = [1, 2, 3].map((port) => ({ bytes: udpFrame(port), timeMs: 1000 * port }));

const drain = (): Writable => new Writable({ objectMode: true, write: (_chunk, _encoding, callback) => callback() });

/** Runs batches of packets through a stage. */
export function withPackets(stage: NodeJS.ReadWriteStream): Promise<void> {
  return pipeline(Readable.from([PacketBatch.from(packets)]), stage, drain());
}

/** Runs the bytes of a capture through a stage. */
export function withCapture(stage: NodeJS.ReadWriteStream): Promise<void> {
  return pipeline(Readable.from([captureBytes]), stage, drain());
}

/** Runs flows through a stage. */
export function withFlows(stage: NodeJS.ReadWriteStream): Promise<void> {
  return pipeline(Readable.from([flowBatch]), stage, drain());
}

/** Runs pieces of flows through a stage. */
export function withPieces(stage: NodeJS.ReadWriteStream): Promise<void> {
  return pipeline(Readable.from([PacketBatch.from(packets)]), aggregate({ dissections: 0, partial: true }), stage, drain());
}

/** Runs flows into a last stage. */
export function intoSink(sink: NodeJS.WritableStream): Promise<void> {
  return pipeline(Readable.from([flowBatch]), sink);
}

/** Runs flows of captures, each a run of its own, into a last stage. */
export function perFileInto(sink: NodeJS.WritableStream, options: CaptureFileOptions = { perFile: true }): Promise<void> {
  return pipeline(captureFile('a.pcap', options), aggregate({ dissections: 0 }), sink);
}

/** Reads all that a source gives. */
export async function all(source: AsyncIterable<unknown> | Iterable<unknown>): Promise<unknown[]> {
  const items: unknown[] = [];
  for await (const item of source) items.push(item);
  return items;
}

/** The values of all flows of a batch, and all columns in a file. */
export async function used(batch: FlowBatch): Promise<void> {
  for (const flow of batch) flow.values();
  await pipeline(Readable.from([batch]), toFile('used.jsonl'));
}
