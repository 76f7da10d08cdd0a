/** The operators between two numbers. */
export type Arithmetic = '+' | '-' | '*' | '/' | '%';

/** The operators that compare. */
export type Comparison = '==' | '!=' | '<' | '<=' | '>' | '>=';

/** A value that stands in an expression as it is. Integers that a number can't hold are bigints. */
export type Literal =
  { readonly kind: 'number'; readonly at: number; readonly value: number | bigint } | { readonly kind: 'text'; readonly at: number; readonly value: string };

/** A part of an expression. `at` is where it stands: of an operator, the place of the operator. */
export type Node =
  | Literal
  | { readonly kind: 'boolean'; readonly at: number; readonly value: boolean }
  | { readonly kind: 'null'; readonly at: number }
  | { readonly kind: 'name'; readonly at: number; readonly name: string }
  | { readonly kind: 'call'; readonly at: number; readonly name: string; readonly args: readonly Node[]; readonly where: Node | null; readonly whereAt: number }
  | { readonly kind: 'not'; readonly at: number; readonly operand: Node }
  | { readonly kind: 'minus'; readonly at: number; readonly operand: Node }
  | { readonly kind: 'logic'; readonly at: number; readonly operator: 'and' | 'or'; readonly operands: readonly Node[] }
  | { readonly kind: 'arithmetic'; readonly at: number; readonly operator: Arithmetic; readonly left: Node; readonly right: Node }
  | { readonly kind: 'comparison'; readonly at: number; readonly operator: Comparison; readonly left: Node; readonly right: Node }
  | { readonly kind: 'in'; readonly at: number; readonly negated: boolean; readonly left: Node; readonly items: readonly Literal[] };
