/** What is told of one level of a transform. */
export interface LevelFeatures {
  /** Share of the level in the energy of all levels. */
  readonly p: number;
  /** Mean of the coefficients' absolute values. */
  readonly u: number;
  /** Standard deviation of the coefficients (divided by their number). */
  readonly sigma: number;
  /** Shannon entropy of the shares of the coefficients in the level's energy, in nats. */
  readonly entropy: number;
}

/** As many coefficients in a row of one value. */
interface Stretch {
  readonly value: number;
  readonly count: number;
}

const little = 1e-7; // what nfstream adds in front of a division or a logarithm

/**
 * Features of the stationary Haar wavelet transform of a series of 2^levels bins of which few hold something: the approximation, then the details from the coarsest to the finest.
 * The series is taken as a circle, and the coefficients of a level as stretches of one value, of which there are three at most for each bin that holds something: the work follows the
 * packets, not the bins, and sums of sizes stay whole numbers until they are scaled.
 */
export function haarFeatures(bins: ReadonlyMap<number, number>, levels: number): LevelFeatures[] {
  const size = 2 ** levels;
  let total = 0;
  for (const value of bins.values()) total += value;
  const stretches = [[{ value: total * scale(levels), count: size }]];
  for (let level = levels; level >= 1; level--) stretches.push(details(bins, level, size));
  const energies = stretches.map((level) => sum(level, (value) => value * value));
  const energy = energies.reduce((all, one) => all + one, 0);
  return stretches.map((level, k) => featuresOf(level, size, energies[k]!, energy));
}

/** Each level divides by the root of 2. */
function scale(level: number): number {
  return 2 ** (-level / 2);
}

/** The details of a level: the sum of half as many bins as it takes together, less that of as many behind them. */
function details(bins: ReadonlyMap<number, number>, level: number, size: number): Stretch[] {
  const half = 2 ** (level - 1);
  const steps: { at: number; by: number }[] = [];
  let value = 0; // of the first coefficient
  for (const [bin, held] of bins) {
    if (bin < half) value += held;
    else if (bin < 2 * half) value -= held;
    // The coefficients from bin - 2 * half + 1 on have it in the second half, those from bin - half + 1 on in the first.
    steps.push(
      { at: (bin - 2 * half + 1 + size) % size, by: -held },
      { at: (bin - half + 1 + size) % size, by: 2 * held },
      { at: (bin + 1) % size, by: -held },
    );
  }
  steps.sort((a, b) => a.at - b.at);
  const stretches: Stretch[] = [];
  let from = 0;
  for (const { at, by } of steps) {
    if (at === 0) continue; // the first coefficient has it
    if (at > from) stretches.push({ value: value * scale(level), count: at - from });
    from = at;
    value += by;
  }
  stretches.push({ value: value * scale(level), count: size - from });
  return stretches;
}

function featuresOf(level: readonly Stretch[], size: number, energy: number, allEnergy: number): LevelFeatures {
  const mean = sum(level, (value) => value) / size;
  const shareTerm = (value: number): number => {
    const share = (value * value) / (energy + little);
    return share * Math.log(share + little);
  };
  return {
    p: energy / (allEnergy + little),
    u: sum(level, Math.abs) / size,
    sigma: Math.sqrt(sum(level, (value) => (value - mean) ** 2) / size),
    entropy: 0 - sum(level, shareTerm),
  };
}

function sum(level: readonly Stretch[], term: (value: number) => number): number {
  let all = 0;
  for (const { value, count } of level) all += count * term(value);
  return all;
}
