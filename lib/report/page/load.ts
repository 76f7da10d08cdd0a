import { tableFromIPC, type Table } from '@uwdata/flechette';
import type { PageData } from '../gather/told.js';

/** The bytes that stand in an element, inflated; null when there is none. */
async function inflated(id: string): Promise<Uint8Array | null> {
  const element = document.getElementById(id);
  if (element === null) return null;
  const text = atob(element.textContent);
  const packed = new Uint8Array(text.length);
  for (let at = 0; at < text.length; at++) packed[at] = text.charCodeAt(at);
  element.remove();
  const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream('deflate-raw'));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

/** How much stands in an element, in characters. */
export function sizeOf(id: string): number {
  return document.getElementById(id)?.textContent.length ?? 0;
}

/** The sums of the page. */
export async function loadSums(): Promise<PageData> {
  return JSON.parse(new TextDecoder().decode((await inflated('sums'))!)) as PageData;
}

/** The flows of the page: all of them, or some; null where there are none. */
export async function loadFlows(): Promise<Table | null> {
  const bytes = await inflated('flows');
  return bytes === null ? null : tableFromIPC(bytes, { useBigInt: true });
}
