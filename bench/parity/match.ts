/** A flow as names and values, in the files' snake_case. */
export type Row = Readonly<Record<string, unknown>>;

/** A flow of the reference and the flow of ours that stands for it. */
export interface Pair {
  reference: Row;
  ours: Row;
  /** Names of the compared columns whose values differ, in the order in which they were given. */
  differs: string[];
}

/** What comparing two sets of flows gave. */
export interface Matching {
  pairs: Pair[];
  /** Flows of the reference that ours has not. */
  missing: Row[];
  /** Flows of ours that the reference has not. */
  extra: Row[];
}

/** Tells what a flow is: flows with different keys are never paired. */
export type KeyOf = (row: Row) => string;

/** Names the given columns of a row as one key. */
export function keyOfColumns(columns: readonly string[]): KeyOf {
  return (row) => JSON.stringify(columns.map((column) => row[column]));
}

/** The two ends of a flow in an order that does not depend on its direction, and its protocol. */
export function unorderedEnds(row: Row): string {
  const ends = [`${String(row['src_ip'])} ${String(row['src_port'])}`, `${String(row['dst_ip'])} ${String(row['dst_port'])}`];
  return `${String(row['protocol'])} ${ends.sort().join(' ')}`;
}

/**
 * Pairs flows of two sets. By each key in the order given, flows that agree in all columns are paired first, then the most alike.
 * @param columns what to compare
 */
export function matchFlows(reference: readonly Row[], ours: readonly Row[], keys: readonly KeyOf[], columns: readonly string[]): Matching {
  const pairs: Pair[] = [];
  const left = { reference: [...reference], ours: [...ours] };
  const allColumns = keyOfColumns(columns);
  for (const key of keys.flatMap((key) => [(row: Row): string => `${key(row)} ${allColumns(row)}`, key])) {
    const candidates = group(left.ours, key);
    const missing: Row[] = [];
    for (const [name, rows] of group(left.reference, key)) {
      const mates = candidates.get(name) ?? [];
      const found = mostAlike(rows, mates, columns);
      pairs.push(...found);
      const taken = new Set(found.flatMap((pair) => [pair.reference, pair.ours]));
      missing.push(...rows.filter((row) => !taken.has(row)));
      candidates.set(
        name,
        mates.filter((row) => !taken.has(row)),
      );
    }
    left.reference = missing;
    left.ours = [...candidates.values()].flat();
  }
  return { pairs, missing: left.reference, extra: left.ours };
}

function group(rows: readonly Row[], key: KeyOf): Map<string, Row[]> {
  const groups = new Map<string, Row[]>();
  for (const row of rows) {
    const name = key(row);
    const members = groups.get(name);
    if (members === undefined) groups.set(name, [row]);
    else members.push(row);
  }
  return groups;
}

function mostAlike(reference: readonly Row[], ours: readonly Row[], columns: readonly string[]): Pair[] {
  const choices = reference.flatMap((row) => ours.map((mate) => ({ reference: row, ours: mate, differs: differing(row, mate, columns) })));
  choices.sort((a, b) => a.differs.length - b.differs.length);
  const taken = new Set<Row>();
  return choices.filter((pair) => {
    if (taken.has(pair.reference) || taken.has(pair.ours)) return false;
    taken.add(pair.reference).add(pair.ours);
    return true;
  });
}

function differing(a: Row, b: Row, columns: readonly string[]): string[] {
  return columns.filter((column) => !sameValue(a[column], b[column]));
}

/** Whether two values are the same to the last digit; lists item by item. */
export function sameValue(a: unknown, b: unknown): boolean {
  if (Array.isArray(a) && Array.isArray(b)) return a.length === b.length && a.every((item, index) => item === b[index]);
  return a === b;
}
