import type { LabelReport } from '../label/labels.js';
import { shortened } from '../errors.js';
import { count, counted } from '../text/quantity.js';
import { visible } from '../text/visible-text.js';

/** Rules that a line names. */
const mostNamed = 5;

/** What the summary tells of rules besides how many flows they labelled: those that matched nothing, and flows that several matched. */
export function labelLines(report: LabelReport | null): string[] {
  if (report === null) return [];
  const { rules, unmatched, several } = report;
  const lines: string[] = [];
  if (unmatched.length > 0) {
    const named = unmatched.slice(0, mostNamed).map(({ rule, label }) => `${rule} (${visible(shortened(label, 40))})`);
    const more = unmatched.length > mostNamed ? ` and ${count(unmatched.length - mostNamed)} more` : '';
    lines.push(
      `Warning: ${count(unmatched.length)} of ${counted(rules.length, 'rule')} matched no flow: ${named.join(', ')}${more}. Check their times, zone and addresses.`,
    );
  }
  if (several.flows > 0) {
    const first = several.examples[0]!.rules;
    lines.push(
      `Warning: ${counted(several.flows, 'flow')} matched several rules, ${count(several.differing)} of them rules with different labels; the first by rules ${first.slice(0, mostNamed).join(', ')}.`,
    );
  }
  return lines;
}
