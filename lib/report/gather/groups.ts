import type { Cell } from './told.js';

/** What a figure counts. */
export type Measure = 'bytes' | 'packets' | 'flows';

/** Cells that have some of their keys in common. */
export interface Group {
  readonly key: Cell['key'];
  amount: number;
  packets: number;
  flows: number;
  least: number | null;
}

/** Adds up cells by what `name` gives. */
export function grouped(cells: readonly Cell[], name: (key: Cell['key']) => string | number | undefined): Group[] {
  const groups = new Map<string | number | undefined, Group>();
  for (const cell of cells) {
    const of = name(cell.key);
    const group = groups.get(of);
    if (group === undefined) groups.set(of, { ...cell });
    else {
      group.amount += cell.amount;
      group.packets += cell.packets;
      group.flows += cell.flows;
      if (cell.least !== null) group.least = Math.min(group.least ?? Infinity, cell.least);
    }
  }
  return [...groups.values()];
}

/** What a measure is of a group. */
export function valueOf(group: { amount: number; packets: number; flows: number }, measure: Measure): number {
  return measure === 'bytes' ? group.amount : group[measure];
}

/** The groups with the most of a measure, the most first. */
export function ranked(groups: Group[], measure: Measure): Group[] {
  return groups.sort((one, other) => valueOf(other, measure) - valueOf(one, measure));
}
