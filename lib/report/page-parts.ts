import { readFile } from 'node:fs/promises';

/** The program and the style of the page. */
export interface PageParts {
  readonly script: string;
  readonly style: string;
}

let made: Promise<PageParts> | null = null;

/** Loads the page's program, once: from beside this file, or, where this is TypeScript that runs as it is, made anew from its sources. */
export function pageParts(): Promise<PageParts> {
  return (made ??= load());
}

async function load(): Promise<PageParts> {
  if (!import.meta.url.endsWith('.ts')) return JSON.parse(await readFile(new URL('page.json', import.meta.url), 'utf8')) as PageParts;
  const { bundlePage } = (await import(new URL('bundle-page.mjs', import.meta.url).href)) as { bundlePage(): Promise<PageParts> };
  return bundlePage();
}
