/**
 * The one table of error codes. `docs/errors.md` is generated from it, the HTTP status of every problem comes from it,
 * and a test keeps all of them in step. A message says what happened with its numbers; the remedy says what ends it.
 */

interface ErrorRow<D> {
  /** HTTP status of the problem document. */
  readonly status: number;
  /** True when the same call can succeed later without anybody changing the request. */
  readonly retryable: boolean;
  /** Short, constant summary (RFC 9457 `title`). */
  readonly title: string;
  /** What ends the condition. */
  readonly remedy: string;
  /** The sentence for one occurrence, without its full stop. */
  readonly message: (details: D) => string;
}

function row<D>(
  status: number,
  retryable: boolean,
  title: string,
  remedy: string,
  message: (details: D) => string,
): ErrorRow<D> {
  return { status, retryable, title, remedy, message };
}

/** Shows a caller's value in an error text: quoted when it is text, and never longer than a line. */
function show(value: unknown): string {
  const text = typeof value === 'string' ? JSON.stringify(value) : String(value);
  return text.length > 80 ? `${text.slice(0, 80)}…` : text;
}

export const ERRORS = {
  INVALID_ARGUMENT: row(
    400,
    false,
    'A field of the call is out of its bounds',
    'Correct the named field and call again.',
    (d: { field: string; value: unknown; expected: string }) =>
      `${d.field} is ${show(d.value)}; expected ${d.expected}`,
  ),
  MALFORMED_REQUEST: row(
    400,
    false,
    'The request is not valid HTTP',
    'Send a well-formed HTTP/1.1 request.',
    (d: { reason: string }) => `The request could not be read: ${d.reason}`,
  ),
  UNAUTHORIZED: row(
    401,
    false,
    'A bearer token is missing or wrong',
    'Send "Authorization: Bearer <FROND_ADMIN_TOKEN>".',
    (d: { resource: string }) => `${d.resource} needs a valid bearer token`,
  ),
  FORBIDDEN: row(
    403,
    false,
    'Not allowed from here',
    'Set FROND_ADMIN_TOKEN and send it as a bearer token, or call from the loopback address of the host itself.',
    (d: { resource: string }) => `${d.resource} answers only to direct loopback callers while no admin token is set`,
  ),
  UNKNOWN_TAG: row(
    404,
    false,
    'The tag does not exist',
    'Create it (PUT /tags/:tag, or tags.putTag of the module), or correct its name.',
    (d: { tag: string }) => `Tag ${show(d.tag)} does not exist`,
  ),
  MODE_OFF: row(
    404,
    false,
    'This kind of ID is switched off',
    'Configure it (FROND_SEGMENT_STORE, FROND_WORKER_SLOTS), or ask for another kind.',
    (d: { kind: string; setting: string }) => `${d.kind} IDs are off on this instance (${d.setting} is "off")`,
  ),
  NOT_FOUND: row(
    404,
    false,
    'No such resource',
    'GET / lists the routes.',
    (d: { path: string }) => `Nothing answers at ${show(d.path)}`,
  ),
  METHOD_NOT_ALLOWED: row(
    405,
    false,
    'The method is not allowed here',
    'Use one of the methods in the Allow header.',
    (d: { method: string; allow: string }) => `Method ${show(d.method)} is not allowed; allowed: ${d.allow}`,
  ),
  TAG_WOULD_REWIND: row(
    409,
    false,
    'The change would make IDs repeat',
    'Give a maxId that is not below the current one; a tag only ever moves up.',
    (d: { tag: string; maxId: bigint; currentMaxId: bigint }) =>
      `maxId ${d.maxId} of tag ${show(d.tag)} is below its current maxId ${d.currentMaxId}`,
  ),
  REQUEST_TIMEOUT: row(
    408,
    true,
    'The request did not arrive in time',
    'Send the whole request at once.',
    (_: Record<never, never>) => 'The request was not complete within the time allowed',
  ),
  PAYLOAD_TOO_LARGE: row(
    413,
    false,
    'The body is too large',
    'Send a smaller body.',
    (d: { limitBytes: number }) => `The body is larger than ${d.limitBytes} bytes`,
  ),
  UNSUPPORTED_MEDIA_TYPE: row(
    415,
    false,
    'The body is not JSON',
    'Send "Content-Type: application/json".',
    (d: { contentType: string }) => `Content-Type ${show(d.contentType)} is not supported`,
  ),
  HEADERS_TOO_LARGE: row(
    431,
    false,
    'The header fields are too large',
    'Send fewer or smaller header fields.',
    (_: Record<never, never>) => 'The header fields are larger than this server accepts',
  ),
  INTERNAL: row(
    500,
    true,
    'Frond has a defect',
    'Report it with the log line of this request; the call may be repeated.',
    (d: { reason: string }) => `Unexpected failure: ${d.reason}`,
  ),
  NOT_READY: row(
    503,
    true,
    'Not started yet, or stopping',
    'Wait until the instance is ready (/readyz answers 200), or ask another one.',
    (d: { kind: string; state: string }) => `${d.kind} IDs cannot be given while the allocator is ${d.state}`,
  ),
  DEADLINE_EXCEEDED: row(
    503,
    true,
    'No ID became available in time',
    'Try again after Retry-After; see the metrics for what the instance waits for.',
    (d: { what: string; deadlineMs: number }) => `${d.what} within ${Math.round(d.deadlineMs)} ms`,
  ),
  TOO_MANY_WAITERS: row(
    503,
    true,
    'Too many callers are waiting already',
    'Try again after Retry-After, spread the load, or raise FROND_MAX_WAITERS.',
    (d: { what: string; limit: number }) => `${d.limit} callers already wait for ${d.what}`,
  ),
  STORE_UNAVAILABLE: row(
    503,
    true,
    'The range store cannot be reached',
    'Restore the database; Frond reconnects by itself.',
    (d: { store: string; reason: string }) => `${d.store} did not answer: ${d.reason}`,
  ),
  STORE_NOT_INITIALISED: row(
    503,
    false,
    'The store has no Frond schema',
    'Run "frond init" against it, or correct the address.',
    (d: { store: string; reason: string }) => `${d.store} is not initialised: ${d.reason}`,
  ),
  STORE_DAMAGED: row(
    503,
    false,
    'The store lost or damaged its data',
    'Restore what is missing. From an older backup only with every maxId raised above all IDs given since; Frond never starts over by itself.',
    (d: { store: string; reason: string }) => `${d.store} cannot be trusted: ${d.reason}`,
  ),
  SEGMENT_REWOUND: row(
    503,
    false,
    'The database went back to an older state',
    'Raise the maxId of the tag above every ID given by any instance (PUT /tags/:tag with maxId, with the other instances stopped), then Frond goes on.',
    (d: { tag: string; start: bigint; highWater: bigint }) =>
      `The store offered IDs of tag ${show(d.tag)} from ${d.start}, but this process has already had ranges up to ${d.highWater}`,
  ),
  RANGE_EXHAUSTED: row(
    503,
    false,
    'The 64-bit number range of the tag is used up',
    'Move to another tag.',
    (d: { tag: string; stepIds: number }) => `Tag ${show(d.tag)} has no ${d.stepIds} IDs left below 2^63`,
  ),
  ID_NOT_SAFE_INTEGER: row(
    500,
    false,
    'The ID does not fit a JavaScript number',
    'Use the bigint form of the call.',
    (d: { tag: string }) => `IDs of tag ${show(d.tag)} have passed 2^53 - 1`,
  ),
  CLOCK_BACKWARDS: row(
    503,
    true,
    'The wall clock went back too far',
    'Correct the clock (NTP should slew, not step); IDs flow again by themselves when it has caught up.',
    (d: { behindMs: number; limitMs: number }) =>
      `The clock is ${d.behindMs} ms behind the last issued ID (limit ${d.limitMs} ms)`,
  ),
  CLOCK_BEHIND: row(
    503,
    true,
    'The wall clock is behind the time already used',
    'Correct the clock; IDs flow by themselves as soon as it has passed the persisted time.',
    (d: { workerId: number; behindMs: number; waitMaxMs: number; opinion: string }) =>
      `The clock is ${d.behindMs} ms behind the time persisted for worker ${d.workerId} (waits up to ${d.waitMaxMs} ms at start); ${d.opinion}`,
  ),
  CLOCK_SKEW: row(
    503,
    true,
    'The clock disagrees with the slot store',
    'Correct the clock of this host (or of the slot store); Frond tries again by itself.',
    (d: { skewMs: number; limitMs: number }) =>
      `The clock differs from the slot store's by ${d.skewMs} ms (limit ${d.limitMs} ms)`,
  ),
  LIMIT_REACHED: row(
    503,
    true,
    'Timestamps are used up to the persisted limit',
    'Restore what the reason names; IDs flow again after the next successful renewal.',
    (d: { aheadMs: number; reason: string }) =>
      `The next timestamp is ${d.aheadMs} ms above the persisted limit: ${d.reason}`,
  ),
  EPOCH_EXHAUSTED: row(
    503,
    false,
    'The clock is outside the range of the layout',
    'Correct the clock, or move to a layout with a later epoch or more time bits.',
    (d: { timeMs: number; firstMs: number; lastMs: number }) =>
      `Time ${d.timeMs} is outside ${d.firstMs}..${d.lastMs} ms of this layout`,
  ),
  LAYOUT_MISMATCH: row(
    503,
    false,
    'The ID layout is not the one the slots were made with',
    'Set the epoch and bits back, or use a new slot store; a changed layout could repeat IDs.',
    (d: { field: string; configured: unknown; stored: unknown }) =>
      `${d.field} is ${show(d.configured)} but the slot store was made with ${show(d.stored)}`,
  ),
  NO_FREE_SLOT: row(
    503,
    true,
    'Every worker ID is held',
    'Stop an instance that is not needed. The worker ID of one that died frees itself: at once where its lock shows the death, else when its bound has passed.',
    (d: { slots: number; nextFreeMs: number | undefined }) =>
      `All ${d.slots} worker IDs are held${d.nextFreeMs === undefined ? '' : `; the next may be free in ${d.nextFreeMs} ms`}`,
  ),
  SLOT_IN_USE: row(
    503,
    true,
    'The worker ID may be in use',
    'Stop the process that uses it, or wait until its bound has passed; a fixed number belongs to one instance only.',
    (d: { workerId: number; reason: string }) => `Worker ID ${d.workerId} cannot be had: ${d.reason}`,
  ),
  UNKNOWN_WORKER: row(
    404,
    false,
    'The worker ID was never used',
    'See "frond slots list" for those that were.',
    (d: { workerId: number; store: string }) => `Worker ID ${d.workerId} has no record in ${d.store}`,
  ),
  SLOT_LOST: row(
    503,
    true,
    'The worker ID was taken over',
    'Nothing needs doing: a new worker ID is claimed by itself. Look for a paused process or a copied data directory.',
    (d: { workerId: number; reason: string }) => `Worker ID ${d.workerId} is no longer ours: ${d.reason}`,
  ),
  SLOT_STORE_UNAVAILABLE: row(
    503,
    true,
    'The slot store cannot be used',
    'Restore it; Frond tries again by itself.',
    (d: { store: string; reason: string }) => `${d.store}: ${d.reason}`,
  ),
  ABORTED: row(
    499,
    true,
    'The caller gave up',
    'Nothing to do; the wait ended because its signal was aborted.',
    (_: Record<never, never>) => 'The wait was aborted by its signal',
  ),
  INVALID_CONFIG: row(
    500,
    false,
    'A setting is wrong',
    'Correct the setting; "frond serve --help" lists all with their ranges.',
    (d: { setting: string; problem: string }) => `${d.setting}: ${d.problem}`,
  ),
} as const satisfies Record<string, ErrorRow<never>>;

