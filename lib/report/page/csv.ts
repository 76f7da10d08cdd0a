import { exactly } from './format.js';

/** A cell of CSV. Text that a spreadsheet would run as a formula gets a ' in front. */
export function cell(value: unknown): string {
  const text = exactly(value);
  const safe = typeof value === 'string' && /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

/** Lets the user save a text as a file. */
export function save(name: string, pieces: readonly string[]): void {
  const url = URL.createObjectURL(new Blob(pieces as string[], { type: 'text/csv;charset=utf-8' }));
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}
