/** A tag that a new store begins with. */
export interface SeedTag {
  readonly tag: string;
  /** 1 to 2^31 - 1. */
  readonly stepIds: number;
  readonly description: string | null;
}
