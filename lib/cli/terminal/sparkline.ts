const blocks = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'] as const;

/** Values as bars of one cell each: a space for nothing, the lowest block for what is not nothing, the full one for `most`. */
export function sparkline(values: readonly number[], most = Math.max(0, ...values)): string {
  return values.map((value) => (value > 0 && most > 0 ? blocks[Math.min(blocks.length - 1, Math.floor((value / most) * blocks.length))]! : ' ')).join('');
}

/** The values in at most so many places: what falls into one is added up; the first and the last place may hold fewer than the others. */
export function gatheredInto(values: readonly number[], places: number): number[] {
  const each = Math.max(1, Math.ceil(values.length / Math.max(1, places)));
  return Array.from({ length: Math.ceil(values.length / each) }, (_, at) => values.slice(at * each, (at + 1) * each).reduce((sum, value) => sum + value, 0));
}
