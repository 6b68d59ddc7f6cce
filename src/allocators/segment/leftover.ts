import type { RangeStore, TakenRange } from '../../stores/range-store.ts';
import { joined, sizeOf } from './taken-range.ts';

/**
 * What an ended keeper has left: the unused ends of its ranges, which nobody was given and nobody will be.
 *
 * The high-water marks of living processes stay true when it goes back. maxId is lowered only while it is the end of
 * our latest range, so whoever lives took his latest range below that one. (A mark that a raise of the tag set may end
 * above; whoever raised takes his next range with that floor.) What is left is taken by processes alone that have no
 * mark yet, or a lower one.
 */
export class Leftover {
  #rests: TakenRange[] = [];
  #isAsked = false;
  #isDoubtful = false;

  /** @param range above all that was added before */
  add(range: TakenRange): void {
    this.#rests.push(range);
  }

  /**
   * The store has gone back once, and others may have had these IDs: all is a gap. Not even the latest range may go back,
   * for maxId may be its end a second time, by ranges of others.
   */
  doubt(): void {
    this.#isDoubtful = true;
  }

  /** How many IDs are still here: they neither went back nor were left. */
  get ids(): number {
    return Number(this.#rests.reduce((sum, range) => sum + sizeOf(range), 0n));
  }

  /** Before the store was asked to take anything back. */
  get mayGoBack(): boolean {
    return !this.#isAsked && this.#hasSound;
  }

  /** After that, while something remains that did not go back. */
  get mayBeLeft(): boolean {
    return this.#isAsked && this.#hasSound;
  }

  /**
   * The latest range goes back if nobody has taken one since, with those before it as far as they are adjacent.
   * @returns how many IDs went back
   * @throws FrondError STORE_UNAVAILABLE; they are a gap
   */
  async giveBack(store: RangeStore, tag: string): Promise<number> {
    this.#isAsked = true;
    const parts: TakenRange[] = [];
    let latest: TakenRange | undefined;
    for (let before = this.#rests.pop(); before !== undefined; before = this.#rests.pop()) {
      const whole = latest === undefined ? before : joined(before, latest);
      if (whole.start !== before.start) {
        this.#rests.push(before);
        break;
      }
      latest = whole;
      parts.unshift(before);
    }
    if (latest === undefined) return 0;
    if (await store.giveBack(tag, latest)) return Number(sizeOf(latest));
    // In their parts: what a process has at hand, and a crash loses, shall not grow from one to the next.
    this.#rests.push(...parts);
    return 0;
  }

  /**
   * Leaves the lowest part that remains, where the store can do that.
   * @param maxAgeMs older leftovers are deleted
   * @returns how many IDs were left
   * @throws FrondError STORE_UNAVAILABLE; they are a gap
   */
  async leave(store: RangeStore, tag: string, maxAgeMs: number): Promise<number> {
    const rest = this.#rests.shift();
    return rest !== undefined && (await store.leave?.(tag, rest, maxAgeMs)) ? Number(sizeOf(rest)) : 0;
  }

  get #hasSound(): boolean {
    return this.#rests.length > 0 && !this.#isDoubtful;
  }
}
