import type { TextColumn } from '../flows/columns.js';
import type { CheckedRule } from './rule.js';

/** What `label()` has done so far. */
export interface LabelReport {
  /** Flows that came. */
  flows: number;
  /** Flows that a rule matched. */
  labelled: number;
  /** The rules, in their order, with how many flows each matched; empty until they are read. */
  rules: { rule: number; label: string; flows: number }[];
  /** The rules that matched nothing. */
  unmatched: { rule: number; label: string }[];
  /** Flows that several rules matched, and of those the ones whose rules have different labels; `examples` has the first 100: each flow's place among those that came, from 0, and its rules. */
  several: { flows: number; differing: number; examples: { flow: number; rules: number[] }[] };
}

/** Flows that several rules matched, of which the report shows which. */
const mostExamples = 100;
/** Sets of rules whose labels are remembered. */
const mostSets = 4096;

/** What stands between two labels of a flow. */
const separator = '|';

/** The labels of flows, and the counts of what rules matched. */
export class Labels {
  readonly #rules: readonly CheckedRule[];
  readonly #texts: readonly Uint8Array[];
  readonly #none: Uint8Array | null;
  readonly #all: boolean;
  readonly #matched: Float64Array;
  readonly #sets = new Map<string, Uint8Array>();
  #flows = 0;
  #labelled = 0;
  readonly #several: LabelReport['several'] = { flows: 0, differing: 0, examples: [] };
  #rows: (Uint8Array | null)[] = [];

  /** @param none the label of what no rule matches, @param all whether a flow has the labels of all its rules */
  constructor(rules: readonly CheckedRule[], none: string | null, all: boolean) {
    const texts = new Map<string, Uint8Array>();
    this.#rules = rules;
    this.#texts = rules.map(({ label }) => texts.get(label) ?? (texts.set(label, Buffer.from(label)), texts.get(label)!));
    this.#none = none === null ? null : Buffer.from(none);
    this.#all = all;
    this.#matched = new Float64Array(rules.length);
  }

  /** Begins a batch. */
  begin(rows: number): void {
    this.#rows = new Array<Uint8Array | null>(rows).fill(null);
  }

  /** Adds a flow, with the numbers of its rules in their order. */
  add(row: number, rules: readonly number[]): void {
    this.#flows++;
    if (rules.length === 0) {
      this.#rows[row] = this.#none;
      return;
    }
    this.#labelled++;
    for (const rule of rules) this.#matched[rule]!++;
    if (rules.length > 1) this.#addSeveral(rules);
    this.#rows[row] = this.#all && rules.length > 1 ? this.#textOf(rules) : this.#texts[rules[0]!]!;
  }

  /** The column of the batch. */
  column(): TextColumn {
    const rows = this.#rows;
    const offsets = new Int32Array(rows.length + 1);
    for (let row = 0; row < rows.length; row++) offsets[row + 1] = offsets[row]! + (rows[row]?.length ?? 0);
    const bytes = new Uint8Array(offsets[rows.length]!);
    let at = 0;
    for (const text of rows) if (text !== null) for (let index = 0; index < text.length; index++) bytes[at++] = text[index]!; // of short texts faster than set()
    return { type: 'text', offsets, bytes, valid: rows.includes(null) ? Uint8Array.from(rows, (label) => Number(label !== null)) : null };
  }

  report(): LabelReport {
    const rules = this.#rules.map(({ label }, rule) => ({ rule: rule + 1, label, flows: this.#matched[rule]! }));
    const unmatched = rules.filter(({ flows }) => flows === 0).map(({ rule, label }) => ({ rule, label }));
    const { examples, ...several } = this.#several;
    return { flows: this.#flows, labelled: this.#labelled, rules, unmatched, several: { ...several, examples: structuredClone(examples) } };
  }

  #addSeveral(rules: readonly number[]): void {
    const several = this.#several;
    several.flows++;
    const first = this.#texts[rules[0]!];
    if (rules.some((rule) => this.#texts[rule] !== first)) several.differing++;
    if (several.examples.length < mostExamples) several.examples.push({ flow: this.#flows - 1, rules: rules.slice(0, mostExamples).map((rule) => rule + 1) });
  }

  #textOf(rules: readonly number[]): Uint8Array {
    const key = rules.join();
    let text = this.#sets.get(key);
    if (text === undefined) {
      text = Buffer.from([...new Set(rules.map((rule) => this.#rules[rule]!.label))].join(separator));
      if (this.#sets.size === mostSets) this.#sets.clear();
      this.#sets.set(key, text);
    }
    return text;
  }
}
