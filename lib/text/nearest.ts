/** Characters of a name that may be misspelt. */
const longestName = 100;

/** The name that is most like a misspelt one, or undefined when none is like it. */
export function nearest(name: string, known: readonly string[]): string | undefined {
  if (name.length > longestName) return undefined; // no misspelling is so long, and looking for one takes the square of it
  const plain = (text: string): string => text.toLowerCase().replace(/[-_]/g, '');
  const ranked = known.map((candidate) => ({ candidate, distance: editDistance(plain(name), plain(candidate)) })).sort((a, b) => a.distance - b.distance);
  const best = ranked[0];
  return best !== undefined && best.distance <= Math.max(2, name.length / 4) ? best.candidate : undefined;
}

function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      next[j] = Math.min(row[j]! + 1, next[j - 1]! + 1, row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1));
    }
    row = next;
  }
  return row[b.length]!;
}
