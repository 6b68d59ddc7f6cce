/** Metrics that rules and dashboard name and that only some instances have, each with what it takes. */
export const ONLY_WITH: Readonly<Record<string, string>> = {
  frond_process_up: 'several processes (FROND_PROCESSES)',
  frond_tls_certificate_not_after_seconds: 'TLS',
  frond_segment_primary_up: 'several primaries',
};

/** Error codes that rules name before the service has them. */
export const CODES_TO_COME: readonly string[] = ['OVERLOADED'];
/** The same of settings that runbooks name. */
export const SETTINGS_TO_COME: readonly string[] = [];
