import type { FlowBatch } from '../../flows/flow-batch.js';
import { valueAt } from '../../flows/columns.js';
import { finderOf } from '../../report/flow-gatherer.js';
import { columnsFor, numbersOf, type ReadColumn, type Role } from '../../report/gather/roles.js';
import { shown } from '../../report/gather/shown.js';
import { visible } from '../../text/visible-text.js';

/** One flow, as far as its columns tell. What is text is ready to be shown. */
export class FlowRow {
  readonly #batch: FlowBatch;
  readonly #row: number;
  #texts: { ends: string; protocol: string; application: string; name: string } | null = null;

  constructor(batch: FlowBatch, row: number) {
    this.#batch = batch;
    this.#row = row;
  }

  get bytes(): number {
    return this.#number('bytes');
  }

  get packets(): number {
    return this.#number('packets');
  }

  get durationMs(): number {
    return Math.max(0, this.#number('last') - this.#number('first'));
  }

  /** Source and destination, with their ports where they have any. */
  get ends(): string {
    return this.#told().ends;
  }

  get protocol(): string {
    return this.#told().protocol;
  }

  get application(): string {
    return this.#told().application;
  }

  /** The name of the server, or of what was asked for. */
  get name(): string {
    return this.#told().name;
  }

  /** What one flow has and no other: its ends, and when it began. */
  get key(): string {
    return `${this.ends} ${this.protocol} ${String(this.#value('vlan_id'))} ${String(this.#value('tunnel_vni'))} ${this.#number('first')}`;
  }

  /** Every column, as text. */
  details(): [name: string, value: string][] {
    return this.#batch.schema.fields.map(({ name }, at) => {
      const value = valueAt(this.#batch.columns[at]!, this.#row);
      return [name, value === null ? '' : visible(Array.isArray(value) ? `[${value.join(', ')}]` : String(value as string | number | bigint))];
    });
  }

  #told(): { ends: string; protocol: string; application: string; name: string } {
    return (this.#texts ??= {
      ends: `${this.#end('source', 'src_port')} -> ${this.#end('destination', 'dst_port')}`,
      protocol: shown('protocol', this.#number('protocol')),
      application: visible(this.#text('application')),
      name: visible(this.#text('serverName') || this.#text('dnsName')),
    });
  }

  #end(role: Role, portName: string): string {
    const address = visible(this.#text(role));
    const port = Number(this.#value(portName) ?? 0);
    if (!(port > 0)) return address;
    return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
  }

  #columns(role: Role): { columns: readonly ReadColumn[]; divisor: number } | null {
    return columnsFor(role, finderOf(this.#batch));
  }

  #text(role: Role): string {
    const column = this.#columns(role)?.columns[0];
    if (column?.type !== 'text') return '';
    const at = this.#row;
    return (column.valid !== null && column.valid[at] === 0) || column.bytes.length === 0
      ? ''
      : decoder.decode(column.bytes.subarray(column.offsets[at], column.offsets[at + 1]));
  }

  #number(role: Role): number {
    const found = this.#columns(role);
    const sum = found?.columns.reduce((all, column) => all + numbersOf(column, this.#row, this.#row + 1)[0]!, 0) ?? 0;
    return Number.isNaN(sum) ? 0 : sum / (found?.divisor ?? 1);
  }

  #value(name: string): unknown {
    const at = this.#batch.schema.indexOf(name);
    return at < 0 ? null : valueAt(this.#batch.columns[at]!, this.#row);
  }
}

const decoder = new TextDecoder();
