import { createHash } from 'node:crypto';
import { inflateRawSync } from 'node:zlib';
import { tableFromIPC, type Table } from 'apache-arrow';
import type { PageData } from '../../lib/report/gather/told.js';

/** What stands inside of a report. */
export interface PageContent {
  readonly html: string;
  readonly data: PageData;
  /** Its flows; null where there are none. */
  readonly flows: Table | null;
  /** The texts of its program and its style, and what the policy says of them. */
  readonly script: string;
  readonly style: string;
  readonly policy: string;
}

function element(html: string, id: string): Buffer | null {
  const found = new RegExp(`<script type="application/octet-stream" id="${id}">([A-Za-z0-9+/=]*)</script>`).exec(html);
  return found === null ? null : inflateRawSync(Buffer.from(found[1]!, 'base64'));
}

/** Reads a report back. */
export function contentOf(html: string): PageContent {
  const flows = element(html, 'flows');
  return {
    html,
    data: JSON.parse(element(html, 'sums')!.toString()) as PageData,
    flows: flows === null ? null : tableFromIPC(flows),
    script: /<script>([^]*)<\/script>\n<\/body>/.exec(html)![1]!,
    style: /<style>([^]*)<\/style>/.exec(html)![1]!,
    policy: /http-equiv="Content-Security-Policy" content="([^"]*)"/.exec(html)![1]!.replaceAll('&#39;', "'"),
  };
}

/** How a policy names a text. */
export function hashOf(text: string): string {
  return `'sha256-${createHash('sha256').update(text).digest('base64')}'`;
}
