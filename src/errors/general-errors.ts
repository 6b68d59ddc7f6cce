import { row, show } from './row.ts';

/** Refusals that any kind of ID may give. */
export const GENERAL_ERRORS = {
  INVALID_ARGUMENT: row(
    400,
    false,
    'A field of the call is out of its bounds',
    'Correct the named field and call again.',
    (d: { field: string; value: unknown; expected: string }) =>
      `${d.field} is ${d.value === undefined ? 'missing' : show(d.value)}; expected ${d.expected}`,
  ),
  MODE_OFF: row(
    404,
    false,
    'This kind of ID is switched off',
    'Configure it (FROND_SEGMENT_STORE, FROND_WORKER_SLOTS), or ask for another kind.',
    (d: { kind: string; setting: string }) => `${d.kind} IDs are off on this instance (${d.setting} is "off")`,
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
  ABORTED: row(
    499,
    true,
    'The caller gave up',
    'Nothing to do; the wait ended because its signal was aborted.',
    (_: Record<never, never>) => 'The wait was aborted by its signal',
  ),
  PARENT_SILENT: row(
    503,
    true,
    'The parent of the processes does not answer',
    'Ask again; if it stays, look at the parent process. IDs are given all the while.',
    (d: { topic: string; waitedMs: number }) => `No ${d.topic} of all processes came within ${d.waitedMs} ms`,
  ),
  INVALID_CONFIG: row(
    500,
    false,
    'A setting is wrong',
    'Correct the setting; "frond serve --help" lists all with their ranges.',
    (d: { setting: string; problem: string }) => `${d.setting}: ${d.problem}`,
  ),
} as const;
