import type { Registry } from 'prom-client';
import { collectedCounter, collectedGauge, samplesOf } from './collected.ts';
import { type HttpCounters, TLS_FAILURES } from './http-counters.ts';

/** What TLS metrics are read from: structural, so that this leaf knows no files. */
export interface CertificateFigures {
  /** When the first certificate of each file ends; Unix seconds. */
  notAfterSeconds(): readonly (readonly [certificate: string, seconds: number])[];
}

export function registerTlsMetrics(registry: Registry, certificates: CertificateFigures, counters: HttpCounters): void {
  collectedGauge(
    registry,
    {
      name: 'frond_tls_certificate_not_after_seconds',
      help: 'When the certificates in use end, Unix seconds, the earliest of each file (server, client_ca).',
      labels: ['certificate'],
      across: 'min',
    },
    () => certificates.notAfterSeconds().map(([certificate, seconds]) => [{ certificate }, seconds] as const),
  );
  collectedCounter(
    registry,
    {
      name: 'frond_tls_handshake_failures_total',
      help: 'TLS handshakes that came to nothing, by reason (client_certificate, timeout, plain_http, closed, protocol).',
      labels: ['reason'],
    },
    () => samplesOf('reason', Object.fromEntries(counters.tlsFailures), TLS_FAILURES),
  );
}