export type ErrorCode = keyof typeof ERRORS;
export type ErrorDetails<C extends ErrorCode> = Parameters<(typeof ERRORS)[C]['message']>[0];

export interface FrondErrorOptions {
  readonly cause?: unknown;
  /** Milliseconds after which trying again makes sense; becomes Retry-After. */
  readonly retryAfterMs?: number;
}

/** Every refusal of Frond. `message` is the occurrence with its numbers, followed by the remedy. */
export class FrondError<C extends ErrorCode = ErrorCode> extends Error {
  override readonly name = 'FrondError';
  readonly code: C;
  readonly details: ErrorDetails<C>;
  readonly status: number;
  readonly retryable: boolean;
  readonly title: string;
  readonly retryAfterMs: number | undefined;

  constructor(code: C, details: ErrorDetails<C>, options: FrondErrorOptions = {}) {
    const entry = ERRORS[code] as unknown as ErrorRow<ErrorDetails<C>>;
    const said = entry.message(details);
    super(
      `${said}${said.endsWith('?') ? '' : '.'} ${entry.remedy}`,
      options.cause === undefined ? undefined : { cause: options.cause },
    );
    this.code = code;
    this.details = details;
    this.status = entry.status;
    this.retryable = entry.retryable;
    this.title = entry.title;
    this.retryAfterMs = options.retryAfterMs;
  }
}

/** The reason of an unknown failure in one line. */
export function reasonOf(error: unknown): string {
  if (error instanceof Error) return error.message || error.name;
  return String(error);
}

/** Passes a FrondError through and wraps anything else as INTERNAL. */
export function toFrondError(error: unknown): FrondError {
  if (error instanceof FrondError) return error;
  return new FrondError('INTERNAL', { reason: reasonOf(error) }, { cause: error });
}

/** Checks an integer argument. @throws FrondError INVALID_ARGUMENT */
export function requireInteger(field: string, value: unknown, min: number, max: number): number {
  if (typeof value !== 'number' || !Number.isInteger(value) || value < min || value > max) {
    throw new FrondError('INVALID_ARGUMENT', { field, value, expected: `an integer from ${min} to ${max}` });
  }
  return value;
}
