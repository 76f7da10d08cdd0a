import { createHash } from 'node:crypto';
import type { PageParts } from './page-parts.js';

/** A text as HTML has it between tags and in attributes. */
function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}

function hashOf(text: string): string {
  return `'sha256-${createHash('sha256').update(text).digest('base64')}'`;
}

/**
 * The page as one file. Its policy lets only its own script and style work, by their hashes, and lets nothing be fetched; what comes from the network stands in it only as
 * compressed bytes in base64.
 * @param data compressed bytes by the ids of their elements
 */
export function pageFile({ script, style }: PageParts, title: string, data: Readonly<Record<string, Buffer>>): Buffer {
  const policy = `default-src 'none'; script-src ${hashOf(script)}; style-src ${hashOf(style)}; img-src data:; base-uri 'none'; form-action 'none'`;
  const head = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${escaped(policy)}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<meta name="generator" content="nfstream">
<title>${escaped(title)}</title>
<style>${style}</style>
</head>
<body>
<noscript>This report draws its figures with a script that is inside of it; nothing is fetched. Allow it to see them.</noscript>
<div id="report"></div>
`;
  const pieces: (string | Buffer)[] = [head];
  for (const [id, bytes] of Object.entries(data)) pieces.push(`<script type="application/octet-stream" id="${id}">${bytes.toString('base64')}</script>\n`);
  pieces.push(`<script>${script}</script>\n</body>\n</html>\n`);
  return Buffer.concat(pieces.map((piece) => Buffer.from(piece)));
}
