import type { Registry } from 'prom-client';
import { collectedCounter, collectedHistogram, samplesOf } from './collected.ts';
import type { HttpCounters } from './http-counters.ts';

export function registerHttpMetrics(registry: Registry, counters: HttpCounters): void {
  collectedCounter(
    registry,
    'frond_http_requests_total',
    'Requests answered, by route and status; 499: the client left before the answer.',
    () =>
      counters
        .routes()
        .flatMap(([route, meter]) =>
          meter.statuses().map(([status, count]) => [{ route, status: String(status) }, count] as const),
        ),
  );
  collectedHistogram(
    registry,
    'frond_http_request_duration_seconds',
    'From the arrival of a request until its answer was handed to the socket, by route.',
    () =>
      counters
        .routes()
        .filter(([, meter]) => meter.latency.count > 0)
        .map(([route, meter]) => [{ route }, meter.latency] as const),
  );
  collectedCounter(registry, 'frond_http_problems_total', 'Problem answers, by error code.', () =>
    samplesOf('code', Object.fromEntries(counters.problems)),
  );
  collectedCounter(
    registry,
    'frond_http_unreadable_requests_total',
    'Requests that could not be read, by the status they got; 0: nobody was left to answer.',
    () => [...counters.unreadable].map(([status, count]) => [{ status: String(status) }, count] as const),
  );
  collectedCounter(
    registry,
    'frond_http_connections_dropped_total',
    'Connections refused because FROND_MAX_CONNECTIONS were open.',
    () => [[{}, counters.connectionsDropped]],
  );
}
