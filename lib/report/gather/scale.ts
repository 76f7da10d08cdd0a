/** The lower ends of the classes of a logarithmic scale: 1, 2, 5, 10, 20, 50, ... A class 0 in front of them holds what is below 1. */
export const edges: readonly number[] = Array.from({ length: 40 }, (_, at) => [1, 2, 5][at % 3]! * 10 ** Math.floor(at / 3));

/** The class of a value: the number of edges that it has reached. */
export function classOf(value: number): number {
  let [from, to] = [0, edges.length];
  while (from < to) {
    const middle = (from + to) >> 1;
    if (value >= edges[middle]!) from = middle + 1;
    else to = middle;
  }
  return from;
}
