import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Follows every link within a site to its page and to the heading there, which VitePress does not look for. */
export function checkLinks(folder, base) {
  const texts = new Map(
    readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.html'))
      .map((name) => [`/${name}`, readFileSync(join(folder, name), 'utf8')]),
  );
  const ids = new Map([...texts].map(([name, text]) => [name, new Set([...text.matchAll(/ id="([^"]*)"/g)].map(([, id]) => id))]));
  const dead = [];
  let links = 0;
  for (const [name, text] of texts)
    for (const [, href] of text.matchAll(/<a [^>]*?href="([^"]*)"/g)) {
      if (/^[a-z]+:/.test(href)) continue;
      const { pathname, hash } = new URL(href.replaceAll('&amp;', '&'), `http://site${base}${name.slice(1)}`);
      const path = pathname.startsWith(base) ? `/${pathname.slice(base.length)}` : pathname;
      const page = path.endsWith('/') ? `${path}index.html` : path;
      const known = ids.get(page);
      if (known === undefined ? !existsSync(join(folder, page)) : hash.length > 1 && !known.has(decodeURIComponent(hash.slice(1))))
        dead.push(`${name} -> ${href}`);
      links++;
    }
  if (dead.length > 0) throw new Error(`Links that lead nowhere:\n${[...new Set(dead)].join('\n')}`);
  console.log(`${texts.size} pages, ${links} links`);
}
