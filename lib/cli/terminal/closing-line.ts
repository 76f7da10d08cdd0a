import type { LabelReport } from '../../label/labels.js';
import { count, counted, shortDuration } from '../../text/quantity.js';

/** What is told of the stages between what makes flows and what writes them. */
export interface StageFacts {
  /** Flows that --where has kept; null where all are. */
  readonly kept: number | null;
  /** What --truth has labelled; null without it. */
  readonly labels: LabelReport | null;
}

/** What the summary tells. */
export interface RunFacts extends Partial<StageFacts> {
  /** Captures that were begun. */
  readonly files: number;
  /** Packets in flows, and packets in none by reason. */
  readonly packets: number;
  readonly ignored: Readonly<Record<string, number>>;
  /** Packets that the filter took out. */
  readonly filtered: number;
  /** Packets that devices lost, by who lost them; absent for captures. */
  readonly dropped?: Readonly<Record<'kernel' | 'no credit' | 'interface', number>>;
  /** What --reorder did; absent without it. */
  readonly order?: { readonly reordered: number; readonly late: number; readonly early: number };
  readonly latePackets: number;
  readonly largestStepBackMs: number;
  /** Number of the first late packet, from 1. */
  readonly firstLatePacket: number;
  readonly flows: number;
  /** Flows that --max-flows left open. */
  readonly discardedFlows: number;
  readonly seconds: number;
}

/** The summary of a run, in one line. */
export function closingLine(facts: RunFacts): string {
  const ignored = sum(facts.ignored);
  const seen = facts.packets + ignored;
  const parts = [`${counted(seen, 'packet')}${ignored > 0 ? ` (${count(ignored)} ignored: ${reasons(facts.ignored)})` : ''}`];
  if (facts.filtered > 0) parts.push(`${count(facts.filtered)} filtered out`);
  const dropped = sum(facts.dropped ?? {});
  if (dropped > 0) parts.push(`${count(dropped)} dropped (${reasons(facts.dropped!)})`);
  const { order } = facts;
  if (order !== undefined) {
    const early = order.early > 0 ? `, ${count(order.early)} gone on early for want of memory` : '';
    parts.push(`${count(order.reordered)} put in order${order.late > 0 ? ` (${count(order.late)} too late for it)` : ''}${early}`);
  }
  if (facts.latePackets > 0) {
    parts.push(`${count(facts.latePackets)} late (by up to ${shortDuration(facts.largestStepBackMs)}, the first is packet ${count(facts.firstLatePacket)})`);
  }
  const discarded = facts.discardedFlows > 0 ? ` (${counted(facts.discardedFlows, 'open one')} discarded)` : '';
  parts.push(`${counted(facts.flows, 'flow')}${discarded}${stagesOf(facts)}`);
  const captures = facts.files > 1 ? `${count(facts.files)} captures: ` : '';
  const rate = Math.round((seen + facts.filtered) / Math.max(facts.seconds, 0.001));
  return `${captures}${parts.join(', ')} in ${facts.seconds.toFixed(facts.seconds < 10 ? 2 : 0)} s (${count(rate)} packets/s)`;
}

/** What stages did to the flows, behind their number. */
export function stagesOf({ kept = null, labels = null }: Partial<StageFacts>): string {
  const parts = [labels !== null && `${count(labels.labelled)} labelled by --truth`, kept !== null && `${count(kept)} kept by --where`].filter(
    (part) => part !== false,
  );
  return parts.length === 0 ? '' : ` (${parts.join(', ')})`;
}

function sum(counts: Readonly<Record<string, number>>): number {
  return Object.values(counts).reduce((total, some) => total + some, 0);
}

function reasons(ignored: RunFacts['ignored']): string {
  return Object.entries(ignored)
    .filter(([, times]) => times > 0)
    .sort(([, a], [, b]) => b - a)
    .map(([reason, times]) => `${count(times)} ${reason.replace(/_/g, ' ')}`)
    .join(', ');
}
