/** The two digits of each byte, as Latin-1. */
const HIGH = digits(byte => byte >> 4);
const LOW = digits(byte => byte & 15);
/** Where the digits of each of the 16 bytes stand. */
const PLACES = Uint8Array.of(0, 2, 4, 6, 9, 11, 14, 16, 19, 21, 24, 26, 28, 30, 32, 34);

/**
 * The 36 character form of one UUID after another (RFC 9562 section 4). What is not set anew stays. The text comes out
 * of a buffer in one piece: joined from parts it would take longer, and be a tree of strings until somebody reads it.
 */
export class UuidText {
  readonly #text = Buffer.alloc(36, '-');

  /** @param index 0 to 15 @param byte 0 to 255 */
  set(index: number, byte: number): void {
    const place = PLACES[index]!;
    this.#text[place] = HIGH[byte]!;
    this.#text[place + 1] = LOW[byte]!;
  }

  read(): string {
    return this.#text.toString('latin1');
  }
}

function digits(part: (byte: number) => number): Uint8Array {
  return Uint8Array.from({ length: 256 }, (_, byte) => part(byte).toString(16).charCodeAt(0));
}
