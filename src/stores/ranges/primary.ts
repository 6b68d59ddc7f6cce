import type { RangeStore, TakenRange, TakeTerms } from '../range-store.ts';
import type { Residue } from './residue.ts';

export interface PrimaryTerms extends TakeTerms {
  /** What the primary was admitted with. */
  readonly residue: Residue;
  /** The end of the latest range that was had from this primary: a row below it has gone back. */
  readonly seenEnd: bigint;
}

/** One of several databases that share the numbers of every tag by residue classes. */
export interface Primary extends Omit<RangeStore, 'take'> {
  /** Undefined when it has none. @throws FrondError STORE_UNAVAILABLE */
  residue(): Promise<Residue | undefined>;
  /**
   * The next `stepIds` IDs of its class. The residue is read in the same transaction, and nothing is changed unless all
   * is as it should be.
   * @throws FrondError as `RangeStore.take`, and STORE_NOT_INITIALISED (another residue), SEGMENT_REWOUND
   */
  take(tag: string, stepIds: number, terms: PrimaryTerms): Promise<TakenRange>;
}
