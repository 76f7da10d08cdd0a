import { once } from 'node:events';
import { buildColumn } from '../flows/columns.js';
import { FlowBatch } from '../flows/flow-batch.js';
import { toFile, type FileOptions, type FlowFileWriter } from '../files/to-file.js';
import type { HookPacket } from '../plugins/index.js';
import { Schema, userField, type UserField } from '../schema/schema.js';
import type { PacketOutput } from './packet-output.js';

const batchRows = 8192;

/** The columns of the table, and their values: those of the packet itself, whichever way it goes. */
const columns: readonly (readonly [field: UserField, value: (packet: HookPacket, id: number) => unknown])[] = [
  [userField('packet', 'int'), (packet) => packet.number],
  [userField('file', 'text'), (packet) => packet.file],
  [userField('time_ns', 'int', 0, true), (packet) => packet.captureTimeNs],
  [userField('captured_bytes', 'int'), (packet) => packet.capturedLength],
  [userField('wire_bytes', 'int'), (packet) => packet.wireLength],
  [userField('src_ip', 'text'), (packet) => packet.srcIp],
  [userField('src_port', 'int'), (packet) => packet.srcPort],
  [userField('dst_ip', 'text'), (packet) => packet.dstIp],
  [userField('dst_port', 'int'), (packet) => packet.dstPort],
  [userField('protocol', 'int'), (packet) => packet.protocol],
  [userField('ip_bytes', 'int'), (packet) => packet.ipSize],
  [userField('payload_bytes', 'int'), (packet) => packet.payloadSize],
  [userField('tcp_flags', 'int'), (packet) => packet.tcpFlags],
  [userField('ttl', 'int'), (packet) => packet.ttl],
  [userField('direction', 'int'), (packet) => packet.direction],
  [userField('flow_id', 'int'), (_packet, id) => id],
];

/** Packets as rows of a table, in any format that flows are written in. */
export class PacketTable implements PacketOutput {
  readonly #writer: FlowFileWriter;
  readonly #schema = new Schema(columns.map(([field]) => field));
  #values: unknown[][] = columns.map(() => []);
  #failure: Error | null = null;
  packets = 0;

  /** @throws {FlowError} ERR_NFSTREAM_OUTPUT_FORMAT and as {@link toFile} */
  constructor(path: string, options: FileOptions) {
    this.#writer = toFile(path, options);
    this.#writer.on('error', (error) => (this.#failure = error));
  }

  add(packet: HookPacket, id: number): void {
    columns.forEach(([, value], index) => this.#values[index]!.push(value(packet, id)));
    this.packets++;
  }

  async drain(all = false): Promise<void> {
    if (this.#failure !== null) throw this.#failure;
    const rows = this.#values[0]!.length;
    if (rows < batchRows && !all) return;
    const values = this.#values;
    this.#values = columns.map(() => []);
    for (let from = 0; from === 0 || from < rows; from += batchRows) {
      const built = columns.map(([field], index) => buildColumn(field, values[index]!.slice(from, from + batchRows)));
      if (!this.#writer.write(new FlowBatch(this.#schema, Math.min(batchRows, rows - from), built))) await once(this.#writer, 'drain');
    }
  }

  async commit(): Promise<void> {
    await this.drain(true);
    const finished = once(this.#writer, 'finish');
    this.#writer.end();
    await finished;
  }

  async abort(): Promise<void> {
    if (this.#writer.closed) return;
    const closed = once(this.#writer, 'close');
    this.#writer.destroy();
    await closed;
  }
}
