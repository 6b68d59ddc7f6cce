/** What a server can refuse with that Frond tells apart; `REFUSED` stands for every other code. */
export type ZookeeperRefusal = 'NO_NODE' | 'NODE_EXISTS' | 'BAD_VERSION' | 'NO_AUTH' | 'REFUSED';

/** `NOT_SENT`: certainly not done. `UNKNOWN`: it may or may not have been done. */
export type ZookeeperCode = ZookeeperRefusal | 'NOT_SENT' | 'UNKNOWN';

export class ZookeeperError extends Error {
  override readonly name = 'ZookeeperError';
  readonly code: ZookeeperCode;

  constructor(code: ZookeeperCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

export function hasCode(error: unknown, ...codes: readonly ZookeeperCode[]): boolean {
  return error instanceof ZookeeperError && codes.includes(error.code);
}

/** ZooKeeper's own numbers (KeeperException.Code). */
const REFUSALS: ReadonlyMap<number, ZookeeperRefusal> = new Map([
  [-101, 'NO_NODE'],
  [-102, 'NO_AUTH'],
  [-103, 'BAD_VERSION'],
  [-110, 'NODE_EXISTS'],
]);

/** Answers that leave open what became of the request: -1 to -99 are system errors, -112 and -118 tell of the session. */
const SESSION_EXPIRED = -112;
const SESSION_MOVED = -118;

/** What the driver calls back with, in our terms. */
export function zookeeperErrorOf(cause: unknown): ZookeeperError {
  const code = (cause as { code?: unknown }).code;
  const text = cause instanceof Error ? cause.message.replace(/^Exception: /, '') : String(cause);
  if (typeof code !== 'number' || code > -100 || code === SESSION_EXPIRED || code === SESSION_MOVED) {
    return new ZookeeperError('UNKNOWN', text, { cause });
  }
  return new ZookeeperError(REFUSALS.get(code) ?? 'REFUSED', text, { cause });
}
