/**
 * Byte-level vocabularies write every byte as one printable character: bytes that Latin-1 prints stand for
 * themselves, the others follow from U+0100 in order (so a space is U+0120). Introduced with GPT-2.
 */
function printsItself(byte: number): boolean {
  return (byte >= 0x21 && byte <= 0x7e) || (byte >= 0xa1 && byte <= 0xac) || (byte >= 0xae && byte <= 0xff);
}

const BYTE_OF_CHARACTER: ReadonlyMap<string, number> = (() => {
  const bytes = new Map<string, number>();
  let next = 0x100;
  for (let byte = 0; byte < 256; byte++)
    bytes.set(String.fromCodePoint(printsItself(byte) ? byte : next++), byte);
  return bytes;
})();

/** The bytes that a byte-level token stands for, or null when it is not written in that alphabet. */
export function bytesFromAlphabet(token: string): Uint8Array | null {
  const bytes: number[] = [];
  for (const character of token) {
    const byte = BYTE_OF_CHARACTER.get(character);
    if (byte === undefined) return null;
    bytes.push(byte);
  }
  return Uint8Array.from(bytes);
}
