import { readFile } from 'node:fs/promises';
import { moduleEnding, modules } from '../root.js';

/** The program and the style of the page. */
export interface PageParts {
  readonly script: string;
  readonly style: string;
}

/** The pages that there are. */
export type PageName = 'report' | 'dashboard';

const made = new Map<PageName, Promise<PageParts>>();

/** Loads a page's program, once: as it was built, or, where this is TypeScript that runs as it is, made anew from its sources. */
export function pageParts(name: PageName): Promise<PageParts> {
  const loading = made.get(name) ?? load(name);
  made.set(name, loading);
  return loading;
}

async function load(name: PageName): Promise<PageParts> {
  if (moduleEnding !== '.ts') return JSON.parse(await readFile(new URL(`report/${name}.json`, modules), 'utf8')) as PageParts;
  const { bundlePage } = (await import(new URL('report/bundle-page.mjs', modules).href)) as { bundlePage(name: PageName): Promise<PageParts> };
  return bundlePage(name);
}
