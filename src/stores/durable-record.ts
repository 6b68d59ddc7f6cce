/** The port of one small durable record. Types and contracts only. */

export type RecordRead<T> =
  | { readonly status: 'found'; readonly value: T }
  | { readonly status: 'absent' }
  /** Torn, truncated or foreign: proves nothing. */
  | { readonly status: 'damaged'; readonly reason: string };

export interface DurableRecord<T> {
  /** For logs and errors. */
  readonly name: string;
  /** @throws the I/O error when the record cannot be read at all */
  read(): Promise<RecordRead<T>>;
  /**
   * Replaces the record whole. When it resolves, the new value survives kill -9 and power loss; when it rejects or the
   * process dies meanwhile, either the old or the new value is read, never a mixture. One write at a time.
   */
  write(value: T): Promise<void>;
}
