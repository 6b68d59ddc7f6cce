import type { Registry } from 'prom-client';
import { collectedCounter, collectedGauge, samplesOf } from './collected.ts';
import type { HttpCounters } from './http-counters.ts';

/** Tokens, limits, overload. Names of tokens and clients are no labels: there may be any number of them. */
export function registerAdmissionMetrics(registry: Registry, counters: HttpCounters): void {
  collectedCounter(
    registry,
    {
      name: 'frond_http_auth_total',
      help: 'Requests that need a token, by outcome; invalid: somebody guesses, or was forgotten in a rotation.',
      labels: ['outcome'],
    },
    () => samplesOf('outcome', counters.auth),
  );
  collectedCounter(
    registry,
    {
      name: 'frond_http_rate_limited_total',
      help: 'Requests over a rate limit, by limit: talk to the caller, or raise it.',
      labels: ['limit'],
    },
    () => samplesOf('limit', counters.limited),
  );
  collectedCounter(
    registry,
    {
      name: 'frond_http_shed_total',
      help: 'Requests refused because of overload, by work (wait: for a store, batch: a large one, route: not about IDs): spread the load.',
      labels: ['work'],
    },
    () => samplesOf('work', counters.shed),
  );
  collectedGauge(
    registry,
    {
      name: 'frond_http_waiting_requests',
      help: 'Requests that wait for IDs; at FROND_MAX_WAITING_REQUESTS more are shed.',
    },
    () => [[{}, counters.waitingRequests]],
  );
  collectedGauge(
    registry,
    {
      name: 'frond_http_batch_bytes',
      help: 'Bytes that large batches under way hold at the most; at FROND_BATCH_BUFFER_MAX_BYTES more are shed.',
    },
    () => [[{}, counters.batchBytes]],
  );
  collectedGauge(
    registry,
    {
      name: 'frond_http_loop_delay_seconds',
      help: 'How long every request stands for its turn (the least of the last samples); from FROND_OVERLOAD_DELAY_MS on work is shed.',
      across: 'max',
    },
    () => [[{}, counters.loopDelayMs() / 1000]],
  );
}
