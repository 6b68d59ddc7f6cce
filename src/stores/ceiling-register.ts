/**
 * The port of whoever keeps the ceilings of segment ranges. Types and contracts only.
 *
 * A tag's ceiling is above every ID that anybody was given. It lives apart from the database that hands the ranges out,
 * so that a database that goes back to an older state cannot take it along.
 */

export interface Ceiling {
  /** The first ID that nobody was given; 0 to 2^63 - 1. */
  readonly value: bigint;
  /** Changes of the record so far. */
  readonly version: number;
}

/**
 * Nothing is retried inside. Every call rejects with CEILING_UNAVAILABLE when its outcome is unknown or it was not
 * carried out, with STORE_NOT_INITIALISED where there is no place for ceilings, with STORE_DAMAGED for a record that
 * cannot be read.
 */
export interface CeilingRegister {
  /** For logs and errors; never holds a secret. */
  readonly name: string;
  /** Connects, and goes on trying until `close`. Rejects when it is not connected soon; the calls say so then. */
  open(): Promise<void>;
  /** Idempotent; never throws. */
  close(): Promise<void>;
  /** Undefined when the tag has none. May be older than the latest change. */
  read(tag: string): Promise<Ceiling | undefined>;
  /** Makes the first ceiling of a tag. False when there is one. */
  create(tag: string, value: bigint): Promise<boolean>;
  /** Compare-and-set. False when the version is another one by now, or the ceiling is gone. */
  write(tag: string, value: bigint, version: number): Promise<boolean>;
}
