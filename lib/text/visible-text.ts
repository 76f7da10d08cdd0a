/** Nearly all text is printable ASCII: each character is one cell, and none needs escaping. */
export function isPlain(text: string): boolean {
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code < 0x20 || code > 0x7e) return false;
  }
  return true;
}

/** Shows text from the network: control, bidirectional and invisible characters become `\x1b`, `\u202e` or `\u{e0041}`. */
export function visible(text: string): string {
  if (isPlain(text)) return text;
  // Characters that move the cursor, change the direction of text, or can't be seen: from the network they are attacks, not text.
  return text.replace(/[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Cn}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/gu, (character) => {
    const hex = character.codePointAt(0)!.toString(16);
    if (hex.length <= 2) return `\\x${hex.padStart(2, '0')}`;
    return hex.length <= 4 ? `\\u${hex.padStart(4, '0')}` : `\\u{${hex}}`;
  });
}
