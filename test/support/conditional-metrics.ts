/** Metrics that rules and dashboard name and that only some instances have, each with what it takes. */
export const ONLY_WITH: Readonly<Record<string, string>> = {
  frond_process_up: 'several processes (FROND_PROCESSES)',
  frond_tls_certificate_not_after_seconds: 'TLS',
  frond_segment_primary_up: 'several primaries',
};
