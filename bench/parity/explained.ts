import type { Pair, Row } from './match.js';

/** A known difference from nfstream in one capture. It explains only if exactly so many flows differ in exactly this way. */
export interface Explanation {
  /** Names of the references in which it shows, such as `default`. */
  references: readonly string[];
  capture: string;
  /** Id of the rule; it stands in backquotes in docs/differences.md. */
  rule: string;
  /**
   * The columns that differ, all of them (statistics and lists only where no other column differs), or `changed` for whatever columns, where
   * `where` names the flow; `missing` for flows that only nfstream has, `extra` for flows that only ours has.
   */
  differs: 'missing' | 'extra' | 'changed' | readonly string[];
  /** Number of flows that differ so. */
  flows: number;
  /** Values that the flow has (nfstream's flow; ours when `extra`), to tell groups apart. */
  where?: Row;
}

/** A difference that follows a formula, in any capture. */
export interface Formula {
  references: readonly string[];
  /** Id of the rule; it stands in backquotes in docs/differences.md. */
  rule: string;
  /** Whether the pair differs in just the way that the formula says. */
  holds: (pair: Pair) => boolean;
}

/** One flow that is not as in the reference. */
export type Difference = { kind: 'missing' | 'extra'; flow: Row } | { kind: 'columns'; flow: Row; pair: Pair };

/** Whether a difference is of the kind that an explanation names. */
export function isExplainedBy({ differs, where }: Explanation, difference: Difference): boolean {
  if (difference.kind !== 'columns') {
    if (difference.kind !== differs) return false;
  } else if (differs !== 'changed' && (typeof differs === 'string' || difference.pair.differs.join() !== differs.join())) return false;
  return Object.entries(where ?? {}).every(([column, value]) => difference.flow[column] === value);
}

/**
 * Sorts the differences of one capture into explained and not.
 * @returns the rule of each explained difference, and what the explanations promise that did not come
 */
export function explain(
  explanations: readonly Explanation[],
  formulas: readonly Formula[],
  differences: readonly Difference[],
): { rules: Map<Difference, string>; broken: string[] } {
  const rules = new Map<Difference, string>();
  const broken: string[] = [];
  for (const explanation of explanations) {
    const found = differences.filter((difference) => !rules.has(difference) && isExplainedBy(explanation, difference));
    if (found.length === explanation.flows) for (const difference of found) rules.set(difference, explanation.rule);
    else
      broken.push(
        `${explanation.rule} expects ${explanation.flows} flows (${String(explanation.differs)}) in ${explanation.capture}, but there are ${found.length}`,
      );
  }
  for (const { rule, holds } of formulas) {
    for (const difference of differences) if (!rules.has(difference) && difference.kind === 'columns' && holds(difference.pair)) rules.set(difference, rule);
  }
  return { rules, broken };
}
