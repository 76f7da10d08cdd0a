import type { FlowBatch } from '../../flows/flow-batch.js';

/** Applications told by their names; the flows of all others are told together. */
export const toldApplications = 100;
/** Applications counted by their names. nDPI has some hundred, and a flow may have two of them; what is beyond is counted together. */
const countedApplications = 4096;

/** The name of all other applications. nDPI has none of it. */
export const otherApplications = 'other';

const column = 'application_name';

interface Counted {
  readonly bytes: Uint8Array;
  flows: number;
}

/** Flows by application, in bounded memory. */
export class ApplicationCounts {
  /** By a digest of the name: names are compared as bytes, as text is made of few of them only. */
  readonly #names = new Map<number, Counted[]>();
  #size = 0;
  #others = 0;

  /** Counts the flows of a batch; those without the column of labels are not counted. */
  add({ columns, schema, length }: FlowBatch): void {
    const labels = columns[schema.indexOf(column)];
    if (labels?.type !== 'text') return;
    const { bytes, offsets } = labels;
    for (let row = 0; row < length; row++) this.#count(bytes, offsets[row]!, offsets[row + 1]!);
  }

  /** Flows by application: the commonest, the most first, and `other`, if there are others. */
  commonest(most = toldApplications): Record<string, number> {
    const all = this.#all().sort(([a, x], [b, y]) => y - x || (a < b ? -1 : 1));
    const others = all.slice(most).reduce((sum, [, flows]) => sum + flows, this.#others);
    return Object.fromEntries([...all.slice(0, most), ...(others > 0 ? [[otherApplications, others] as [string, number]] : [])]);
  }

  #all(): [string, number][] {
    const decoder = new TextDecoder();
    return [...this.#names.values()].flat().map(({ bytes, flows }) => [decoder.decode(bytes), flows]);
  }

  #count(bytes: Uint8Array, from: number, to: number): void {
    let digest = to - from;
    for (let at = from; at < to; at++) digest = (Math.imul(digest, 31) + bytes[at]!) | 0;
    const alike = this.#names.get(digest);
    const known = alike?.find((name) => isAt(name.bytes, bytes, from, to));
    if (known !== undefined) known.flows++;
    else if (this.#size >= countedApplications) this.#others++;
    else {
      this.#size++;
      this.#names.set(digest, [...(alike ?? []), { bytes: bytes.slice(from, to), flows: 1 }]);
    }
  }
}

function isAt(name: Uint8Array, bytes: Uint8Array, from: number, to: number): boolean {
  if (name.length !== to - from) return false;
  for (let at = 0; at < name.length; at++) if (name[at] !== bytes[from + at]) return false;
  return true;
}
