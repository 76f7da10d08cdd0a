import { readFile } from 'node:fs/promises';
import { moduleEnding, modules } from '../root.js';

/** The program and the style of the page. */
export interface PageParts {
  readonly script: string;
  readonly style: string;
}

let made: Promise<PageParts> | null = null;

/** Loads the page's program, once: as it was built, or, where this is TypeScript that runs as it is, made anew from its sources. */
export function pageParts(): Promise<PageParts> {
  return (made ??= load());
}

async function load(): Promise<PageParts> {
  if (moduleEnding !== '.ts') return JSON.parse(await readFile(new URL('report/page.json', modules), 'utf8')) as PageParts;
  const { bundlePage } = (await import(new URL('report/bundle-page.mjs', modules).href)) as { bundlePage(): Promise<PageParts> };
  return bundlePage();
}
