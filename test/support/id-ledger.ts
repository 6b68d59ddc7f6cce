/** IDs in the order of their arrival, 8 bytes each. */
export class IdLedger {
  #ids = new BigInt64Array(1 << 14);
  #size = 0;

  get size(): number {
    return this.#size;
  }

  /** A view; valid until the next `add`. */
  get ids(): BigInt64Array {
    return this.#ids.subarray(0, this.#size);
  }

  add(id: bigint): void {
    if (this.#size === this.#ids.length) {
      const longer = new BigInt64Array(this.#size * 2);
      longer.set(this.#ids);
      this.#ids = longer;
    }
    this.#ids[this.#size++] = id;
  }
}

/** The IDs that the ledgers hold more than once together, one entry for each repetition. */
export function duplicatesIn(ledgers: readonly IdLedger[]): bigint[] {
  const all = new BigInt64Array(ledgers.reduce((sum, each) => sum + each.size, 0));
  let from = 0;
  for (const each of ledgers) {
    all.set(each.ids, from);
    from += each.size;
  }
  all.sort();
  const twice: bigint[] = [];
  for (let i = 1; i < all.length; i++) if (all[i] === all[i - 1]) twice.push(all[i]!);
  return twice;
}
