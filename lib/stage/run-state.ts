import type { FlowError } from '../errors.js';
import type { Inputs } from './inputs.js';

/** What the stages of one run share about its source. It is filled while the run goes on. */
export interface RunState {
  /** Damage that the source met, or the error of a plugin; `noteDamage` sets it while the run goes on. Its owner tells it once every flow is delivered. */
  damage: FlowError | null;
  /** The runs of the stage that tells the damage: the last one that has taken a batch. */
  owner?: TakenRuns;
  /** The damage was told. */
  told?: boolean;
  /** The files that the packets or flows are read from, where they are known: no output may be one of them. */
  inputs?: Inputs;
  /** Packets come as they happen: files are rotated by the wall clock instead of by the packets' times. Undefined before the first packet. */
  live?: boolean | undefined;
  /** Packets come from network devices of this machine. */
  devices?: true;
  /**
   * The time in milliseconds since the epoch up to which a live source has given every packet, while nothing comes: the largest time of a packet and what has gone by since. Undefined
   * while a packet may be under way, as flows must not end for what only has not been counted yet. Called by whoever has taken all batches that were given. Absent where packets do not
   * come as they like, and once the source is over.
   */
  clock?: (() => number | undefined) | undefined;
}

/**
 * The runs of which a stage has taken a batch. The last stage of ours that takes the first batch of a run owns the run's damage: that one tells it, once, and all
 * others end as if there were none.
 */
export class TakenRuns {
  readonly #seen = new WeakSet<RunState>();
  readonly #damaged = new Set<RunState>();

  /**
   * Notes a batch of a run: with the first one the run's damage is this stage's to tell.
   * @returns whether it was the first one
   */
  take(run: RunState): boolean {
    if (this.#seen.has(run)) return false;
    this.own(run);
    return true;
  }

  /** Makes a run's damage this stage's to tell, whoever took it meanwhile: of a stage that gives its batches to others by itself. */
  own(run: RunState): void {
    this.#seen.add(run);
    run.owner = this;
    if (run.damage !== null) this.#damaged.add(run);
  }

  /** A run of which this stage may be the owner has met damage. */
  damaged(run: RunState): void {
    this.#damaged.add(run);
  }

  /** Whether there is damage that this stage has to tell, as it stands now. */
  get owesDamage(): boolean {
    return [...this.#damaged].some((run) => this.#owes(run));
  }

  /** Whether a plugin's error is among the damage that this stage has to tell. That one fails whatever reads the flows; other damage only what asks for it. */
  get owesFailure(): boolean {
    return [...this.#damaged].some((run) => this.#owes(run) && isFailure(run));
  }

  /** The damage that this stage has to tell, and tells by this call: a plugin's error first; null when there is none. What further runs have met is told by process warnings. */
  tell(): FlowError | null {
    const owed = [...this.#damaged].filter((run) => this.#owes(run));
    const first = owed.find(isFailure) ?? owed[0];
    for (const run of owed) {
      run.told = true;
      if (run !== first) warnOf(run.damage!);
    }
    return first?.damage ?? null;
  }

  #owes(run: RunState): boolean {
    return run.owner === this && run.told !== true;
  }
}

function isFailure(run: RunState): boolean {
  return run.damage?.code === 'ERR_NFSTREAM_PLUGIN';
}

/** Notes the damage of a run; the first one counts. */
export function noteDamage(run: RunState, damage: FlowError): void {
  if (run.damage !== null) return;
  run.damage = damage;
  run.owner?.damaged(run);
}

/** Tells damage where nothing else can: by a process warning with its message and code. */
export function warnOf(damage: FlowError): void {
  process.emitWarning(damage.message, { type: 'FlowWarning', code: damage.code });
}
