import type { Registry } from 'prom-client';
import { registerAdmissionMetrics } from './admission-metrics.ts';
import { collectedCounter, collectedGauge, collectedHistogram, samplesOf } from './collected.ts';
import { type HttpCounters, type HttpRoute, ID_ROUTES, type RouteMeter } from './http-counters.ts';
import { PROBLEM_CODES } from './refusal-codes.ts';

/** Statuses that are told as 0 before their first answer: `increase()` does not see a counter's first step from nothing. */
const EXPECTED_STATUSES = [200, 503];
const UNREADABLE_STATUSES = ['0', '400', '408', '413', '431'];

export function registerHttpMetrics(registry: Registry, counters: HttpCounters): void {
  collectedCounter(
    registry,
    {
      name: 'frond_http_requests_total',
      help: 'Requests answered, by route and status; 499: the client left before the answer.',
      labels: ['route', 'status'],
    },
    () =>
      counters
        .routes()
        .flatMap(([route, meter]) => statusesOf(route, meter).map(([status, count]) => [{ route, status }, count])),
  );
  collectedHistogram(
    registry,
    {
      name: 'frond_http_request_duration_seconds',
      help: 'From the arrival of a request until its answer was handed to the socket, by route.',
      labels: ['route'],
    },
    () =>
      counters
        .routes()
        .filter(([, meter]) => meter.latency.count > 0)
        .map(([route, meter]) => [{ route }, meter.latency] as const),
  );
  collectedCounter(
    registry,
    {
      name: 'frond_http_problems_total',
      help: 'Problem answers, by error code; docs/errors.md says what ends each.',
      labels: ['code'],
    },
    () => samplesOf('code', Object.fromEntries(counters.problems), PROBLEM_CODES),
  );
  collectedCounter(
    registry,
    {
      name: 'frond_http_unreadable_requests_total',
      help: 'Requests that could not be read, by the status they got; 0: nobody was left to answer.',
      labels: ['status'],
    },
    () => samplesOf('status', Object.fromEntries(counters.unreadable), UNREADABLE_STATUSES),
  );
  registerConnections(registry, counters);
  registerAdmissionMetrics(registry, counters);
}

function statusesOf(route: HttpRoute, meter: RouteMeter): [status: string, requests: number][] {
  const seen = new Map(meter.statuses());
  if (ID_ROUTES.has(route)) for (const status of EXPECTED_STATUSES) seen.set(status, seen.get(status) ?? 0);
  return [...seen].map(([status, count]) => [String(status), count]);
}

function registerConnections(registry: Registry, counters: HttpCounters): void {
  collectedGauge(
    registry,
    {
      name: 'frond_http_connections',
      help: 'Open connections; at FROND_MAX_CONNECTIONS new ones are dropped. Callers should keep theirs and share them.',
      across: 'process',
    },
    () => [[{}, counters.connectionsOpen]],
  );
  collectedCounter(
    registry,
    {
      name: 'frond_http_connections_dropped_total',
      help: 'Connections refused because FROND_MAX_CONNECTIONS were open: spread the load, or raise it.',
    },
    () => [[{}, counters.connectionsDropped]],
  );
  collectedCounter(
    registry,
    {
      name: 'frond_http_pipelines_cut_total',
      help: 'Connections cut because 128 of their requests were unanswered: pipeline less, or use batches.',
    },
    () => [[{}, counters.pipelinesCut]],
  );
  collectedCounter(
    registry,
    {
      name: 'frond_http_readers_cut_total',
      help: 'Connections cut because their readers took less than 16 KiB a second of large batches: read faster, or ask for fewer IDs at a time.',
    },
    () => [[{}, counters.readersCut]],
  );
}
