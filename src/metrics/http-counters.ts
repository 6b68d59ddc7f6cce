import type { ErrorCode } from '../errors.ts';
import { type Clock, systemClock } from '../system/clock.ts';
import { LatencyHistogram } from './latency-histogram.ts';
import { RecentRefusals } from './recent-refusals.ts';

/** The closed list of label values; a path never becomes a label. */
export const HTTP_ROUTES = [
  'segment',
  'snowflake',
  'uuid',
  'ranges',
  'leaf_segment',
  'leaf_snowflake',
  'leaf_decode',
  'decode',
  'tags',
  'workers',
  'status',
  'health',
  'metrics',
  'page',
  'openapi',
  'other',
] as const;

export type HttpRoute = (typeof HTTP_ROUTES)[number];

/** Those that give IDs. */
export const ID_ROUTES: ReadonlySet<HttpRoute> = new Set([
  'segment',
  'snowflake',
  'uuid',
  'ranges',
  'leaf_segment',
  'leaf_snowflake',
]);

/** The status under which a request is counted whose client left before the answer. */
export const CLIENT_GONE_STATUS = 499;

/** The requests of one route: plain numbers, read when somebody asks. */
export class RouteMeter {
  readonly latency = new LatencyHistogram();
  #ok = 0;
  readonly #others = new Map<number, number>();

  /** @param durationMs from the request's arrival at the handler until its answer was handed to the socket */
  record(status: number, durationMs: number): void {
    if (status === 200) this.#ok += 1;
    else this.#others.set(status, (this.#others.get(status) ?? 0) + 1);
    this.latency.observe(durationMs);
  }

  /** Requests by HTTP status, in the order of statuses; never-seen statuses are left out. */
  statuses(): readonly (readonly [status: number, requests: number])[] {
    const seen: [number, number][] = [...this.#others];
    if (this.#ok > 0) seen.push([200, this.#ok]);
    return seen.sort(([a], [b]) => a - b);
  }
}

/** Why a TLS handshake came to nothing; `closed`: the client left, as those do that do not trust our certificate. */
export const TLS_FAILURES = ['client_certificate', 'timeout', 'plain_http', 'closed', 'protocol'] as const;
export type TlsFailure = (typeof TLS_FAILURES)[number];
/** What came of the requests that need a token. */
export type AuthOutcome = 'granted' | 'missing' | 'invalid' | 'expired' | 'forbidden';
/** Work that is refused in an overload: waits for a store, large batches, routes that are not about IDs. */
export type ShedWork = 'wait' | 'batch' | 'route';

/** What the HTTP front counts. */
export class HttpCounters {
  readonly #meters: Readonly<Record<HttpRoute, RouteMeter>>;
  /** Connections that are open now. */
  connectionsOpen = 0;
  /** Connections refused because `maxConnections` were open. */
  connectionsDropped = 0;
  /** Connections cut because too many of their requests were unanswered. */
  pipelinesCut = 0;
  /** Connections cut because their readers took large batches too slowly. */
  readersCut = 0;
  /** Requests that could not be read, by the status they got (400, 408, 413, 431; 0 when there was nobody to answer). */
  readonly unreadable = new Map<number, number>();
  /** TLS handshakes that came to nothing. */
  readonly tlsFailures = new Map<TlsFailure, number>();
  /** Problem answers by error code. */
  readonly problems = new Map<ErrorCode, number>();
  /** The latest problem answer of each code. */
  readonly refusals: RecentRefusals;
  readonly auth: Record<AuthOutcome, number> = { granted: 0, missing: 0, invalid: 0, expired: 0, forbidden: 0 };
  /** Requests over a rate limit. */
  readonly limited = { tag: 0, client: 0 };
  readonly shed: Record<ShedWork, number> = { wait: 0, batch: 0, route: 0 };
  /** Requests that wait now. */
  waitingRequests = 0;
  /** Bytes that large batches hold now, at the most. */
  batchBytes = 0;
  /** How far the event loop is behind now. */
  loopDelayMs: () => number = () => 0;

  constructor(clock: Pick<Clock, 'monotonicMs'> = systemClock) {
    this.refusals = new RecentRefusals(clock);
    this.#meters = Object.fromEntries(HTTP_ROUTES.map(route => [route, new RouteMeter()])) as Record<
      HttpRoute,
      RouteMeter
    >;
  }

  meter(route: HttpRoute): RouteMeter {
    return this.#meters[route];
  }

  countUnreadable(status: number): void {
    this.unreadable.set(status, (this.unreadable.get(status) ?? 0) + 1);
  }

  countTlsFailure(reason: TlsFailure): void {
    this.tlsFailures.set(reason, (this.tlsFailures.get(reason) ?? 0) + 1);
  }

  /** @param text what the caller was told */
  countProblem(code: ErrorCode, text: string): void {
    this.refusals.record(code, text);
    this.problems.set(code, (this.problems.get(code) ?? 0) + 1);
  }

  /** Every route with its meter, in the order of `HTTP_ROUTES`. */
  routes(): readonly (readonly [route: HttpRoute, meter: RouteMeter])[] {
    return HTTP_ROUTES.map(route => [route, this.#meters[route]] as const);
  }
}
