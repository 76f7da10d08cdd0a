import type { Pair, Row } from './match.js';

/** One known difference from nfstream in one capture. It explains only if exactly so many flows differ in exactly this way. */
export interface Explanation {
  /** Name of the reference, such as `default`. */
  reference: string;
  capture: string;
  /** Id of the rule in docs/differences.md, where it stands in backquotes in a heading. */
  rule: string;
  /** The columns that differ, all of them (statistics only where no other column differs); or `missing` for flows that only nfstream has, `extra` for flows that only ours has. */
  differs: 'missing' | 'extra' | readonly string[];
  /** Number of flows that differ so. */
  flows: number;
  /** Values that the flow has (nfstream's flow; ours when `extra`), to tell groups apart. */
  where?: Row;
}

/** Every known difference. */
export const explained: readonly Explanation[] = [];

/** One flow that is not as in the reference. */
export type Difference = { kind: 'missing' | 'extra'; flow: Row } | { kind: 'columns'; flow: Row; pair: Pair };

/** Whether a difference is of the kind that an explanation names. */
export function isExplainedBy({ differs, where }: Explanation, difference: Difference): boolean {
  const kind = difference.kind === 'columns' ? difference.pair.differs.join() : difference.kind;
  if (kind !== (typeof differs === 'string' ? differs : [...differs].join())) return false;
  return Object.entries(where ?? {}).every(([column, value]) => difference.flow[column] === value);
}

/**
 * Sorts the differences of one capture into explained and not.
 * @returns the rule of each explained difference, and what the explanations promise that did not come
 */
export function explain(explanations: readonly Explanation[], differences: readonly Difference[]): { rules: Map<Difference, string>; broken: string[] } {
  const rules = new Map<Difference, string>();
  const broken: string[] = [];
  for (const explanation of explanations) {
    const found = differences.filter((difference) => !rules.has(difference) && isExplainedBy(explanation, difference));
    if (found.length === explanation.flows) for (const difference of found) rules.set(difference, explanation.rule);
    else broken.push(`${explanation.rule} expects ${explanation.flows} flows (${String(explanation.differs)}) in ${explanation.capture}, but there are ${found.length}`);
  }
  return { rules, broken };
}
