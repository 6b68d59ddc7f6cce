/** What happened: a hash of all of it, and the last lines for a person. */
export class Trace {
  readonly #kept: string[] = [];
  readonly #keptLines: number;
  readonly #nowMs: () => number;
  #hash = 0x811c9dc5;
  #lines = 0;

  constructor(nowMs: () => number, keptLines = 100) {
    this.#nowMs = nowMs;
    this.#keptLines = keptLines;
  }

  note(who: string, what: string): void {
    const line = `${this.#nowMs()} ${who} ${what}`;
    for (let i = 0; i < line.length; i++) this.#hash = Math.imul(this.#hash ^ line.charCodeAt(i), 0x01000193);
    this.#kept[this.#lines++ % this.#keptLines] = line;
  }

  /** The same for two runs exactly when, but for chance, the same things happened at the same times. */
  get hash(): string {
    return `${this.#lines}-${(this.#hash >>> 0).toString(16).padStart(8, '0')}`;
  }

  /** The last lines, oldest first. */
  get tail(): string[] {
    const oldest = this.#lines % this.#keptLines;
    return this.#lines < this.#keptLines
      ? [...this.#kept]
      : [...this.#kept.slice(oldest), ...this.#kept.slice(0, oldest)];
  }
}
